import type { TopicPartition } from '@ringlog/core/internal'
import type { AssignedPartition } from './assigned-partition.ts'
import { FetchedRecord, type ConsumerRecord } from './consumer-record.ts'
import type { ConsumerStats } from './consumer-metrics.ts'
import type { PolledRecords } from './consumer-records.ts'
import type { Fetcher } from './fetcher.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { PollGroup } from './poll-group.ts'
import type { PollLoop } from './poll-loop.ts'
import type { RecordDecoder } from './record-decoder.ts'
import type { SliceCursor } from './slice-cursor.ts'
import type { SubscriptionState } from './subscription-state.ts'

/**
 * Hands out a consumer's records one by one, for an iteration or a stream: a poll takes many, and
 * each counts as handed out when it is given, as consumed when the next is asked for.
 *
 * Whatever else moves a position meanwhile (a poll, a seek, another assignment) takes back what was
 * not given yet: the feed then goes on from where the positions are.
 */
export class RecordFeed<K, V> {
  readonly #parts: RecordFeedParts<K, V>
  #records: PolledRecords<K, V> | null = null
  #cursor: SliceCursor | null = null
  #at: TopicPartition | null = null
  /** The partition of the record that was given last. */
  #assigned: AssignedPartition | null = null

  constructor(parts: RecordFeedParts<K, V>) {
    this.#parts = parts
  }

  /** The next record of what was taken; `null` where it is time to `fill`. */
  next(): ConsumerRecord<K, V> | null {
    const { fetcher, subscription, decoder, stats, group } = this.#parts
    const cursor = this.#cursor
    if (cursor === null || !fetcher.isTaken(this.#records!)) return null
    // A partition that is to be let go is let go between two records, not after hundreds.
    if (group?.isReady === false) return null
    if (!cursor.next()) {
      this.#cursor = null
      fetcher.handOut()
      return null
    }
    this.#assigned?.markDone()
    group?.recordGiven()
    if (cursor.at !== this.#at) {
      this.#at = cursor.at
      this.#assigned = subscription.get(cursor)
    }
    this.#assigned!.handOutRecord(cursor.offset)
    stats.recordsConsumed++
    return new FetchedRecord(cursor, decoder)
  }

  /**
   * Waits until there is something to give.
   *
   * @throws RinglogError as `Consumer.poll`.
   */
  async fill(signal: AbortSignal): Promise<void> {
    this.#cursor = null
    this.#at = null
    this.#assigned = null
    this.#records = await this.#parts.pollLoop.take({ signal })
    this.#cursor = this.#records.walk()
  }

  /** Whether `fill` has thrown this as the consumer is closed. */
  isEnd(error: unknown): boolean {
    return this.#parts.lifecycle.isEnd(error)
  }

  /** The record that was given last did not reach the reader: it goes back, unless the position has moved since. */
  takeBack({ offset }: ConsumerRecord<K, V>): void {
    if (this.#assigned?.takeBack(offset) === true) this.#parts.stats.recordsConsumed--
  }

  /** Gives nothing more of what was taken: the next poll of the consumer takes it again. */
  stop(): void {
    this.#cursor = null
    this.#parts.group?.iterationEnded()
  }
}

/** What a feed works on. */
export interface RecordFeedParts<K, V> {
  readonly pollLoop: PollLoop<K, V>
  readonly fetcher: Fetcher<K, V>
  readonly subscription: SubscriptionState
  readonly decoder: RecordDecoder<K, V>
  readonly stats: ConsumerStats
  readonly lifecycle: Lifecycle
  readonly group: PollGroup | null
}
