import {
  RinglogError,
  checkWaitOptions,
  show,
  type ConsumerEngine,
  type LogReader,
  type TopicPartition,
} from '@ringlog/core/internal'
import { deadlineOf } from './deadline.ts'
import type { Lifecycle } from './lifecycle.ts'
import { checkPartitions, type SubscriptionState } from './subscription-state.ts'

/** An offset of a partition: the next one to read, as in Kafka. */
export interface PartitionOffset extends TopicPartition {
  offset: number
}

/** How long a call that asks for offsets may take. */
export interface QueryOptions {
  /** How long to wait for an answer. Default 30,000. */
  timeoutMs?: number | undefined
  signal?: AbortSignal | undefined
}

/** What offset queries work on. */
export interface OffsetQueriesParts {
  readonly engine: ConsumerEngine
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
}

/** Answers where logs begin and end, of any partitions: assigned ones are read as they are. */
export class OffsetQueries {
  readonly #parts: OffsetQueriesParts

  constructor(parts: OffsetQueriesParts) {
    this.#parts = parts
  }

  /** See `Consumer.beginningOffsets`. */
  async beginningOffsets(
    partitions: readonly TopicPartition[],
    options: QueryOptions = {},
  ): Promise<PartitionOffset[]> {
    checkWaitOptions('beginningOffsets()', options)
    const wanted = checkPartitions(partitions)
    const readers = await this.#readersOf(wanted, options)
    return wanted.map((p, i) => ({ ...p, offset: readers[i]!.logStartOffset }))
  }

  /** See `Consumer.endOffsets`. */
  async endOffsets(
    partitions: readonly TopicPartition[],
    options: QueryOptions = {},
  ): Promise<PartitionOffset[]> {
    checkWaitOptions('endOffsets()', options)
    const wanted = checkPartitions(partitions)
    const readers = await this.#readersOf(wanted, options)
    return wanted.map((p, i) => ({ ...p, offset: readers[i]!.endOffset }))
  }

  /** See `Consumer.offsetsForTimes`. */
  async offsetsForTimes(
    times: ReadonlyArray<TopicPartition & { timestamp: number }>,
    options: QueryOptions = {},
  ): Promise<Array<PartitionOffset | null>> {
    checkWaitOptions('offsetsForTimes()', options)
    const wanted = checkPartitions(times)
    const timestamps = times.map(({ timestamp }) => checkTimestamp(timestamp))
    const readers = await this.#readersOf(wanted, options)
    return wanted.map((p, i) => {
      const found = readers[i]!.findByTimestamp(timestamps[i]!)
      return found === null ? null : { ...p, offset: found.offset }
    })
  }

  async #readersOf(
    wanted: readonly TopicPartition[],
    { signal, timeoutMs }: QueryOptions,
  ): Promise<LogReader[]> {
    const { engine, subscription, lifecycle } = this.#parts
    lifecycle.assertOpen()
    signal?.throwIfAborted()
    const readers = wanted.map((p) => subscription.findLive(p)?.open.reader ?? null)
    const unknown = wanted.filter((_, i) => readers[i] === null)
    if (unknown.length > 0) {
      const limits = timeoutMs === undefined ? {} : { deadlineMs: deadlineOf({ timeoutMs }) }
      const opened = await engine.openReaders(unknown, { ...limits, signal })
      lifecycle.assertOpen()
      for (const reader of opened) readers[readers.indexOf(null)] = reader
    }
    return readers as LogReader[]
  }
}

function checkTimestamp(timestamp: unknown): number {
  if (Number.isSafeInteger(timestamp) && (timestamp as number) >= 0) return timestamp as number
  throw new RinglogError(
    'INVALID_REQUEST',
    `a timestamp must be a non-negative safe integer of milliseconds, got ${show(timestamp)}`,
  )
}
