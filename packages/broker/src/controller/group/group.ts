import {
  RinglogError,
  resetOffset,
  type Clock,
  type CommitDescription,
  type GroupDescription,
  type GroupMemberDescription,
  type GroupMetrics,
  type GroupPartitionDescription,
  type GroupPartitionMetrics,
  type OffsetReset,
  type PartitionStart,
  type StartPosition,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { BrokerEvents } from '../broker-events.ts'
import type { OpenPartitionMemory } from '../../wire/consumer-description.ts'
import { assertOnline, type Partition } from '../topic/partition.ts'
import type { Registrar, SessionConsumer } from '../registrar.ts'
import type { StoredGroup } from '../storage/group-offsets-store.ts'
import type { TopicRegistry } from '../topic/topic-registry.ts'
import { GroupCoordinator } from '../../coordinator/group-coordinator.ts'
import { GroupDriver } from './group-driver.ts'
import type { GroupGate, GroupStanding } from './group-gate.ts'
import { GroupGates } from './group-gates.ts'
import type { MemberSnapshot } from '../../coordinator/group-snapshot.ts'

/**
 * One consumer group: its members, and the offsets that it has committed.
 *
 * Its partitions go to members that subscribe, or else to consumers that assign them to themselves;
 * never to both: a member that joins takes them over.
 *
 * Thread: the controller's.
 */
export class Group {
  readonly groupId: string
  /** Carries out what the coordinator decides about the members. */
  readonly driver: GroupDriver
  readonly #surroundings: GroupSurroundings
  readonly #coordinator: GroupCoordinator
  readonly #gates: GroupGates
  readonly #onActed: () => void
  /** On the clock of durations; `Infinity`: it is in use. */
  #unusedSinceMs: number
  /** The same in milliseconds since 1970; `null`: it is in use. */
  #unusedSinceWallMs: number | null

  /** @param onActed Called when `nextDeadlineMs` may have changed. */
  constructor(groupId: string, surroundings: GroupSurroundings, onActed: () => void) {
    this.groupId = groupId
    this.#surroundings = surroundings
    this.#onActed = onActed
    this.#unusedSinceMs = surroundings.clock.nowMs()
    this.#unusedSinceWallMs = surroundings.clock.wallMs()
    this.#coordinator = new GroupCoordinator(groupId, surroundings.topics.partitionCounts())
    this.#gates = new GroupGates(groupId, surroundings.registrar)
    this.driver = new GroupDriver({
      ...surroundings,
      coordinator: this.#coordinator,
      gates: this.#gates,
      onActed: () => this.#followUse(),
    })
  }

  /** When a `tick` may have something to do, at the earliest; `Infinity`: never, as things are. */
  nextDeadlineMs(): number {
    return Math.min(this.#expiresAtMs, this.driver.nextDeadlineMs())
  }

  /** Looks for stuck members; deletes the group's offsets once it was unused for `groupExpiryMs`. */
  tick(): void {
    this.driver.tick()
    if (this.#expiresAtMs <= this.#surroundings.clock.nowMs()) void this.remove()
  }

  /** Whether it has neither members nor offsets. */
  get isIdle(): boolean {
    return !this.#coordinator.hasMembers && this.#gates.isEmpty
  }

  /** The offset below which the group has released a partition; `Infinity`: it has never had it. */
  heldOffsetOn(p: TopicPartition): number {
    return this.#gates.heldOffsetOn(p)
  }

  /** What is to be kept of it on disk. */
  get stored(): StoredGroup {
    return { unusedSinceMs: this.#unusedSinceWallMs, offsets: this.#gates.stored }
  }

  /**
   * Brings back what the group had committed when a former broker ended. What lies beyond the end of its log has not
   * survived: it becomes the end.
   *
   * @param unusedSinceMs Milliseconds since 1970; `null`: it was in use then, or nobody knows.
   */
  async restore(unusedSinceMs: number | null, commits: readonly RestoredCommit[]): Promise<void> {
    await Promise.all(
      commits.map(async ({ partition, offset, metadata }) => {
        const { files, reader } = partition
        const isKnown = files?.isFollowed === true
        const gate = this.#gates.on(partition)
        await gate.reset(isKnown ? Math.min(offset, reader.endOffset) : offset)
        if (metadata !== '') gate.describeCommit(offset, metadata)
      }),
    )
    if (unusedSinceMs === null) return
    const { clock } = this.#surroundings
    this.#unusedSinceMs = clock.nowMs() - Math.max(0, clock.wallMs() - unusedSinceMs)
    this.#unusedSinceWallMs = unusedSinceMs
    this.#onActed()
  }

  /** Where the group stands on a partition; `null`: it has never had it. */
  standingOn(p: TopicPartition): GroupStanding | null {
    return this.#gates.standingOn(p)
  }

  /**
   * Grants partitions to a consumer that has chosen them itself: all of them, or none; also those that are
   * offline. Their former owners cannot commit any more.
   *
   * @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION; UNKNOWN_MEMBER_ID when the group has members that
   *   subscribe; STALE_MEMBER_EPOCH when the consumer gives one of them up meanwhile.
   */
  async assign(
    consumer: SessionConsumer,
    requested: readonly PartitionStart[],
  ): Promise<OpenPartitionMemory[]> {
    this.#assertNoMembers()
    const wanted = requested.map(({ start, ...at }) => {
      return { partition: this.#surroundings.topics.partition(at), start }
    })
    const opened = await this.#use(() =>
      Promise.allSettled(
        wanted.map(async ({ partition, start }) => this.#grant(partition, consumer, start)),
      ),
    )
    const failed = opened.find((outcome) => outcome.status === 'rejected')
    if (failed !== undefined) {
      // It is not awaited: the worker that has not answered may not answer that either, and the caller is to hear
      // which one that is before its own time is over.
      void this.release(consumer.consumerId, requested).catch(() => undefined)
      throw failed.reason
    }
    return opened.map((outcome) => (outcome as PromiseFulfilledResult<OpenPartitionMemory>).value)
  }

  /** A consumer gives up partitions that it chose itself; those it does not have are passed over. */
  async release(consumerId: string, partitions: readonly TopicPartition[]): Promise<void> {
    await this.#use(() => this.#gates.release(consumerId, partitions))
  }

  /** The thread or client of a consumer that chose its partitions itself is gone. */
  async forget(consumerId: string): Promise<void> {
    await this.#use(() => this.#gates.forget(consumerId))
  }

  /** @throws RinglogError STALE_MEMBER_EPOCH where the consumer does not commit (any more). */
  describeCommits(consumerId: string, commits: readonly CommitDescription[]): void {
    for (const { topic, partition, offset, metadata } of commits) {
      this.#gates.describeCommit(consumerId, { topic, partition }, offset, metadata)
    }
  }

  /** Holds partitions from their start on, for the group's first consumer. */
  async hold(partitions: readonly Partition[]): Promise<void> {
    await this.#use(() =>
      Promise.all(partitions.map((partition) => this.#gates.on(partition).move(null))),
    )
  }

  /** Partitions are gone for good, and with them what was committed there. */
  drop(partitions: readonly Partition[]): void {
    this.#gates.drop(partitions)
  }

  /**
   * @param what What is about to be done, for the message.
   * @throws RinglogError NON_EMPTY_GROUP while a consumer of the group is live.
   */
  assertUnused(what: string): void {
    const holder = this.#gates.list().find(({ owner }) => owner !== null)?.owner ?? null
    if (!this.#coordinator.hasMembers && holder === null) return
    const count = this.#coordinator.describe().members.length
    throw new RinglogError(
      'NON_EMPTY_GROUP',
      `group ${this.groupId} cannot be ${what} while it is in use: ` +
        (count > 0 ? `members=${count}` : `consumer ${holder?.clientId} has partitions assigned`) +
        '; close them first',
      { details: { groupId: this.groupId, members: count } },
    )
  }

  /**
   * Sets the committed offsets of a group that is not in use. @throws RinglogError
   * UNKNOWN_TOPIC_OR_PARTITION.
   */
  async reset(reset: OffsetReset): Promise<void> {
    const partitions =
      reset.partitions === null
        ? this.#gates.list().map(({ partition }) => partition)
        : reset.partitions.map((p) => this.#surroundings.topics.partition(p))
    await this.#use(async () => {
      const offsets = await Promise.all(
        partitions.map((partition) =>
          resetOffset(reset, partition.reader, this.#gates.on(partition).heldOffset),
        ),
      )
      this.assertUnused('reset') // a consumer may have come while an offset was looked up on disk
      await Promise.all(
        partitions.map((partition, i) => this.#gates.on(partition).reset(offsets[i]!)),
      )
    })
  }

  /** The group gives up all its offsets: it holds nothing back any more. */
  async remove(): Promise<void> {
    await this.#use(() => this.#gates.removeAll())
  }

  describe(): GroupDescription {
    const { groupId, state, groupEpoch, assignor, members } = this.#coordinator.describe()
    return {
      groupId,
      state,
      epoch: groupEpoch,
      assignor,
      members: members.map(describeMember),
      partitions: this.#gates.list().filter(isOpen).map(describePartition),
    }
  }

  metrics(): GroupMetrics {
    const { groupId, state, groupEpoch, members } = this.#coordinator.describe()
    return {
      groupId,
      state,
      epoch: groupEpoch,
      memberCount: members.length,
      ...this.driver.counts,
      partitions: this.#gates.list().filter(isOpen).map(measurePartition),
    }
  }

  async #grant(
    partition: Partition,
    consumer: SessionConsumer,
    start: StartPosition,
  ): Promise<OpenPartitionMemory> {
    const granted = await this.#gates.grant(partition, consumer, start)
    if (granted !== null) return granted
    assertOnline(partition)
    const { clientId } = consumer
    throw new RinglogError(
      'STALE_MEMBER_EPOCH',
      `consumer ${clientId} has given up partition ${partition.topic}-${partition.partition} of group ` +
        `${this.groupId} before it was assigned`,
      {
        details: {
          groupId: this.groupId,
          clientId,
          topic: partition.topic,
          partition: partition.partition,
        },
      },
    )
  }

  get #expiresAtMs(): number {
    const { groupExpiryMs } = this.#surroundings
    return groupExpiryMs === null ? Infinity : this.#unusedSinceMs + groupExpiryMs
  }

  /** Runs `act` as a use of the group: the time for which it is unused begins anew when `act` has ended. */
  async #use<T>(act: () => Promise<T>): Promise<T> {
    this.#setUsed()
    try {
      return await act()
    } finally {
      this.#followUse()
    }
  }

  #followUse(): void {
    const isUsed = this.#coordinator.hasMembers || this.#gates.areInUse
    if (isUsed) this.#setUsed()
    else if (this.#unusedSinceMs === Infinity) {
      const { clock } = this.#surroundings
      this.#unusedSinceMs = clock.nowMs()
      this.#unusedSinceWallMs = clock.wallMs()
    }
    this.#onActed()
  }

  #setUsed(): void {
    this.#unusedSinceMs = Infinity
    this.#unusedSinceWallMs = null
  }

  /** @throws RinglogError UNKNOWN_MEMBER_ID. */
  #assertNoMembers(): void {
    if (!this.#coordinator.hasMembers) return
    throw new RinglogError(
      'UNKNOWN_MEMBER_ID',
      `group ${this.groupId} has members that subscribe: its partitions are theirs; subscribe, or ` +
        'assign with another groupId or without one',
      { details: { groupId: this.groupId } },
    )
  }
}

/** What a group had committed on a partition that is there again. */
export interface RestoredCommit {
  readonly partition: Partition
  readonly offset: number
  readonly metadata: string
}

/** What groups need of the controller. */
export interface GroupSurroundings {
  readonly topics: TopicRegistry
  readonly registrar: Registrar
  readonly events: BrokerEvents
  readonly clock: Clock
  /** After how long without use a group is deleted; `null`: never. */
  readonly groupExpiryMs: number | null
  /** Resolves once what the group has committed is on disk as it is now, where the broker keeps anything. */
  readonly stored: (groupId: string) => Promise<void>
}

function isOpen(gate: GroupGate): boolean {
  return gate.isOpen
}

function describeMember(member: MemberSnapshot): GroupMemberDescription {
  const { memberId, instanceId, clientId, memberEpoch, isLive, topics, assignment, target } = member
  return { memberId, instanceId, clientId, epoch: memberEpoch, isLive, topics, assignment, target }
}

function describePartition({ partition, owner, standing }: GroupGate): GroupPartitionDescription {
  const { logStartOffset, endOffset } = partition.reader
  const { committed, metadata, position } = standing
  return {
    topic: partition.topic,
    partition: partition.partition,
    memberId: owner?.consumerId ?? null,
    clientId: owner?.clientId ?? null,
    committed,
    metadata,
    position,
    logStartOffset,
    endOffset,
    lag: endOffset - (committed ?? logStartOffset),
  }
}

function measurePartition(gate: GroupGate): GroupPartitionMetrics {
  const { topic, partition, clientId, committed, lag } = describePartition(gate)
  return { topic, partition, clientId, committed, lag }
}
