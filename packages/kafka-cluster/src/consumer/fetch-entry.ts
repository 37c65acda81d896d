import type { FetchedLog } from './fetched-log.ts'

/** A partition that is fetched, and what is under way for it. */
export class FetchEntry {
  readonly log: FetchedLog
  readonly topicId: string
  /** Lookups under way. */
  busy = 0
  retryAtMs = 0
  isLeaderStale = false
  /** What the latest request was made for; -1: none is under way. */
  #askedGeneration = -1

  constructor(log: FetchedLog, topicId: string) {
    this.log = log
    this.topicId = topicId
  }

  /** Whether the answer that comes is of the position that is wanted still. */
  get isCurrent(): boolean {
    return this.#askedGeneration === this.log.generation
  }

  isWanted(maxPartitionBytes: number): boolean {
    const { log } = this
    if (this.busy > 0 || log.isDeleted || log.fetchOffset < 0 || log.hasEnded) return false
    if (this.#askedGeneration === log.generation) return false
    return log.bufferedBytes === 0 || log.bufferedBytes < maxPartitionBytes
  }

  ask(): void {
    this.#askedGeneration = this.log.generation
  }

  endAsking(): void {
    if (this.isCurrent) this.#askedGeneration = -1
  }
}
