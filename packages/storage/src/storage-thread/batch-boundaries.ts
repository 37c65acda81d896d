const MIN_CAPACITY = 64
const FIELDS = 2

/**
 * Where batches end that are written and not acknowledged yet, oldest first: the high watermark goes from one to
 * the next.
 *
 * Thread: the storage thread's alone. It takes 16 bytes a batch; nothing is allocated but to grow.
 */
export class BatchBoundaries {
  /** For each: the offset after the batch, and the byte position in the ring where the next one may begin. */
  #entries = new Float64Array(MIN_CAPACITY * FIELDS)
  /** Both count entries that ever were. */
  #first = 0
  #end = 0
  /** The last that `takeUpTo` has taken out. */
  takenOffset = 0
  takenPosition = 0

  push(offset: number, position: number): void {
    if (this.#end - this.#first === this.#capacity) this.#grow()
    const at = this.#indexOf(this.#end++)
    this.#entries[at] = offset
    this.#entries[at + 1] = position
  }

  /** Takes out all whose offset is at most `offset`, and notes the last; `false`: there is none. */
  takeUpTo(offset: number): boolean {
    const first = this.#first
    while (this.#first < this.#end) {
      const at = this.#indexOf(this.#first)
      if (this.#entries[at]! > offset) break
      this.takenOffset = this.#entries[at]!
      this.takenPosition = this.#entries[at + 1]!
      this.#first++
    }
    return this.#first > first
  }

  /** Forgets those past `offset`: their batches were not written after all. */
  dropAfter(offset: number): void {
    while (this.#end > this.#first && this.#entries[this.#indexOf(this.#end - 1)]! > offset) {
      this.#end--
    }
  }

  get #capacity(): number {
    return this.#entries.length / FIELDS
  }

  #indexOf(entry: number): number {
    return (entry % this.#capacity) * FIELDS
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#entries.length)
    const count = this.#end - this.#first
    for (let i = 0; i < count; i++) {
      const at = this.#indexOf(this.#first + i)
      larger.set(this.#entries.subarray(at, at + FIELDS), i * FIELDS)
    }
    this.#entries = larger
    this.#first = 0
    this.#end = count
  }
}
