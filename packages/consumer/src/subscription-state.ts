import {
  RinglogError,
  checkPartition,
  partitionKey,
  partitionName,
  show,
  type OpenPartition,
  type TopicPartition,
} from '@ringlog/core/internal'
import { AssignedPartition } from './assigned-partition.ts'
import type { ChunkPool } from './fetched-chunk.ts'

/**
 * The partitions that a consumer has, in the order in which it serves them, each with its position.
 *
 * Source: Apache Kafka, `consumer/internals/SubscriptionState.java`.
 */
export class SubscriptionState {
  readonly #assigned = new Map<string, AssignedPartition>()
  readonly #pool: ChunkPool
  readonly #onLoaded: () => void
  /** The order of service: turned by one at every poll that takes something, so that none comes last for ever. */
  #order: AssignedPartition[] = []
  #generation = 0

  /** @param onLoaded Called when what a partition has on disk can be taken. */
  constructor(pool: ChunkPool, onLoaded: () => void) {
    this.#pool = pool
    this.#onLoaded = onLoaded
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
    for (const assigned of this.#order) assigned.putBack()
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
    const assigned = new AssignedPartition(open, this.#pool, hasPosition, isMembers, this.#onLoaded)
    this.#assigned.set(partitionKey(open), assigned)
    this.#order = [...this.#assigned.values()]
  }

  remove(p: TopicPartition): void {
    this.recall()
    this.find(p)?.open.reader.close()
    this.#assigned.delete(partitionKey(p))
    this.#order = [...this.#assigned.values()]
  }

  /** Nothing is read any more: gives back the files that are open. */
  closeReaders(): void {
    for (const { open } of this.#order) open.reader.close()
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
