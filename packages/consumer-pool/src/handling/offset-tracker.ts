import { FifoQueue } from '@ringlog/core/internal'

/**
 * The offsets of one partition that are under way, and up to where all of them are finished: records
 * may finish in any order, and what is committed must leave none of them out.
 */
export class OffsetTracker {
  /** In log order, without those finished at the front. */
  readonly #offsets = new FifoQueue<number>()
  /** Finished before one that lies below them. */
  readonly #early = new Set<number>()
  #next: number | null = null
  #committed: number | null = null

  /** @param offset Above all before. */
  add(offset: number): void {
    this.#offsets.push(offset)
  }

  finish(offset: number): void {
    if (offset !== this.#offsets.head) {
      this.#early.add(offset)
      return
    }
    let finished = offset
    this.#offsets.shift()
    for (;;) {
      const { head } = this.#offsets
      if (head === undefined || !this.#early.delete(head)) break
      finished = head
      this.#offsets.shift()
    }
    this.#next = finished + 1
  }

  /** How many are not finished. */
  get pending(): number {
    return this.#offsets.length - this.#early.size
  }

  /** What to commit: the next offset to read; `null`: nothing that is not committed. */
  get committable(): number | null {
    return this.#next === this.#committed ? null : this.#next
  }

  committed(offset: number): void {
    this.#committed = offset
  }
}
