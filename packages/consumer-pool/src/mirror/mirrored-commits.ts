import type { Consumer, OffsetToCommit } from '@ringlog/consumer'
import { partitionKey, type TopicPartition } from '@ringlog/core/internal'
import type { Producer } from '@ringlog/producer'
import { isGone } from '../handling/gone.ts'

/** So many polls may be on their way to the target. */
const MAX_UNDER_WAY = 16

/** That a partition is the mirror's: another one each time that it is assigned. */
type Tenure = symbol

/** How far a poll has come in a partition. */
interface PolledEnd {
  readonly at: TopicPartition
  /** The next to read. */
  readonly offset: number
  readonly tenure: Tenure
}

/**
 * Commits behind the target: what a poll brought is committed once the target has acknowledged it, and all polls before
 * it are committed. After the first record that the target does not take nothing is committed any more.
 *
 * Thread: the mirror's.
 */
export class MirroredCommits {
  readonly #parts: MirroredCommitsParts
  readonly #tenures = new Map<string, Tenure>()
  /** The latest poll's commit, behind those of all polls before it. */
  #last: Promise<void> = Promise.resolve()
  #underWay = 0

  constructor(parts: MirroredCommitsParts) {
    this.#parts = parts
  }

  /** These partitions are the mirror's from now on. */
  onAssigned(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#tenures.set(partitionKey(at), Symbol('tenure'))
  }

  /** They are not any more: what is on its way of them is not committed. */
  onGone(partitions: readonly TopicPartition[]): void {
    for (const at of partitions) this.#tenures.delete(partitionKey(at))
  }

  /**
   * All that a poll brought of these partitions has been given to the producer. Resolves when the next poll may begin.
   *
   * @throws What `settled` rejects with, where too much is on its way.
   */
  async follow(partitions: readonly TopicPartition[]): Promise<void> {
    const { consumer, producer } = this.#parts
    const ends: PolledEnd[] = []
    for (const at of partitions) {
      const tenure = this.#tenures.get(partitionKey(at))
      if (tenure !== undefined) ends.push({ at, offset: consumer.position(at), tenure })
    }
    const before = this.#last
    const delivered = producer.flush()
    this.#underWay++
    this.#last = this.#commitBehind(before, delivered, ends)
    this.#last.catch((error: unknown) => this.#parts.onFailure(error))
    if (this.#underWay >= MAX_UNDER_WAY) await before
  }

  /**
   * Resolves when all that was followed is committed.
   *
   * @throws What the target did not take; RinglogError as `Consumer.commit`.
   */
  async settled(): Promise<void> {
    await this.#last
  }

  async #commitBehind(
    before: Promise<void>,
    delivered: Promise<void>,
    ends: readonly PolledEnd[],
  ): Promise<void> {
    try {
      await Promise.all([before, delivered])
      // Another poll's `flush` may have been told of a record of this one.
      const failure = this.#parts.undelivered()
      if (failure !== null) throw failure
      await this.#commit(ends)
    } finally {
      this.#underWay--
    }
  }

  async #commit(ends: readonly PolledEnd[]): Promise<void> {
    const offsets: OffsetToCommit[] = []
    for (const { at, offset, tenure } of ends) {
      if (this.#tenures.get(partitionKey(at)) === tenure) offsets.push({ ...at, offset })
    }
    if (offsets.length === 0) return
    try {
      await this.#parts.consumer.commit(offsets)
    } catch (error) {
      // A partition went to another member, or was deleted: the next poll says so. All others are committed.
      if (!isGone(error)) throw error
    }
  }
}

export interface MirroredCommitsParts {
  readonly consumer: Consumer
  readonly producer: Producer
  /** The first record that the target did not take; `null`: none. */
  undelivered(): unknown
  /** Nothing more will be committed: what `settled` rejects with. */
  onFailure(error: unknown): void
}
