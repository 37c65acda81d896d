import { RinglogError, partitionName, type TopicPartition } from '@ringlog/core/internal'
import type { ResolvedConsumerConfig } from './config.ts'
import { PolledRecords, type RecordSlice } from './consumer-records.ts'
import { NO_POSITION, OUT_OF_RANGE } from './partition-fetcher.ts'
import type { AssignedPartition, SubscriptionState } from './subscription-state.ts'

/**
 * Gathers the records of one poll from all partitions, within the limits of the configuration.
 *
 * What is wrong with a partition (its worker has died, its position is outside the log) is thrown
 * only where a poll would have nothing else to give: records come first, and no partition's trouble
 * hides another's records.
 *
 * Source: Apache Kafka, `consumer/internals/FetchCollector.java`.
 */
export class Fetcher {
  readonly #config: ResolvedConsumerConfig
  readonly #subscription: SubscriptionState
  #last: PolledRecords | null = null

  constructor(config: ResolvedConsumerConfig, subscription: SubscriptionState) {
    this.#config = config
    this.#subscription = subscription
  }

  /** A new poll begins: the memory of the last one can be used again, unless someone looks at it. */
  begin(): void {
    this.#last?.end()
    this.#last = null
    for (const { fetcher } of this.#subscription.order) fetcher.recycle()
  }

  /** Whether `collect` may find something now, or has an error to tell: the condition of a wait. */
  get hasAvailable(): boolean {
    return this.#subscription.order.some(
      ({ fetcher, open }) => fetcher.hasAvailable || open.isOffline(),
    )
  }

  /**
   * Hands out what there is now, perhaps nothing.
   *
   * @throws RinglogError PARTITION_OFFLINE, UNKNOWN_TOPIC_OR_PARTITION (the topic was deleted); with `autoOffsetReset: "none"` OFFSET_OUT_OF_RANGE and
   *   NO_OFFSET_FOR_PARTITION.
   */
  collect(): PolledRecords {
    const { maxPollRecords, maxPartitionFetchBytes, fetchMaxBytes } = this.#config
    const slices: RecordSlice[] = []
    const budget = { records: maxPollRecords, partitionBytes: 0, totalBytes: fetchMaxBytes }
    let served = 0
    for (const assigned of this.#subscription.order) {
      if (budget.records === 0 || (slices.length > 0 && budget.totalBytes <= 0)) break
      budget.partitionBytes = maxPartitionFetchBytes
      const slicesBefore = slices.length
      let outcome = assigned.fetcher.take(budget, slices)
      if (outcome === OUT_OF_RANGE && slices.length === 0) {
        this.#subscription.rotate(served + 1)
        this.#reset(assigned)
        outcome = assigned.fetcher.take(budget, slices)
      }
      if (outcome === NO_POSITION && slices.length === 0) {
        this.#subscription.rotate(served + 1)
        throw noOffset([assigned.at])
      }
      if (slices.length > slicesBefore) this.#handedOut(assigned)
      else if (slices.length === 0 && assigned.open.isOffline()) {
        this.#subscription.rotate(served + 1)
        throw goneError(assigned)
      }
      served++
    }
    this.#subscription.rotate(1)
    this.#last = new PolledRecords(slices)
    return this.#last
  }

  /** Records the position, and releases what is before it. */
  #handedOut(assigned: AssignedPartition): void {
    const { position } = assigned.fetcher
    assigned.currentOffset = position - 1
    release(assigned)
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
    fetcher.seek(autoOffsetReset === 'earliest' ? logStartOffset : endOffset)
    release(assigned)
  }
}

/**
 * Lets the partition's worker overwrite what is before the position, and holds what is after it.
 * INV-10: what was handed out lies in this consumer's own memory by now.
 */
export function release({ open, fetcher }: AssignedPartition): void {
  if (open.gate?.release(fetcher.position) === true) open.workerDoorbell.ring()
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

/** Nothing more will come: the partition's topic is deleted, or its worker has died. */
function goneError({ at, open }: AssignedPartition): RinglogError {
  if (open.isDeleted()) {
    return new RinglogError('UNKNOWN_TOPIC_OR_PARTITION', `topic ${at.topic} was deleted`, {
      details: { ...at },
    })
  }
  return new RinglogError(
    'PARTITION_OFFLINE',
    `partition ${partitionName(at.topic, at.partition)} has no running worker, and all of it was handed out`,
    { details: { ...at } },
  )
}
