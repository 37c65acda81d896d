/** So much is written at once. */
const BUFFER_BYTES = 1024 * 1024

/**
 * Batches that are about to be written together.
 *
 * Thread: the cleaner's.
 */
export class PendingBatches {
  /** Grows with what is added. */
  #buffer = new Uint8Array(0)
  #length = 0

  /** Those that were added since `clear`, back to back. Borrowed until then. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Copies a batch; `false`: there is no room for it beside the others. */
  tryAdd(batch: Uint8Array): boolean {
    const length = this.#length + batch.length
    if (length > BUFFER_BYTES) return false
    if (length > this.#buffer.length) this.#grow(Math.min(2 * length, BUFFER_BYTES))
    this.#buffer.set(batch, this.#length)
    this.#length = length
    return true
  }

  clear(): void {
    this.#length = 0
  }

  #grow(sizeBytes: number): void {
    const larger = new Uint8Array(sizeBytes)
    larger.set(this.bytes)
    this.#buffer = larger
  }
}
