import { RinglogError, partitionName, type TopicPartition } from '@ringlog/core/internal'
import type { ResolvedConsumerConfig } from './config.ts'
import type { ConsumerStats } from './consumer-metrics.ts'
import { PolledRecords, type LoopListener } from './consumer-records.ts'
import { NO_POSITION, OUT_OF_RANGE, TAKEN, type TakeBudget } from './partition-fetcher.ts'
import type { RecordDecoder } from './record-decoder.ts'
import type { RecordSlice } from './slice-cursor.ts'
import type { AssignedPartition, SubscriptionState } from './subscription-state.ts'

/**
 * Gathers the records of one poll from all partitions, within the limits of the configuration.
 *
 * What is wrong with a partition (its worker has died, its position is outside the log) is thrown by
 * a poll that comes to it first, which then puts it last: no partition's trouble hides another's
 * records, nor the other way round.
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
  /** What the last `collect` found missing; `null`: nothing, or it is told. */
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
   * can be used again, unless someone looks at it.
   */
  begin(): void {
    this.#subscription.recall()
    this.#last?.end()
    this.#last = null
    for (const assigned of this.#subscription.order) {
      assigned.doneOffset = assigned.position
      assigned.fetcher.recycle()
    }
  }

  /** Whether `collect` may find something now, or has an error to tell: the condition of a wait. */
  get hasAvailable(): boolean {
    return this.#subscription.order.some(
      (assigned) => !assigned.isPaused && mayGiveOrTell(assigned),
    )
  }

  /**
   * Takes what there is now, perhaps nothing. It is the caller who hands it out, or, where nothing was
   * taken, asks `tellMissed` first.
   *
   * @throws RinglogError PARTITION_OFFLINE, UNKNOWN_TOPIC_OR_PARTITION (the topic was deleted); with
   *   `autoOffsetReset: "none"` OFFSET_OUT_OF_RANGE and NO_OFFSET_FOR_PARTITION.
   */
  collect(): PolledRecords<K, V> {
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
        releasePassed(assigned)
        continue
      }
      budget.partitionBytes = maxPartitionFetchBytes
      const slicesBefore = slices.length
      const trouble = this.#take(assigned, budget, slices)
      if (slices.length > slicesBefore) taken.push(assigned)
      else if (assigned.fetcher.hasPosition) assigned.position = assigned.fetcher.position // markers
      if (this.#missed !== null) break
      if (trouble === null || slices.length > 0) continue
      this.#subscription.rotate(served)
      throw trouble
    }
    this.#subscription.rotate(1)
    this.#taken = taken
    this.#takenGeneration = this.#subscription.generation
    this.#last = new PolledRecords(slices, this.#decoder, this)
    const { count } = this.#last
    if (count > 0) this.#stats.onTaken(count, fetchMaxBytes - budget.totalBytes)
    return this.#last
  }

  /**
   * Counts what the last `collect` found missing, and tells the user; `false`: nothing was. Nothing is
   * taken then, and the position is past it: so the user may do, or throw, anything.
   */
  tellMissed(): boolean {
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
    for (const assigned of this.#taken) {
      assigned.position = assigned.fetcher.position
      assigned.currentOffset = assigned.fetcher.lastTakenOffset
      assigned.doneOffset = assigned.position
      assigned.isSought = false
      assigned.open.grant?.report(assigned.position, assigned.currentOffset)
    }
  }

  /** What a loop over the last poll's records has not finished counts as consumed only by the next poll. */
  onLoopEnd(records: object, unfinished: ReadonlyMap<TopicPartition, number>): void {
    if (records !== this.#last) return
    for (const assigned of this.#taken) {
      if (assigned.isSought) continue
      assigned.doneOffset = unfinished.get(assigned.at) ?? assigned.position
    }
  }

  /** Takes from one partition; returns what is wrong with it and to be told now, or `null`. */
  #take(assigned: AssignedPartition, budget: TakeBudget, slices: RecordSlice[]): unknown {
    const { fetcher, at, open } = assigned
    // What is still in the ring of a deleted topic was deleted with it.
    if (open.isDeleted()) return hasGone(assigned) ? goneError(assigned) : null
    try {
      let outcome = fetcher.take(budget, slices)
      if (outcome === OUT_OF_RANGE) {
        // It is told, and mended, by a poll that has nothing to give yet.
        if (slices.length > 0) return null
        this.#reset(assigned)
        if (this.#missed !== null) return null
        outcome = fetcher.take(budget, slices)
      }
      if (outcome === NO_POSITION) return noOffset([at])
      if (outcome === TAKEN) release(assigned)
      return slices.length === 0 && hasGone(assigned) ? goneError(assigned) : null
    } catch (error) {
      return error
    }
  }

  #reset(assigned: AssignedPartition): void {
    const { autoOffsetReset } = this.#config
    const { fetcher, open, at } = assigned
    const { logStartOffset, endOffset } = open.reader
    if (autoOffsetReset === 'none') {
      throw new RinglogError(
        'OFFSET_OUT_OF_RANGE',
        `position is outside the log: partition=${partitionName(at.topic, at.partition)}, ` +
          `position=${fetcher.position}, logStartOffset=${logStartOffset}, endOffset=${endOffset}`,
        { details: { ...at, position: fetcher.position, logStartOffset, endOffset } },
      )
    }
    // A group that has committed wants all that comes after: of that the log's start is next.
    const isGroupBehind =
      fetcher.position < logStartOffset && (open.grant?.committed ?? null) !== null
    const nextOffset = autoOffsetReset === 'earliest' || isGroupBehind ? logStartOffset : endOffset
    const missed = nextOffset - Math.max(fetcher.position, assigned.missableFrom)
    if (fetcher.position < logStartOffset && missed > 0) this.#missed = { at, count: missed }
    moveTo(assigned, nextOffset)
    release(assigned)
  }
}

/** Goes on from `offset`, wherever it was before. */
export function moveTo(assigned: AssignedPartition, offset: number): void {
  assigned.fetcher.seek(offset)
  assigned.position = offset
  assigned.doneOffset = offset
  assigned.missableFrom = Math.max(offset, assigned.open.reader.logStartOffset)
  assigned.isSought = true
  assigned.open.grant?.report(offset, assigned.currentOffset)
}

/**
 * Lets the partition's worker overwrite what was taken, and holds what comes after it.
 * INV-10: what was taken lies in this consumer's own memory by now.
 */
export function release({ open, fetcher }: AssignedPartition): void {
  if (open.gate?.release(fetcher.position) === true) open.workerDoorbell.ring()
}

/**
 * Lets go of what the position was sought past, and holds what it went back to, as far as that is still
 * there. A position past the log's end lets go of nothing: what comes is held until it is reset.
 */
export function releasePassed(assigned: AssignedPartition): void {
  const { open, fetcher } = assigned
  if (!fetcher.hasPosition || open.gate === null || open.gate.offset === fetcher.position) return
  if (fetcher.position <= open.reader.endOffset) release(assigned)
}

/** Nothing is committed for these partitions, and nothing says where to start instead. */
export function noOffset(partitions: readonly TopicPartition[]): RinglogError {
  const names = partitions.map(({ topic, partition }) => partitionName(topic, partition))
  return new RinglogError(
    'NO_OFFSET_FOR_PARTITION',
    `nothing is committed for ${names.join(', ')}, and autoOffsetReset is "none": seek first`,
    { details: { partitions } },
  )
}

/** Whether `collect` may find something in a partition now, or has an error to tell. */
function mayGiveOrTell(assigned: AssignedPartition): boolean {
  const { fetcher, open, isMembers } = assigned
  return fetcher.hasAvailable ? !(isMembers && open.isDeleted()) : hasGone(assigned)
}

/** Whether nothing more will come, and a poll must tell; of deleted topics members hear by their group. */
function hasGone({ open, isMembers }: AssignedPartition): boolean {
  return open.isOffline() && !(isMembers && open.isDeleted())
}

/** The log that a partition was opened on is no more, whatever there is by its name now. */
export function deletedError({ topic, partition }: TopicPartition): RinglogError {
  return new RinglogError('UNKNOWN_TOPIC_OR_PARTITION', `topic ${topic} was deleted`, {
    details: { topic, partition },
  })
}

/** Nothing more will come: the partition's topic is deleted, or its worker has died. */
function goneError({ at, open }: AssignedPartition): RinglogError {
  if (open.isDeleted()) {
    return deletedError(at)
  }
  return new RinglogError(
    'PARTITION_OFFLINE',
    `partition ${partitionName(at.topic, at.partition)} has no running worker, and all of it was handed out`,
    { details: { ...at } },
  )
}
