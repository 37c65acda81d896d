import type { TopicPartition } from '@ringlog/core/internal'
import type { AssignedPartition } from './assigned-partition.ts'
import type { ResolvedConsumerConfig } from './config.ts'
import type { ConsumerStats } from './consumer-metrics.ts'
import { PolledRecords, type LoopListener } from './consumer-records.ts'
import { goneError, noOffset, outOfRange, readError } from './partition-errors.ts'
import {
  NEEDS_LOAD,
  NO_POSITION,
  OUT_OF_RANGE,
  type TakeBudget,
  type TakeOutcome,
} from './partition-fetcher.ts'
import type { RecordDecoder } from './record-decoder.ts'
import type { RecordSlice } from './slice-cursor.ts'
import type { SubscriptionState } from './subscription-state.ts'

/**
 * Gathers the records of one poll from all partitions, within the limits of the configuration.
 *
 * A partition may have an error instead of records: its worker has died, its position is outside the log.
 * A poll that comes to that partition first throws the error, and puts the partition last: so no
 * partition's error hides another's records, nor the other way round.
 *
 * Source: Apache Kafka, `consumer/internals/FetchCollector.java`.
 */
export class Fetcher<K, V> implements LoopListener {
  readonly #config: ResolvedConsumerConfig
  readonly #subscription: SubscriptionState
  readonly #decoder: RecordDecoder<K, V>
  readonly #stats: ConsumerStats
  #last: PolledRecords<K, V> | null = null
  /** The partitions that records of the last `collect` are of. */
  #taken: AssignedPartition[] = []
  #takenGeneration = -1
  /** The records that the last `collect` found missing, until they are reported; `null`: none. */
  #missed: { readonly at: TopicPartition; readonly count: number } | null = null

  constructor(
    config: ResolvedConsumerConfig,
    subscription: SubscriptionState,
    decoder: RecordDecoder<K, V>,
    stats: ConsumerStats,
  ) {
    this.#config = config
    this.#subscription = subscription
    this.#decoder = decoder
    this.#stats = stats
  }

  /**
   * A new poll begins: all that was handed out counts as consumed, and the memory of the last poll
   * can be used again, unless records were made of it.
   */
  begin(): void {
    this.#subscription.recall()
    this.#last?.end()
    this.#last = null
    for (const assigned of this.#subscription.order) assigned.beginPoll()
  }

  /** Whether `collect` may find something now, or has an error to throw: the condition of a wait. */
  get hasAvailable(): boolean {
    return this.#subscription.order.some((assigned) => assigned.hasAvailable)
  }

  /**
   * Takes what there is now, perhaps nothing. The caller calls `reportMissed`, and then hands it out.
   *
   * @param mayBlock Whether to wait for the disk where there is nothing else. If not, what lies there comes with a
   *   later call.
   * @throws RinglogError PARTITION_OFFLINE, UNKNOWN_TOPIC_OR_PARTITION (the topic was deleted); with
   *   `autoOffsetReset: "none"` OFFSET_OUT_OF_RANGE and NO_OFFSET_FOR_PARTITION; CORRUPT_MESSAGE,
   *   KAFKA_STORAGE_ERROR.
   */
  collect(mayBlock: boolean): PolledRecords<K, V> {
    const { maxPollRecords, maxPartitionFetchBytes, fetchMaxBytes } = this.#config
    const slices: RecordSlice[] = []
    const taken: AssignedPartition[] = []
    const budget: TakeBudget = {
      records: maxPollRecords,
      partitionBytes: 0,
      totalBytes: fetchMaxBytes,
    }
    let served = 0
    for (const assigned of this.#subscription.order) {
      if (budget.records === 0 || (slices.length > 0 && budget.totalBytes <= 0)) break
      served++
      if (assigned.isPaused) {
        assigned.releasePassed()
        continue
      }
      budget.partitionBytes = maxPartitionFetchBytes
      const slicesBefore = slices.length
      const error = this.#take(assigned, budget, slices, mayBlock)
      if (slices.length > slicesBefore) taken.push(assigned)
      if (this.#missed !== null) break
      if (error === null || slices.length > 0) continue
      this.#subscription.rotate(served)
      throw error
    }
    // A look that found nothing has served none: it does not change whose turn it is.
    if (slices.length > 0) this.#subscription.rotate(1)
    this.#taken = taken
    this.#takenGeneration = this.#subscription.generation
    this.#last = new PolledRecords(slices, this.#decoder, this)
    const { count } = this.#last
    if (count > 0) this.#stats.onTaken(count, fetchMaxBytes - budget.totalBytes)
    return this.#last
  }

  /**
   * Counts the records that the last `collect` found missing, and calls the user's `onRecordsMissed`;
   * `false`: none were missing. That `collect` has taken nothing, and the position is past them: so the user's
   * code may do, or throw, anything.
   */
  reportMissed(): boolean {
    const missed = this.#missed
    if (missed === null) return false
    this.#missed = null
    this.#stats.recordsMissed += missed.count
    this.#config.onRecordsMissed?.({ ...missed.at }, missed.count)
    return true
  }

  /** A poll's answer without records. */
  nothing(): PolledRecords<K, V> {
    this.#taken = []
    this.#last = new PolledRecords([], this.#decoder, this)
    return this.#last
  }

  /** Whether these records are what was taken last, and have not gone back. */
  isTaken(records: PolledRecords<K, V>): boolean {
    return records === this.#last && this.#takenGeneration === this.#subscription.generation
  }

  /** All that the last `collect` took is handed out. */
  handOut(): void {
    for (const assigned of this.#taken) assigned.handOut()
  }

  /** What a loop over the last poll's records has not finished counts as consumed only by the next poll. */
  onLoopEnd(records: object, unfinished: ReadonlyMap<TopicPartition, number>): void {
    if (records !== this.#last) return
    for (const assigned of this.#taken) {
      if (!assigned.isSought) assigned.markDone(unfinished.get(assigned.at))
    }
  }

  /** Takes from one partition; returns the error that this poll is to throw for it, or `null`. */
  #take(
    assigned: AssignedPartition,
    budget: TakeBudget,
    slices: RecordSlice[],
    mayBlock: boolean,
  ): unknown {
    const { open } = assigned
    // What is still in the ring of a deleted topic was deleted with it.
    if (open.isDeleted()) return assigned.hasGone ? goneError(assigned) : null
    try {
      let outcome = takeOrLoad(assigned, budget, slices, mayBlock)
      if (outcome === OUT_OF_RANGE) {
        // A poll that has nothing to give yet mends it, or throws it.
        if (slices.length > 0) return null
        // Where the files are damaged, nobody knows where the log ends: what lies past that waits until it is back.
        if (assigned.hasGone && assigned.position > open.reader.endOffset) {
          return goneError(assigned)
        }
        this.#reset(assigned)
        if (this.#missed !== null) return null
        outcome = takeOrLoad(assigned, budget, slices, mayBlock)
      }
      if (outcome === NO_POSITION) return noOffset([assigned.at])
      const isEmpty = slices.length === 0 && outcome !== NEEDS_LOAD
      return isEmpty && assigned.hasGone ? goneError(assigned) : null
    } catch (error) {
      return readError(assigned.at, error)
    }
  }

  #reset(assigned: AssignedPartition): void {
    const { autoOffsetReset } = this.#config
    const { open, at, position } = assigned
    const { logStartOffset, endOffset } = open.reader
    if (autoOffsetReset === 'none') throw outOfRange(assigned)
    // A group that has committed wants all that comes after: of that the log's start is next.
    const isGroupBehind = position < logStartOffset && (open.commits?.committed ?? null) !== null
    const truncatedTo = open.reader.truncatedTo ?? null
    const resetTo = autoOffsetReset === 'earliest' || isGroupBehind ? logStartOffset : endOffset
    const nextOffset = truncatedTo !== null && truncatedTo < position ? truncatedTo : resetTo
    const missed = nextOffset - Math.max(position, assigned.missableFrom)
    if (position < logStartOffset && missed > 0) this.#missed = { at, count: missed }
    assigned.resetTo(nextOffset)
    assigned.release()
  }
}

/** Takes from a partition. What that finds only on disk is loaded: at once, where nothing else was taken. */
function takeOrLoad(
  assigned: AssignedPartition,
  budget: TakeBudget,
  slices: RecordSlice[],
  mayBlock: boolean,
): TakeOutcome {
  for (;;) {
    const outcome = assigned.take(budget, slices)
    if (outcome !== NEEDS_LOAD) return outcome
    if (!mayBlock) assigned.load()
    if (!mayBlock || slices.length > 0 || !assigned.loadSync()) return NEEDS_LOAD
  }
}
