/**
 * The memory of what a consumer has fetched: used again once it has been read, for what is read was copied out.
 *
 * Thread: the consumer's.
 */
export class FetchMemory {
  readonly #free: Uint8Array[] = []

  /** Memory of at least so many bytes, 8-byte aligned; whatever is in it. */
  take(byteCount: number): Uint8Array {
    const index = this.#free.findIndex(({ length }) => length >= byteCount)
    if (index >= 0) return this.#free.splice(index, 1)[0]!
    return Buffer.allocUnsafeSlow(Math.max(byteCount, MIN_BYTES))
  }

  giveBack(memory: Uint8Array): void {
    if (this.#free.length < MAX_FREE) this.#free.push(memory)
  }
}

const MIN_BYTES = 64 * 1024
/** Between them and what is read from nearly all is used again, where fetches and reads take turns. */
const MAX_FREE = 4
