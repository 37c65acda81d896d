import type { FetchedLog } from './fetched-log.ts'

/** A partition that is fetched, and what is under way for it. */
export class FetchEntry {
  readonly log: FetchedLog
  readonly topicId: string
  /** Lookups under way. */
  busy = 0
  retryAtMs = 0
  isLeaderStale = false
  /** The latest request, while it is under way. Those before it ask for what is not wanted any more. */
  #latest: FetchAsked | null = null

  constructor(log: FetchedLog, topicId: string) {
    this.log = log
    this.topicId = topicId
  }

  isWanted(maxPartitionBytes: number): boolean {
    const { log } = this
    if (this.busy > 0 || log.isDeleted || log.fetchOffset < 0 || log.hasEnded) return false
    if (this.#latest?.isCurrent === true) return false
    return log.bufferedBytes === 0 || log.bufferedBytes < maxPartitionBytes
  }

  /** A request for it leaves. */
  ask(): FetchAsked {
    this.#latest = new FetchAsked(this)
    return this.#latest
  }

  endAsking(asked: FetchAsked): void {
    if (this.#latest === asked) this.#latest = null
  }
}

/** A partition in one request: what a reader wanted when the request left. */
export class FetchAsked {
  readonly entry: FetchEntry
  readonly #generation: number

  constructor(entry: FetchEntry) {
    this.entry = entry
    this.#generation = entry.log.generation
  }

  /** `false`: a seek, or the end of the assignment, has come between: the answer is of a place that nobody reads. */
  get isCurrent(): boolean {
    return this.#generation === this.entry.log.generation
  }
}
