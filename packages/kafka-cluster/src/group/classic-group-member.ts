import { partitionKey, type GroupSubscription, type TopicPartition } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { versionsOf } from '../connection/cluster-api.ts'
import { CLASSIC_ASSIGNORS, type ClassicAssignor } from './classic-assignors.ts'
import { assignForGroup } from './classic-leader.ts'
import { ClassicTopics } from './classic-topics.ts'
import { decodeAssignment, encodeSubscription } from './consumer-protocol.ts'
import type { Kafka } from '../load-kafka.ts'
import type { GroupMember } from './group-member.ts'
import { KeptMember } from './kept-member.ts'
import type { MemberCall, MemberChange } from './member-call.ts'
import { isRefusal } from './subscribed-topics.ts'
import {
  FENCED_INSTANCE_ID,
  ILLEGAL_GENERATION,
  MEMBER_ID_REQUIRED,
  REBALANCE_IN_PROGRESS,
  UNKNOWN_MEMBER_ID,
} from '../connection/error-numbers.ts'

/**
 * A member of a group by Kafka's classic protocol: the coordinator gathers the members (`JoinGroup`), one of them
 * divides the partitions, and each is given its part (`SyncGroup`). A heartbeat says when to do that again.
 *
 * ```text
 *                      JoinGroup, SyncGroup
 *   (none) ───▶ joining ────────────────▶ member ──┐ heartbeat
 *                  ▲                        │ ▲────┘
 *                  └── rebalance: at once, or, where the assignor is not a cooperative one, when its consumer has
 *                      let go of all it has
 * ```
 *
 * Thread: the one that keeps memberships.
 *
 * Source: Apache Kafka, `consumer/internals/ConsumerCoordinator.java`; KIP-429.
 */
export class ClassicGroupMember implements GroupMember {
  readonly #cluster: Cluster
  readonly #kept: KeptMember
  readonly #assignor: ClassicAssignor
  readonly #topics: ClassicTopics
  readonly #lane: string
  readonly #owned = new Map<string, TopicPartition>()
  #target = new Map<string, TopicPartition>()
  /** As the coordinator names it; `''`: it has not been given a name yet. */
  #memberId = ''
  /** The group rebalances, and this member has not joined again. */
  #isJoinDue = false
  #joining: Promise<void> | null = null
  #nextBeatMs = 0
  #isBeating = false
  /** Whether it has subscribed to something else, and its consumer waits to be assigned that. */
  #isChanging = false
  /** Aborted when it leaves: it must not join again behind that. */
  readonly #leaving = new AbortController()

  constructor(cluster: Cluster, call: MemberCall) {
    this.#cluster = cluster
    this.#kept = new KeptMember(call, cluster.clock)
    this.#assignor = CLASSIC_ASSIGNORS[call.assignor]!
    this.#topics = new ClassicTopics(cluster, call.subscription)
    this.#lane = `group ${call.memberId}`
  }

  static canServe({ assignor }: MemberCall): boolean {
    return CLASSIC_ASSIGNORS[assignor] !== undefined
  }

  async join(): Promise<MemberChange> {
    await this.#topics.refresh()
    await this.#joinNow()
    this.#kept.watch(
      () => this.#tick(),
      () => void this.#sayLeave(),
    )
    return this.#change()
  }

  async reconcile(released: readonly TopicPartition[]): Promise<MemberChange> {
    this.#kept.assertMember()
    for (const p of released) this.#owned.delete(partitionKey(p))
    if (this.#isJoinDue && this.#owned.size === 0) {
      if (this.#isChanging) await this.#joinNow()
      else this.#joinBehind()
      this.#isChanging = false
    } else if (released.length > 0) {
      this.#rejoin() // what was let go goes to others when the group has rebalanced again
    }
    this.#kept.assertMember()
    return this.#change()
  }

  async changeSubscription(subscription: GroupSubscription): Promise<MemberChange> {
    this.#kept.assertMember()
    await this.#topics.change(subscription)
    this.#isJoinDue = true
    this.#isChanging = !this.#assignor.isCooperative && this.#owned.size > 0
    if (!this.#isChanging) await this.#joinNow()
    this.#kept.assertMember()
    return this.#change()
  }

  async leave(): Promise<void> {
    if (this.#kept.isGone) return
    this.#kept.end()
    this.#leaving.abort()
    await this.#sayLeave()
  }

  #change(): MemberChange {
    const seenEpoch = this.#kept.changes
    const memberId = this.#memberId
    const isGivenUp = this.#isJoinDue && !this.#assignor.isCooperative
    const toRelease = [...this.#owned]
      .filter(([key]) => isGivenUp || !this.#target.has(key))
      .map(([, p]) => p)
    if (toRelease.length > 0) return { memberId, granted: [], toRelease, seenEpoch }
    const granted = [...this.#target].filter(([key]) => !this.#owned.has(key))
    for (const [key, p] of granted) this.#owned.set(key, p)
    return { memberId, granted: granted.map(([, p]) => p), toRelease: [], seenEpoch }
  }

  /** The group is to rebalance: a cooperative member joins again at once, any other when its consumer lets go. */
  #rejoin(): void {
    this.#isJoinDue = true
    if (this.#assignor.isCooperative) this.#joinBehind()
    else this.#kept.notifyChange()
  }

  /** Joins while the consumer goes on, or leaves: a rebalance takes as long as the slowest member. */
  #joinBehind(): void {
    if (!this.#assignor.isCooperative) this.#target = new Map()
    this.#joinNow().then(
      () => this.#kept.notifyChange(),
      () => this.#kept.fence('session', 0),
    )
  }

  #joinNow(): Promise<void> {
    this.#isJoinDue = true
    this.#joining ??= this.#join().finally(() => {
      this.#joining = null
    })
    return this.#joining
  }

  async #join(): Promise<void> {
    while (this.#isJoinDue && !this.#kept.isGone) {
      this.#isJoinDue = false
      const number = await this.#exchange()
      if (number === 0) continue
      if (number === FENCED_INSTANCE_ID) this.#kept.fence('replaced', 0)
      const isUnknown = number === UNKNOWN_MEMBER_ID
      if (isUnknown && this.#owned.size > 0) this.#kept.fence('session', 0)
      if (isUnknown) this.#memberId = ''
      if (!isUnknown && !AGAIN.has(number)) throw this.#kept.refused(number)
      this.#isJoinDue = true
    }
    this.#beatLater()
  }

  /** One `JoinGroup` and `SyncGroup`; returns the error number of either. */
  async #exchange(): Promise<number> {
    const { kafka, coordinators, clock, config } = this.#cluster
    const { groupId, instanceId, sessionTimeoutMs, maxPollIntervalMs } = this.#kept.call
    const { protocolName } = this.#assignor
    const metadata = encodeSubscription({
      topics: this.#topics.join(),
      owned: this.#assignor.isCooperative ? [...this.#owned.values()] : [],
      generation: this.#assignor.isCooperative ? this.#kept.epoch : -1,
    })
    const waits = () => ({
      lane: this.#lane,
      clientId: this.#kept.call.clientId,
      longestWaitMs: maxPollIntervalMs,
      deadlineMs: clock.nowMs() + maxPollIntervalMs + config.requestTimeoutMs,
      signal: this.#leaving.signal,
    })
    const joined = await coordinators.request(
      groupId,
      versionsOf(kafka, kafka.joinGroupV9.api, 'joinGroup', 1),
      [
        groupId,
        sessionTimeoutMs,
        maxPollIntervalMs,
        this.#memberId,
        instanceId,
        PROTOCOL_TYPE,
        [{ name: protocolName, metadata }],
        null,
      ],
      waits(),
    )
    if (joined.errorCode === MEMBER_ID_REQUIRED) this.#memberId = joined.memberId
    if (joined.errorCode !== 0) return joined.errorCode
    this.#memberId = joined.memberId
    const assignments = await this.#divide(joined)
    const { generationId } = joined
    const synced = await coordinators.request(
      groupId,
      versionsOf(kafka, kafka.syncGroupV5.api, 'syncGroup', 1),
      [groupId, generationId, this.#memberId, instanceId, PROTOCOL_TYPE, protocolName, assignments],
      waits(),
    )
    if (synced.errorCode !== 0) return synced.errorCode
    this.#kept.epoch = generationId
    this.#target = new Map(decodeAssignment(synced.assignment).map((p) => [partitionKey(p), p]))
    return 0
  }

  /** What the leader says of the partitions of all; nothing of any other member. */
  async #divide({
    leader,
    memberId,
    members,
    skipAssignment,
  }: Joined): Promise<ReturnType<typeof assignForGroup>> {
    if (leader !== memberId) {
      this.#topics.followLeader()
      return []
    }
    const topics = await this.#topics.lead(members)
    return skipAssignment ? [] : assignForGroup(this.#assignor, members, topics)
  }

  #tick(): void {
    if (
      this.#isBeating ||
      this.#joining !== null ||
      this.#cluster.clock.nowMs() < this.#nextBeatMs
    ) {
      return
    }
    this.#isBeating = true
    void this.#beat()
      .catch((error: unknown) => this.#onFailed(error))
      .finally(() => {
        this.#isBeating = false
      })
  }

  #onFailed(error: unknown): void {
    // Its session ends at the coordinator where this goes on for too long.
    if (!isRefusal(error)) return this.#beatLater()
    this.#kept.fence('session', 0) // it joins again, and is told why it cannot
    void this.#sayLeave()
  }

  async #beat(): Promise<void> {
    const { kafka, coordinators, clock, config } = this.#cluster
    const { groupId, clientId, instanceId } = this.#kept.call
    const apis = versionsOf(kafka, kafka.heartbeatV4.api, 'heartbeat', 0)
    const { errorCode } = await coordinators.request(
      groupId,
      apis,
      [groupId, this.#kept.epoch, this.#memberId, instanceId],
      { lane: this.#lane, clientId, deadlineMs: clock.nowMs() + config.requestTimeoutMs },
    )
    this.#beatLater()
    if (this.#joining !== null || this.#kept.isGone) return
    if (errorCode === REBALANCE_IN_PROGRESS) {
      if (!this.#isJoinDue) this.#rejoin()
    } else if (errorCode === FENCED_INSTANCE_ID) this.#kept.fence('replaced', 0)
    else if (errorCode !== 0) this.#kept.fence('session', 0)
    else await this.#lookAtTopics()
  }

  async #lookAtTopics(): Promise<void> {
    const haveChanged = await this.#topics.haveChanged()
    if (haveChanged && !this.#isJoinDue && this.#joining === null) this.#rejoin()
  }

  #beatLater(): void {
    const { clock } = this.#cluster
    const { sessionTimeoutMs } = this.#kept.call
    this.#nextBeatMs = clock.nowMs() + Math.min(sessionTimeoutMs / 3, MAX_HEARTBEAT_INTERVAL_MS)
  }

  async #sayLeave(): Promise<void> {
    const { kafka, coordinators, clock } = this.#cluster
    const { groupId, instanceId } = this.#kept.call
    // The partitions of a static member are kept for it until its session ends.
    if (instanceId === null && this.#memberId !== '') {
      const apis = versionsOf(kafka, kafka.leaveGroupV5.api, 'leaveGroup', 0)
      const members = [{ memberId: this.#memberId, groupInstanceId: null, reason: null }]
      // On another connection: a JoinGroup may wait on the member's.
      const limits = { deadlineMs: clock.nowMs() + MAX_LEAVE_MS }
      await coordinators.request(groupId, apis, [groupId, members], limits).catch(() => undefined)
    }
    await coordinators.closeLane(groupId, this.#lane)
  }
}

type Joined = ReturnType<Kafka['joinGroupV9']['parseResponse']>

const PROTOCOL_TYPE = 'consumer'
/** Kafka's default of `heartbeat.interval.ms`. */
const MAX_HEARTBEAT_INTERVAL_MS = 3_000
const MAX_LEAVE_MS = 5_000

const AGAIN: ReadonlySet<number> = new Set([
  ILLEGAL_GENERATION,
  REBALANCE_IN_PROGRESS,
  MEMBER_ID_REQUIRED,
])
