import type { Consumer } from '@ringlog/consumer'
import {
  RinglogError,
  monotonicMs,
  partitionKey,
  type RinglogErrorCode,
} from '@ringlog/core/internal'
import type { HandlerProducer } from './handler-producer.ts'
import type { PartitionWork } from './partition-work.ts'

/** Why the group takes no commit of a partition any more. */
const LOST_CODES: ReadonlySet<RinglogErrorCode> = new Set([
  'STALE_MEMBER_EPOCH',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

/**
 * Commits what is handled, once what handlers wrote for it is in the log.
 *
 * Thread: the one that handles records.
 */
export class HandledCommits {
  readonly #parts: HandledCommitsParts
  #nextMs = 0
  #last: Promise<void> = Promise.resolve()
  /**
   * No commit once a record that a handler wrote has failed: the record that it was written for is handled
   * again.
   */
  #isPossible = true

  constructor(parts: HandledCommitsParts) {
    this.#parts = parts
  }

  /** Whether there is something to commit. */
  get isWanted(): boolean {
    for (const { offsets } of this.#parts.works.values()) {
      if (offsets.committable !== null) return true
    }
    return false
  }

  /**
   * One after the other: what is committed never goes back.
   *
   * @param isDue Whether to commit in any case, or only when `autoCommitIntervalMs` have passed.
   * @throws RinglogError what handlers wrote, and could not be written.
   */
  commit(isDue: boolean): Promise<void> {
    this.#last = this.#last.then(
      () => this.#commitHandled(isDue),
      () => this.#commitHandled(isDue),
    )
    return this.#last
  }

  async #commitHandled(isDue: boolean): Promise<void> {
    const { producer, works, autoCommitIntervalMs } = this.#parts
    if (!this.#isPossible || (!isDue && monotonicMs() < this.#nextMs)) return
    const commits = [...works.values()].flatMap((work) => {
      const offset = work.offsets.committable
      return offset === null ? [] : [{ work, offset }]
    })
    if (commits.length === 0) return
    try {
      await producer.flush()
    } catch (error) {
      this.#isPossible = false
      throw error
    }
    await this.#commit(commits.filter(({ work }) => this.#has(work)))
    for (const { work, offset } of commits) work.committed(offset)
    this.#nextMs = monotonicMs() + autoCommitIntervalMs
  }

  async #commit(commits: ReadonlyArray<{ work: PartitionWork; offset: number }>): Promise<void> {
    if (commits.length === 0) return
    try {
      await this.#parts.consumer.commit(commits.map(({ work, offset }) => ({ ...work.at, offset })))
    } catch (error) {
      // A refused partition went to another member, or was deleted: the next poll says so. All others are
      // committed.
      const isLost = RinglogError.is(error) && LOST_CODES.has(error.code)
      if (!isLost) throw error
    }
  }

  /** While this waits for what handlers wrote, partitions may go and come back. */
  #has(work: PartitionWork): boolean {
    const { consumer, works } = this.#parts
    const key = partitionKey(work.at)
    return works.get(key) === work && consumer.assignment().some((p) => partitionKey(p) === key)
  }
}

export interface HandledCommitsParts {
  readonly consumer: Consumer
  readonly producer: HandlerProducer
  /** By partition: what the thread has now. */
  readonly works: ReadonlyMap<string, PartitionWork>
  readonly autoCommitIntervalMs: number
}
