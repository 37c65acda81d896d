import {
  RinglogError,
  checkReset,
  type ClockTimer,
  type GroupDescription,
  type GroupMetrics,
  type PartitionOffsets,
  type ResetTarget,
  type TopicPartition,
  assertGroupId,
} from '@ringlog/core/internal'
import type { GroupRecord, OffsetRecord } from '@ringlog/storage'
import { loadAssignor } from './load-assignor.ts'
import type { Partition } from '../topic/partition.ts'
import { offsetsOf } from './partition-offsets.ts'
import { Group, type GroupSurroundings } from './group.ts'
import type { GroupDriver } from './group-driver.ts'
import type { JoinGroupMessage, MemberAnswer } from '../../wire/group-service.ts'

/**
 * The consumer groups of a broker. A group is there as soon as a consumer names it, and stays as long
 * as it has members or offsets.
 *
 * Thread: the controller's.
 */
export class GroupRegistry {
  readonly #surroundings: GroupSurroundings
  readonly #groups = new Map<string, Group>()
  #timer: ClockTimer | null = null
  #timerAtMs = Infinity

  constructor(surroundings: GroupSurroundings) {
    this.#surroundings = surroundings
    const { topics } = surroundings
    topics.onChanged(({ type, partitions }) => {
      const partitionCounts = topics.partitionCounts()
      for (const group of this.#groups.values()) {
        if (type === 'deleted') group.drop(partitions)
        group.driver.topicsChanged(partitionCounts)
      }
      this.#dropIdle()
    })
  }

  /** The ids of the groups that there are. */
  get ids(): Iterable<string> {
    return this.#groups.keys()
  }

  /**
   * Brings back groups, and what they had committed on the topics that there are, when a former broker ended.
   */
  async restore(groups: readonly GroupRecord[], offsets: readonly OffsetRecord[]): Promise<void> {
    const unusedSince = new Map(
      groups.map(({ groupId, unusedSinceMs }) => [groupId, unusedSinceMs]),
    )
    const byGroup = Map.groupBy(offsets, ({ groupId }) => groupId)
    await Promise.all(
      [...byGroup].map(async ([groupId, records]) => {
        const commits = records.flatMap(({ topic, partition: number, offset, metadata }) => {
          const partition = this.#surroundings.topics.find({ topic, partition: number })
          return partition === null ? [] : [{ partition, offset, metadata }]
        })
        if (commits.length === 0) return
        await this.open(groupId).restore(unusedSince.get(groupId) ?? null, commits)
      }),
    )
  }

  /** The group, made now where there is none. @throws RinglogError INVALID_GROUP_ID. */
  open(groupId: string): Group {
    assertGroupId(groupId)
    let group = this.#groups.get(groupId)
    if (group === undefined) {
      group = new Group(groupId, this.#surroundings, () => this.#onActed())
      this.#groups.set(groupId, group)
    }
    return group
  }

  /** @throws RinglogError UNKNOWN_MEMBER_ID when there is no such group, and so no member of it. */
  membersOf(groupId: string): GroupDriver {
    const group = this.#groups.get(groupId)
    if (group !== undefined) return group.driver
    throw new RinglogError('UNKNOWN_MEMBER_ID', `there is no group ${groupId}`, {
      details: { groupId },
    })
  }

  /** `undefined`: there is no such group. */
  find(groupId: string): Group | undefined {
    return this.#groups.get(groupId)
  }

  /**
   * Admits a member.
   *
   * @param isGone Whether the client has gone meanwhile.
   * @param session The client's: its end is the member's.
   * @throws RinglogError INVALID_GROUP_ID, INVALID_REQUEST; INVALID_CONFIG when the assignor cannot be loaded.
   */
  async join(
    message: JoinGroupMessage,
    isGone: () => boolean,
    session: object,
  ): Promise<MemberAnswer> {
    const assignor = await loadAssignor(message.assignor)
    if (isGone()) throw new RinglogError('BROKER_CLOSED')
    return this.open(message.groupId).driver.join(message, session, assignor)
  }

  /**
   * Lets groups hold partitions from their start, before they have ever had a consumer. The partitions are
   * not part of their topic yet.
   *
   * @throws RinglogError INVALID_GROUP_ID, WORKER_CRASHED: none holds then.
   */
  async hold(groupIds: readonly string[], partitions: readonly Partition[]): Promise<void> {
    const groups = groupIds.map((groupId) => this.open(groupId))
    try {
      await Promise.all(groups.map((group) => group.hold(partitions)))
    } catch (error) {
      for (const group of groups) group.drop(partitions)
      this.#dropIdle()
      throw error
    }
  }

  /** Resolves once what a group has committed by now is on disk, where the broker keeps anything. */
  store(groupId: string): Promise<void> {
    return this.#surroundings.stored(groupId)
  }

  list(): string[] {
    this.#dropIdle()
    return [...this.#groups.keys()].sort()
  }

  /** How all groups are, by id. */
  metrics(): GroupMetrics[] {
    return this.list().map((groupId) => this.#known(groupId).metrics())
  }

  /** @throws RinglogError GROUP_ID_NOT_FOUND. */
  describe(groupId: string): GroupDescription {
    return this.#known(groupId).describe()
  }

  /** @throws RinglogError GROUP_ID_NOT_FOUND; INVALID_REQUEST for a group without members. */
  enforceRebalance(groupId: string): void {
    const group = this.#known(groupId)
    if (group.describe().members.length > 0) return group.driver.enforceRebalance()
    throw new RinglogError('INVALID_REQUEST', `group ${groupId} has no members to rebalance`, {
      details: { groupId },
    })
  }

  /** @throws RinglogError GROUP_ID_NOT_FOUND; NON_EMPTY_GROUP. */
  async delete(groupId: string): Promise<void> {
    const group = this.#known(groupId)
    group.assertUnused('deleted')
    await group.remove()
    this.#dropIdle()
    await this.#surroundings.stored(groupId)
  }

  /**
   * @throws RinglogError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP, INVALID_REQUEST,
   *   UNKNOWN_TOPIC_OR_PARTITION: nothing is reset then.
   */
  async resetOffsets(groupId: string, to: ResetTarget): Promise<void> {
    const reset = checkReset(to)
    const group = this.#known(groupId)
    group.assertUnused('reset')
    await group.reset(reset)
    await this.#surroundings.stored(groupId)
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION. */
  committed(groupId: string, at: TopicPartition): number | null {
    this.#surroundings.topics.partition(at)
    return this.#groups.get(groupId)?.standingOn(at)?.committed ?? null
  }

  /** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_GROUP_ID. */
  offsets(topic: string, groupId: string | undefined): PartitionOffsets[] {
    if (groupId !== undefined) assertGroupId(groupId)
    const group = groupId === undefined ? undefined : this.#groups.get(groupId)
    return this.#surroundings.topics
      .topic(topic)
      .partitions.map((partition) => offsetsOf(partition, group?.standingOn(partition) ?? null))
  }

  /** The first offset of a partition that a group has not released; `Infinity`: no group has it. */
  lowestHeldOn(p: TopicPartition): number {
    let lowest = Infinity
    for (const group of this.#groups.values()) lowest = Math.min(lowest, group.heldOffsetOn(p))
    return lowest
  }

  /** The session of a client is over: its members are dead. */
  sessionEnded(session: object): void {
    for (const group of this.#groups.values()) group.driver.sessionEnded(session)
  }

  /** Wakes the members of all groups: the broker closes. */
  ringAll(): void {
    for (const group of this.#groups.values()) group.driver.ringAll()
  }

  close(): void {
    this.#clearTimer()
  }

  /** Forgets groups that have nothing: without members and without offsets. */
  #dropIdle(): void {
    for (const group of this.#groups.values()) if (group.isIdle) this.#groups.delete(group.groupId)
  }

  /** @throws RinglogError GROUP_ID_NOT_FOUND. */
  #known(groupId: string): Group {
    assertGroupId(groupId)
    const group = this.#groups.get(groupId)
    if (group !== undefined && !group.isIdle) return group
    throw new RinglogError('GROUP_ID_NOT_FOUND', `there is no group ${groupId}`, {
      details: { groupId },
    })
  }

  #onActed(): void {
    this.#dropIdle()
    this.#schedule()
  }

  /** Sets the timer to when the first group must be looked at. */
  #schedule(): void {
    let nextMs = Infinity
    for (const group of this.#groups.values()) {
      nextMs = Math.min(nextMs, group.nextDeadlineMs())
    }
    // A timer that fires too early only looks; so one that is set early enough can stay.
    if (this.#timer !== null && this.#timerAtMs <= nextMs) return
    this.#clearTimer()
    if (nextMs === Infinity) return
    this.#timerAtMs = nextMs
    const { clock } = this.#surroundings
    const delayMs = Math.max(1, Math.ceil(nextMs - clock.nowMs()))
    this.#timer = clock.setTimer(() => this.#tick(), delayMs)
    this.#timer.unref()
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#surroundings.clock.clearTimer(this.#timer)
    this.#timer = null
  }

  #tick(): void {
    this.#timer = null
    for (const group of this.#groups.values()) group.tick()
    this.#schedule()
  }
}
