import type { Socket } from 'node:net'

const LENGTH_BYTES = 4

/** How a relay treats what passes. */
export interface RelayParts {
  /** So long a frame is held up, in milliseconds. */
  delayMs(): number
  /** What is sent in a frame's place: as many bytes. */
  edit(frame: Buffer): void
}

/** Passes on frames of Kafka's protocol, one direction of a connection: each a length and that many bytes. */
export class FrameRelay {
  readonly #from: Socket
  readonly #to: Socket
  readonly #parts: RelayParts
  /** What has come of a frame that is not whole yet. */
  #begun: Buffer = Buffer.alloc(0)
  /** Of the next frame; `null`: it passes whole. */
  #cutAt: number | null = null
  #isCut = false
  #passed: Promise<void> = Promise.resolve()

  constructor(from: Socket, to: Socket, parts: RelayParts) {
    this.#from = from
    this.#to = to
    this.#parts = parts
    from.on('data', (bytes) => this.#take(bytes as Buffer))
  }

  /**
   * Ends the connection in the midst of the next frame.
   *
   * @param at Which part of it passes, from 0 to below 1.
   */
  cutNext(at: number): void {
    this.#cutAt = at
  }

  #take(bytes: Buffer): void {
    this.#begun = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes])
    while (this.#begun.length >= LENGTH_BYTES) {
      const length = LENGTH_BYTES + this.#begun.readInt32BE(0)
      if (this.#begun.length < length) return
      const frame = Buffer.from(this.#begun.subarray(0, length))
      this.#begun = this.#begun.subarray(length)
      this.#parts.edit(frame)
      this.#pass(frame)
    }
  }

  /** In the order in which frames came, each after its own time. */
  #pass(frame: Buffer): void {
    const dueMs = performance.now() + this.#parts.delayMs()
    this.#passed = this.#passed.then(async () => {
      const waitMs = dueMs - performance.now()
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
      if (this.#to.destroyed || this.#isCut) return
      if (this.#cutAt === null) {
        this.#to.write(frame)
        return
      }
      const passing = 1 + Math.floor(this.#cutAt * (frame.length - 1))
      this.#isCut = true
      this.#to.write(frame.subarray(0, passing), () => {
        this.#to.destroy()
        this.#from.destroy()
      })
    })
  }
}
