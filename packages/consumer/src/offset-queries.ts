import {
  RinglogError,
  checkWaitOptions,
  listedOffset,
  show,
  type ConsumerEngine,
  type EngineCallOptions,
  type ListedOffset,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { ResolvedConsumerConfig } from './config.ts'
import { deadlineOf } from './deadline.ts'
import type { Lifecycle } from './lifecycle.ts'
import { checkPartitions, type SubscriptionState } from './subscription-state.ts'

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
    return this.#bounds(partitions, 'earliest', options)
  }

  /** See `Consumer.endOffsets`. */
  async endOffsets(
    partitions: readonly TopicPartition[],
    options: QueryOptions = {},
  ): Promise<PartitionOffset[]> {
    checkWaitOptions('endOffsets()', options)
    return this.#bounds(partitions, 'latest', options)
  }

  /** See `Consumer.offsetsForTimes`. */
  async offsetsForTimes(
    times: ReadonlyArray<TopicPartition & { timestamp: number }>,
    options: QueryOptions = {},
  ): Promise<Array<PartitionOffset | null>> {
    checkWaitOptions('offsetsForTimes()', options)
    const wanted = checkPartitions(times)
    const timestamps = times.map(({ timestamp }) => checkTimestamp(timestamp))
    const limits = this.#limits(options)
    const found = wanted.map((): PartitionOffset | null => null)
    const listOf = async (timestamp: number): Promise<void> => {
      const indexes = [...wanted.keys()].filter((i) => timestamps[i] === timestamp)
      const of = indexes.map((i) => wanted[i]!)
      for (const [n, offset] of (await this.#list(of, { timestamp }, limits)).entries()) {
        if (offset !== null) found[indexes[n]!] = { ...of[n]!, offset }
      }
    }
    await Promise.all([...new Set(timestamps)].map(listOf))
    return found
  }

  async #bounds(
    partitions: readonly TopicPartition[],
    at: 'earliest' | 'latest',
    options: QueryOptions,
  ): Promise<PartitionOffset[]> {
    const wanted = checkPartitions(partitions)
    const offsets = await this.#list(wanted, at, this.#limits(options))
    return wanted.map((p, i) => ({ ...p, offset: offsets[i]! }))
  }

  /** Assigned partitions of this process are read as they are; of the others the engine is asked, at once. */
  async #list(
    wanted: readonly TopicPartition[],
    at: ListedOffset,
    limits: EngineCallOptions,
  ): Promise<Array<number | null>> {
    const { engine, subscription, lifecycle } = this.#parts
    const readers = wanted.map((p) => {
      const open = subscription.findLive(p)?.open
      return open?.isRemote === true ? undefined : open?.reader
    })
    const others = wanted.filter((_, i) => readers[i] === undefined)
    let listed: Array<number | null> = []
    if (others.length > 0) {
      listed = await engine.listOffsets(others, at, {
        ...limits,
        isolationLevel: this.#parts.config.isolationLevel,
      })
      lifecycle.assertOpen()
    }
    const answers = listed.values()
    return Promise.all(
      readers.map(async (reader) =>
        reader === undefined ? answers.next().value! : listedOffset(reader, at),
      ),
    )
  }

  /** @throws RinglogError CONSUMER_CLOSED, BROKER_CLOSED; `signal.reason`. */
  #limits({ signal, timeoutMs }: QueryOptions): EngineCallOptions {
    const { engine, lifecycle } = this.#parts
    lifecycle.assertOpen()
    signal?.throwIfAborted()
    if (timeoutMs === undefined) return { signal }
    return { deadlineMs: deadlineOf(engine.clock, { timeoutMs }), signal }
  }
}

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
  readonly config: ResolvedConsumerConfig
  readonly engine: ConsumerEngine
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
}

function checkTimestamp(timestamp: unknown): number {
  if (Number.isSafeInteger(timestamp) && (timestamp as number) >= 0) return timestamp as number
  throw new RinglogError(
    'INVALID_REQUEST',
    `a timestamp must be a non-negative safe integer of milliseconds, got ${show(timestamp)}`,
  )
}
