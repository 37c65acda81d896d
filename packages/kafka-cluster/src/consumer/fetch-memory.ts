/**
 * The memory of what a consumer has fetched: used again once it has been read, for what is read was copied out. What is
 * free is bounded in bytes, not in pieces: of many partitions, each answer brings a small piece of every one.
 *
 * Thread: the consumer's.
 */
export class FetchMemory {
  readonly #free: Uint8Array[] = []
  #freeBytes = 0

  /** Memory of at least so many bytes, 8-byte aligned; whatever is in it. */
  take(byteCount: number): Uint8Array {
    let best = -1
    for (let i = 0; i < this.#free.length; i++) {
      const { length } = this.#free[i]!
      if (length >= byteCount && (best < 0 || length < this.#free[best]!.length)) best = i
    }
    if (best < 0) return Buffer.allocUnsafeSlow(Math.max(byteCount, MIN_BYTES))
    const memory = this.#free[best]!
    this.#free[best] = this.#free.at(-1)!
    this.#free.pop()
    this.#freeBytes -= memory.length
    return memory
  }

  giveBack(memory: Uint8Array): void {
    if (this.#freeBytes + memory.length > MAX_FREE_BYTES) return
    this.#free.push(memory)
    this.#freeBytes += memory.length
  }
}

const MIN_BYTES = 64 * 1024
/** Between them and what is read from nearly all is used again, where fetches and reads take turns. */
const MAX_FREE_BYTES = 16 * 1024 * 1024
