import {
  RinglogError,
  partitionKey,
  type StartPosition,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { OpenPartitionMemory } from '../../wire/consumer-description.ts'
import type { Partition } from '../topic/partition.ts'
import type { Registrar, SessionConsumer } from '../registrar.ts'
import type { StoredOffset } from '../storage/group-offsets-store.ts'
import { GroupGate, type GroupStanding } from './group-gate.ts'

/**
 * The gates of one group: where it stands on each partition that it has ever had.
 *
 * Thread: the controller's.
 */
export class GroupGates {
  readonly #groupId: string
  readonly #registrar: Registrar
  readonly #gates = new Map<string, GroupGate>()

  constructor(groupId: string, registrar: Registrar) {
    this.#groupId = groupId
    this.#registrar = registrar
  }

  /** Whether the group has no offsets, and is about to have none. */
  get isEmpty(): boolean {
    for (const [key, gate] of this.#gates) if (gate.isUnused) this.#gates.delete(key)
    return this.#gates.size === 0
  }

  /** Whether one of the gates has an owner, or is on its way to one. */
  get areInUse(): boolean {
    for (const gate of this.#gates.values()) if (gate.isInUse) return true
    return false
  }

  /** All gates, by topic and partition. */
  list(): GroupGate[] {
    return [...this.#gates.values()].sort(
      ({ partition: a }, { partition: b }) =>
        (a.topic < b.topic ? -1 : Number(a.topic > b.topic)) || a.partition - b.partition,
    )
  }

  /** Where the group stands on a partition; `null`: it has never had it. */
  standingOn(p: TopicPartition): GroupStanding | null {
    return this.#gates.get(partitionKey(p))?.standing ?? null
  }

  /** The offset below which the group has released a partition; `Infinity`: it has never had it. */
  heldOffsetOn(p: TopicPartition): number {
    const gate = this.#gates.get(partitionKey(p))
    return gate?.isOpen === true ? gate.heldOffset : Infinity
  }

  /** What is to be kept on disk: what is committed on topics that are there. */
  get stored(): StoredOffset[] {
    const stored: StoredOffset[] = []
    for (const { partition: at, standing } of this.#gates.values()) {
      const { committed: offset, metadata } = standing
      if (at.files === null || offset === null) continue
      const { topic, partition, files } = at
      stored.push({ topic, partition, offset, metadata, isSynced: files.isEachRecordSynced })
    }
    return stored
  }

  /** The gate on a partition; a new one, not open yet, where there is none. */
  on(partition: Partition): GroupGate {
    const key = partitionKey(partition)
    let gate = this.#gates.get(key)
    // A partition that did not come to be, of a topic that could not be made, is another.
    if (gate?.partition !== partition) {
      gate = new GroupGate(this.#groupId, partition)
      this.#gates.set(key, gate)
    }
    return gate
  }

  /**
   * Takes the gate from its owner, and gives it to a consumer, which the worker rings from then on. `null`:
   * the consumer gave the partition up, or went, before its turn came.
   */
  async grant(
    partition: Partition,
    consumer: SessionConsumer,
    start: StartPosition,
  ): Promise<OpenPartitionMemory | null> {
    const { consumerId, clientId, doorbell } = consumer
    this.#registrar.register(consumer, partition)
    const isPresent = (): boolean => this.#registrar.has(consumerId, partition)
    const owner = { consumerId, clientId, doorbell, isPresent }
    const granted = await this.on(partition).move(owner, start)
    if (granted === null) return null
    return {
      topic: partition.topic,
      partition: partition.partition,
      memory: partition.memory,
      directory: partition.directory,
      workerDoorbell: partition.workerDoorbell.memory,
      offlineError: partition.offlineError.memory,
      startOffset: granted.offset,
      gate: null,
      grant: granted.memory,
    }
  }

  /** Takes the gates of these partitions from a consumer, where it has them still. */
  async release(consumerId: string, partitions: readonly TopicPartition[]): Promise<void> {
    await Promise.all(
      partitions.map(async (p) => {
        const gate = this.#gates.get(partitionKey(p))
        if (gate === undefined) return
        await Promise.all([this.#registrar.close(consumerId, [p]), gate.release(consumerId)])
      }),
    )
  }

  /** Resolves when all moves that were asked for are made. */
  async movesDone(): Promise<void> {
    await Promise.all([...this.#gates.values()].map((gate) => gate.movesDone()))
  }

  /** A consumer's thread or client is gone. */
  async forget(consumerId: string): Promise<void> {
    await this.#registrar.forget(consumerId)
    await Promise.all([...this.#gates.values()].map((gate) => gate.release(consumerId)))
  }

  /** @throws RinglogError STALE_MEMBER_EPOCH when the consumer does not commit there (any more). */
  describeCommit(consumerId: string, at: TopicPartition, offset: number, metadata: string): void {
    const gate = this.#gates.get(partitionKey(at))
    if (gate?.owner?.consumerId === consumerId) return gate.describeCommit(offset, metadata)
    throw new RinglogError(
      'STALE_MEMBER_EPOCH',
      `partition ${at.topic}-${at.partition} of group ${this.#groupId} is not this consumer's any more`,
      { details: { ...at, groupId: this.#groupId } },
    )
  }

  /** Partitions are gone for good, and with them what was committed there. */
  drop(partitions: readonly Partition[]): void {
    for (const partition of partitions) {
      this.#gates.get(partitionKey(partition))?.drop()
      this.#gates.delete(partitionKey(partition))
    }
  }

  /** The group gives up all its offsets. */
  async removeAll(): Promise<void> {
    await Promise.all([...this.#gates.values()].map((gate) => gate.remove()))
  }
}
