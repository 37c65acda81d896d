import {
  RinglogError,
  checkPartition,
  partitionKey,
  partitionName,
  show,
  type OpenPartition,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { ChunkPool } from './fetched-chunk.ts'
import { PartitionFetcher } from './partition-fetcher.ts'

/**
 * A partition that is assigned: what is read of it, and what was handed out.
 *
 * A poll hands out what it takes from the fetcher, all at once. An iteration takes as much, and hands
 * it out one by one: then `position` is behind `fetcher.position`.
 */
export interface AssignedPartition {
  readonly at: TopicPartition
  readonly open: OpenPartition
  readonly fetcher: PartitionFetcher
  /** The next record to be handed out; of no meaning while the fetcher has no position. */
  position: number
  /** The last record that was handed out; -1: none. */
  currentOffset: number
  /** What is below counts as consumed. In an iteration the record that was yielded last does not. */
  doneOffset: number
  /** What lies below was gone already when the position was set: it is not missed. */
  missableFrom: number
  /** Whether the position was sought since the last record was handed out. */
  isSought: boolean
  isPaused: boolean
  /** Whether a group has assigned it, which also tells when to let it go. */
  readonly isMembers: boolean
}

/**
 * The partitions that a consumer has, in the order in which it serves them, each with its position.
 *
 * Source: Apache Kafka, `consumer/internals/SubscriptionState.java`.
 */
export class SubscriptionState {
  readonly #assigned = new Map<string, AssignedPartition>()
  readonly #pool: ChunkPool
  /** The order of service: turned by one at every poll, so that none comes last for ever. */
  #order: AssignedPartition[] = []
  #generation = 0

  constructor(pool: ChunkPool) {
    this.#pool = pool
  }

  get partitions(): TopicPartition[] {
    return [...this.#assigned.values()].map(({ at }) => ({ ...at }))
  }

  /** The partitions to serve, first come first. */
  get order(): readonly AssignedPartition[] {
    return this.#order
  }

  /** Puts the first `count` of the order last. */
  rotate(count: number): void {
    if (this.#order.length > 1)
      this.#order = [...this.#order.slice(count), ...this.#order.slice(0, count)]
  }

  /** Another one: what was taken and not handed out by now is not to be handed out any more. */
  get generation(): number {
    return this.#generation
  }

  /** What was taken and not handed out goes back: it will be taken again. */
  recall(): void {
    this.#generation++
    for (const { fetcher, position } of this.#order) {
      if (fetcher.hasPosition && fetcher.position !== position) fetcher.seek(position)
    }
  }

  find(p: TopicPartition): AssignedPartition | undefined {
    return this.#assigned.get(partitionKey(p))
  }

  /** The same, unless its topic was deleted: one of that name may have been created since. */
  findLive(p: TopicPartition): AssignedPartition | undefined {
    const assigned = this.find(p)
    return assigned?.open.isDeleted() === true ? undefined : assigned
  }

  has(p: TopicPartition): boolean {
    return this.#assigned.has(partitionKey(p))
  }

  /** @throws RinglogError INVALID_STATE when the partition is not assigned; INVALID_REQUEST. */
  get(p: TopicPartition): AssignedPartition {
    const { topic, partition } = checkPartition(p)
    const assigned = this.#assigned.get(partitionKey(p))
    if (assigned !== undefined) return assigned
    throw new RinglogError(
      'INVALID_STATE',
      `partition ${partitionName(topic, partition)} is not assigned to this consumer`,
      { details: { topic, partition } },
    )
  }

  /**
   * @param hasPosition Whether it starts at `open.startOffset`; else a seek says where.
   * @param isMembers Whether a group has assigned it.
   */
  add(open: OpenPartition, hasPosition: boolean, isMembers = false): void {
    if (hasPosition) open.grant?.report(open.startOffset, -1)
    const fetcher = new PartitionFetcher(open, this.#pool, hasPosition)
    this.#assigned.set(partitionKey(open), {
      at: fetcher.at,
      open,
      fetcher,
      position: open.startOffset,
      currentOffset: -1,
      doneOffset: open.startOffset,
      missableFrom: open.startOffset,
      isSought: false,
      isPaused: false,
      isMembers,
    })
    this.#order = [...this.#assigned.values()]
  }

  remove(p: TopicPartition): void {
    this.recall()
    this.#assigned.delete(partitionKey(p))
    this.#order = [...this.#assigned.values()]
  }
}

/**
 * Checks a list of partitions that a user gave, and copies it.
 *
 * @throws RinglogError INVALID_REQUEST.
 */
export function checkPartitions(partitions: unknown): TopicPartition[] {
  if (!Array.isArray(partitions)) {
    throw new RinglogError(
      'INVALID_REQUEST',
      `partitions must be an array of { topic, partition }, got ${show(partitions)}`,
    )
  }
  return (partitions as unknown[]).map(checkPartition)
}

/** The same list, each partition once. */
export function uniquePartitions(partitions: readonly TopicPartition[]): TopicPartition[] {
  return [...new Map(partitions.map((p) => [partitionKey(p), p])).values()]
}
