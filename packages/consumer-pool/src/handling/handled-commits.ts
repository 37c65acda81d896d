import type { Consumer, OffsetToCommit } from '@ringlog/consumer'
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
  /** The last commit that is under way; `null`: none is. */
  #last: Promise<void> | null = null
  /** How many commits are under way, of which all but one wait for the one before. */
  #underWay = 0
  /**
   * No commit once a record that a handler wrote has failed, or all is given up: what was not committed by then is
   * handled again.
   */
  #isPossible = true

  constructor(parts: HandledCommitsParts) {
    this.#parts = parts
  }

  /** Commits nothing any more. */
  giveUp(): void {
    this.#isPossible = false
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
    const commit = (): Promise<void> => this.#commitHandled(isDue)
    this.#underWay++
    const last = this.#last === null ? commit() : this.#last.then(commit, commit)
    this.#last = this.#underWay === 0 ? null : last
    return last
  }

  async #commitHandled(isDue: boolean): Promise<void> {
    const { producer, works, autoCommitIntervalMs } = this.#parts
    try {
      if (!this.#isPossible || (!isDue && monotonicMs() < this.#nextMs)) return
      const commits: HandledCommit[] = []
      for (const work of works.values()) {
        const offset = work.offsets.committable
        if (offset !== null) commits.push({ work, offset })
      }
      if (commits.length === 0) return
      // Most handlers write nothing: a flush waits for a few turns of the microtask queue in any case.
      if (!producer.isSettled) await this.#settle()
      await this.#commit(commits)
      for (const { work, offset } of commits) work.committed(offset)
      if (autoCommitIntervalMs > 0) this.#nextMs = monotonicMs() + autoCommitIntervalMs
    } finally {
      if (--this.#underWay === 0) this.#last = null
    }
  }

  async #settle(): Promise<void> {
    try {
      await this.#parts.producer.settle()
    } catch (error) {
      this.#isPossible = false
      throw error
    }
  }

  async #commit(commits: readonly HandledCommit[]): Promise<void> {
    const { consumer, works } = this.#parts
    // While what handlers wrote was waited for, partitions may have gone and come back.
    const assigned = new Set(consumer.assignment().map(partitionKey))
    const offsets: OffsetToCommit[] = []
    for (const { work, offset } of commits) {
      const { topic, partition } = work.at
      const key = partitionKey(work.at)
      if (works.get(key) === work && assigned.has(key)) offsets.push({ topic, partition, offset })
    }
    if (offsets.length === 0) return
    try {
      await consumer.commit(offsets)
    } catch (error) {
      // A refused partition went to another member, or was deleted: the next poll says so. All others are
      // committed.
      const isLost = RinglogError.is(error) && LOST_CODES.has(error.code)
      if (!isLost) throw error
    }
  }
}

interface HandledCommit {
  readonly work: PartitionWork
  /** The next to read. */
  readonly offset: number
}

export interface HandledCommitsParts {
  readonly consumer: Consumer
  readonly producer: HandlerProducer
  /** By partition: what the thread has now. */
  readonly works: ReadonlyMap<string, PartitionWork>
  readonly autoCommitIntervalMs: number
}
