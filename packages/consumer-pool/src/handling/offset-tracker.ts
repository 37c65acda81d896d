import { FifoQueue } from '@ringlog/core/internal'

/** So many that finished early are kept in any case, before those left of them are sorted out. */
const MAX_EARLY = 64

/**
 * The offsets of one partition that are under way, and up to where all of them are finished: records
 * may finish in any order, and what is committed must leave none of them out.
 *
 * What it keeps grows with the records that are not finished, however many others finish while one of them waits.
 */
export class OffsetTracker {
  /** In log order: those under way, and among them those that finished early. */
  #offsets = new FifoQueue<number>()
  /** Finished before one that lies below them. */
  readonly #early = new Set<number>()
  /** Behind the last record that was begun; `null`: none was. */
  #end: number | null = null
  #committed: number | null = null

  /** A record is begun. @param offset Above all before. */
  add(offset: number): void {
    this.#committed ??= offset
    this.#end = offset + 1
    this.#offsets.push(offset)
  }

  /** A record is begun and finished at one stretch. @param offset Above all before. */
  pass(offset: number): void {
    this.#committed ??= offset
    this.#end = offset + 1
  }

  /** A record that was begun by `add` is finished. */
  finish(offset: number): void {
    if (offset !== this.#offsets.head) {
      this.#early.add(offset)
      if (this.#early.size > Math.max(MAX_EARLY, this.pending)) this.#forgetEarly()
      return
    }
    this.#offsets.shift()
    for (let { head } = this.#offsets; head !== undefined; head = this.#offsets.head) {
      if (!this.#early.delete(head)) break
      this.#offsets.shift()
    }
  }

  /** How many were begun by `add`, and are not finished. */
  get pending(): number {
    return this.#offsets.length - this.#early.size
  }

  /** What to commit: the next offset to read; `null`: nothing that is not committed. */
  get committable(): number | null {
    const next = this.#offsets.head ?? this.#end
    return next === this.#committed ? null : next
  }

  committed(offset: number): void {
    this.#committed = offset
  }

  #forgetEarly(): void {
    const all = this.#offsets.shiftAll()
    for (const offset of all) if (!this.#early.has(offset)) this.#offsets.push(offset)
    this.#early.clear()
  }
}
