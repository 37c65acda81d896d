/** So many finished offsets may lie unused before they are cut off. */
const CUT_AT = 1024

/**
 * The offsets of one partition that are under way, and up to where all of them are finished: records
 * may finish in any order, and what is committed must leave none of them out.
 */
export class OffsetTracker {
  /** In log order, those finished at the front cut off from time to time. */
  #offsets: number[] = []
  #head = 0
  /** Finished before one that lies below them. */
  readonly #early = new Set<number>()
  #next: number | null = null
  #committed: number | null = null

  /** @param offset Above all before. */
  add(offset: number): void {
    this.#offsets.push(offset)
  }

  finish(offset: number): void {
    if (offset !== this.#offsets[this.#head]) {
      this.#early.add(offset)
      return
    }
    let finished = offset
    this.#head++
    for (;;) {
      const following = this.#offsets[this.#head]
      if (following === undefined || !this.#early.delete(following)) break
      finished = following
      this.#head++
    }
    this.#next = finished + 1
    if (this.#head >= CUT_AT && this.#head * 2 >= this.#offsets.length) {
      this.#offsets = this.#offsets.slice(this.#head)
      this.#head = 0
    }
  }

  /** How many are not finished. */
  get pending(): number {
    return this.#offsets.length - this.#head - this.#early.size
  }

  /** What to commit: the next offset to read; `null`: nothing that is not committed. */
  get committable(): number | null {
    return this.#next === this.#committed ? null : this.#next
  }

  committed(offset: number): void {
    this.#committed = offset
  }
}
