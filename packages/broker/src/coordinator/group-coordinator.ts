import type {
  FenceReason,
  GroupState,
  RebalanceReason,
  RinglogError,
  TopicPartition,
} from '@ringlog/core/internal'
import type { GroupEffect } from './group-effect.ts'
import { GroupMember } from './group-member.ts'
import { GroupMembers, isSame } from './group-members.ts'
import { describeMember, type GroupSnapshot } from './group-snapshot.ts'
import type { JoinRequest, TopicMatcher } from './join-request.ts'
import { assignmentOf, type MemberAssignment } from './member-assignment.ts'
import { OwnershipTable } from './ownership-table.ts'
import { RebalanceRecord } from './rebalance-record.ts'
import { findStuck, type LastPollMsOf } from './stuck-member.ts'
import {
  assignTargets,
  candidateOf,
  type Candidate,
  type TargetAssignment,
} from './target-assignment.ts'

/**
 * One consumer group: who its members are, who owns which partition, and who is to own it.
 *
 * It has no clock and does no I/O: its inputs are calls with the time in them, its outputs are effects,
 * plain data that its driver carries out (`takeEffects`, after every call). Times are in ms on one
 * monotonic clock.
 *
 * ```
 *              join                        all have what they are to have
 *   empty ─────────────▶ reconciling ──────────────────────────────────────▶ stable
 *     ▲                   ▲   ▲                                                │
 *     │ the last member   │   └────────────────────────────────────────────────┘
 *     │ is gone           │       a member, a subscription, a topic comes or goes: the assignor
 *     │ (from any state)  ▼       says who is to own what, the group epoch rises
 *     └─────────────── assigning
 *                  the assignor failed, and the change could not be refused;
 *                  the next change asks it again
 * ```
 *
 * How a partition goes from one owner to another is drawn in `GroupPartition`. A rebalance does not
 * reach members that keep their partitions: they go on reading and committing throughout.
 *
 * The file is longer than others: the inputs of one state machine are read together.
 *
 * Thread: the controller's.
 *
 * Source: KIP-848, The Next Generation of the Consumer Rebalance Protocol.
 */
export class GroupCoordinator {
  readonly groupId: string
  readonly #effects: GroupEffect[] = []
  readonly #members: GroupMembers
  readonly #rebalance: RebalanceRecord
  readonly #table: OwnershipTable
  #topics: ReadonlyMap<string, number>
  #groupEpoch = 0
  #targetEpoch = 0
  #assignor: string | null = null

  /** @param topics The number of partitions of every topic of the broker. */
  constructor(groupId: string, topics: ReadonlyMap<string, number>) {
    this.groupId = groupId
    this.#topics = new Map(topics)
    this.#members = new GroupMembers(groupId)
    this.#rebalance = new RebalanceRecord(groupId)
    this.#table = new OwnershipTable(this.#effects, this.#rebalance)
  }

  // ---- inputs: members ----

  /**
   * Admits a member. A static member that comes back takes over its former self's partitions, and
   * nothing changes for the others; if the former self is live, it is fenced.
   *
   * Free partitions go to the member at once; `isAwaitingGrants` says when it has them. Partitions that
   * other members hold come later.
   *
   * @throws RinglogError INVALID_REQUEST when there is a member of that id, when its pattern takes too
   *   long, or when the assignor fails: nothing has changed then.
   */
  join(request: JoinRequest, nowMs: number): void {
    this.#members.assertNew(request.memberId)
    const member = new GroupMember(request, this.#topics.keys())
    const former = this.#members.ofInstance(request.instanceId)
    if (former !== undefined) return this.#succeed(former, member, nowMs)
    const assignment = this.#assign([...this.#members.candidates(), candidateOf(member)])
    this.#members.add(member)
    this.#adopt(assignment, ['join'], nowMs)
  }

  /**
   * @throws RinglogError UNKNOWN_MEMBER_ID; INVALID_REQUEST when the pattern is too slow, or the assignor
   * fails.
   */
  changeSubscription(memberId: string, matcher: TopicMatcher, nowMs: number): void {
    const member = this.#members.live(memberId)
    const topics = matcher.select(this.#topics.keys())
    if (!this.#isAssigned || !isSame(topics, member.topics)) {
      const candidates = this.#members
        .candidates()
        .map((candidate) => (candidate.member === member ? { ...candidate, topics } : candidate))
      const assignment = this.#assign(candidates)
      member.topics = topics
      this.#adopt(assignment, ['subscription'], nowMs)
    }
    member.matcher = matcher
  }

  /**
   * A member has let go of all its partitions and leaves. A static member is only away, as in Kafka: the
   * group keeps its partitions for its `sessionTimeoutMs`. An unknown member is passed over.
   */
  leave(memberId: string, nowMs: number): void {
    this.#part(memberId, 'leave', nowMs)
  }

  /** A member's thread or port is gone; as `leave`. An unknown member is passed over. */
  died(memberId: string, nowMs: number): void {
    this.#part(memberId, 'death', nowMs)
  }

  /**
   * A member reports what it has let go (handler finished, `onPartitionsRevoked` awaited, commit
   * stored); the answer says what it gets and what else it must let go. A member must let go of what
   * an answer named, even where the partition is to come back to it.
   *
   * @throws RinglogError UNKNOWN_MEMBER_ID; INVALID_REQUEST when the member names a partition that no
   *   answer asked it to let go: nothing has changed then.
   */
  reconcile(
    memberId: string,
    released: readonly TopicPartition[],
    nowMs: number,
  ): MemberAssignment {
    const member = this.#members.live(memberId)
    this.#table.release(member, released, nowMs)
    const granted = this.#table.handOut(member, nowMs)
    member.clearNews()
    this.#followEpoch(member)
    this.#finish(nowMs)
    return assignmentOf(member, granted)
  }

  // ---- inputs: the broker ----

  /**
   * Topics or partitions came or went. To be called after each deletion of a topic, before one of
   * the same name is made: the coordinator forgets the deleted partitions here, and asks their holders
   * to let them go. A member whose pattern takes too long on a new name is put out of the group.
   */
  topicsChanged(topics: ReadonlyMap<string, number>, nowMs: number): void {
    const before = this.#topics
    this.#topics = new Map(topics)
    this.#table.dropMissing(this.#topics, nowMs)
    const { isConcerned, tooSlow } = this.#members.followTopics(before, this.#topics)
    for (const member of tooSlow) {
      if (member.isLive) this.#fence(member, 'slowPattern', 0, null)
      this.#remove(member, nowMs)
    }
    if (isConcerned || tooSlow.length > 0 || !this.#isAssigned) this.#reassign(['topics'], nowMs)
    else this.#finish(nowMs)
  }

  /** Asks the assignor again, although nothing has changed: as Kafka's `Consumer.enforceRebalance`. */
  enforceRebalance(nowMs: number): void {
    this.#reassign(['enforced'], nowMs)
  }

  /** A `grant` or `park` was carried out. The answer to a move that was given up is passed over. */
  moved(moveId: number, nowMs: number): void {
    this.#table.moved(moveId, nowMs)
    this.#finish(nowMs)
  }

  /** A `grant` or `park` could not be carried out; it is tried again a little later. */
  moveFailed(moveId: number, nowMs: number): void {
    this.#table.moveFailed(moveId, nowMs)
  }

  /** Fences stuck members, ends the sessions of static members, tries failed moves again. */
  tick(nowMs: number, lastPollMsOf: LastPollMsOf): void {
    const reasons = new Set<RebalanceReason>()
    for (const member of this.#members.all) {
      if (nowMs >= member.sessionEndsMs) {
        this.#remove(member, nowMs)
        reasons.add('session')
      }
      const stuck = member.isLive ? findStuck(member, nowMs, lastPollMsOf(member.memberId)) : null
      if (stuck === null) continue
      this.#fence(member, stuck.reason, stuck.elapsedMs, null)
      if (!this.#setAway(member, nowMs)) {
        this.#remove(member, nowMs)
        reasons.add('stuck')
      }
    }
    if (reasons.size > 0) this.#reassign(reasons, nowMs)
    else this.#advance(nowMs)
  }

  // ---- outputs ----

  /** What is to be done since the last call, in order. */
  takeEffects(): GroupEffect[] {
    for (const member of this.#members.all) {
      if (!member.takeNews()) continue
      const { memberId } = member
      this.#effects.push({ type: 'notify', memberId, assignmentEpoch: ++member.assignmentEpoch })
    }
    return this.#effects.splice(0)
  }

  /** When `tick` may have something to do, at the earliest; `Infinity`: never, as things are. */
  nextDeadlineMs(nowMs: number, lastPollMsOf: LastPollMsOf): number {
    return Math.min(this.#table.nextRetryMs(), this.#members.nextDeadlineMs(nowMs, lastPollMsOf))
  }

  // ---- queries ----

  get state(): GroupState {
    if (this.#members.count === 0) return 'empty'
    if (!this.#isAssigned) return 'assigning'
    return this.#table.isReconciled ? 'stable' : 'reconciling'
  }

  /** Static members that are away count: the group is not empty until their sessions end. */
  get hasMembers(): boolean {
    return this.#members.count > 0
  }

  hasMember(memberId: string): boolean {
    return this.#members.get(memberId)?.isLive ?? false
  }

  /**
   * Whether a partition that no other member holds is still on its way to this member: `subscribe`
   * resolves when this has become false. False also for an unknown member.
   */
  isAwaitingGrants(memberId: string): boolean {
    const member = this.#members.get(memberId)
    return member !== undefined && member.isLive && this.#table.isAwaiting(member)
  }

  /** What a member has, without handing it anything. @throws RinglogError UNKNOWN_MEMBER_ID. */
  assignmentOf(memberId: string): MemberAssignment {
    return assignmentOf(this.#members.live(memberId), [])
  }

  /** The live member that owns a partition; `null`: none. */
  ownerOf(partition: TopicPartition): string | null {
    return this.#table.get(partition)?.owner?.memberId ?? null
  }

  /** Whether a partition is in a member's hands, or on its way there. */
  isHolder(memberId: string, partition: TopicPartition): boolean {
    return this.#table.get(partition)?.holder?.memberId === memberId
  }

  describe(): GroupSnapshot {
    return {
      groupId: this.groupId,
      state: this.state,
      groupEpoch: this.#groupEpoch,
      targetEpoch: this.#targetEpoch,
      assignor: this.#assignor,
      members: [...this.#members.all].map(describeMember),
    }
  }

  // ---- members ----

  /** Puts a static member in the place of its former self. */
  #succeed(former: GroupMember, member: GroupMember, nowMs: number): void {
    const isLike =
      isSame(former.topics, member.topics) && former.assignor.name === member.assignor.name
    const candidates = this.#members
      .candidates()
      .map((candidate) => (candidate.member === former ? candidateOf(member, former) : candidate))
    const assignment = isLike && this.#isAssigned ? null : this.#assign(candidates)
    if (former.isLive) this.#fence(former, 'replaced', 0, member.memberId)
    this.#members.delete(former)
    this.#members.add(member)
    if (assignment === null) {
      this.#table.succeed(former, member, nowMs)
      this.#followEpoch(member)
      this.#finish(nowMs)
    } else {
      this.#table.vacate(former)
      this.#adopt(assignment, ['subscription'], nowMs)
    }
  }

  #part(memberId: string, reason: 'leave' | 'death', nowMs: number): void {
    const member = this.#members.get(memberId)
    if (member === undefined || !member.isLive) return
    if (this.#setAway(member, nowMs)) return this.#advance(nowMs)
    this.#remove(member, nowMs)
    this.#reassign([reason], nowMs)
  }

  /** Keeps a static member's place for it. @returns False for a dynamic one: it has no place. */
  #setAway(member: GroupMember, nowMs: number): boolean {
    if (member.instanceId === null) return false
    member.sessionEndsMs = nowMs + member.sessionTimeoutMs
    this.#table.vacate(member)
    return true
  }

  #remove(member: GroupMember, nowMs: number): void {
    this.#members.delete(member)
    this.#table.remove(member, nowMs)
  }

  #fence(
    { memberId, maxPollIntervalMs }: GroupMember,
    reason: FenceReason,
    elapsedMs: number,
    replacedBy: string | null,
  ): void {
    this.#effects.push({
      type: 'fence',
      memberId,
      reason,
      elapsedMs,
      maxPollIntervalMs,
      replacedBy,
    })
  }

  // ---- assignment ----

  /** Whether the target assignment is of the latest group epoch. */
  get #isAssigned(): boolean {
    return this.#targetEpoch === this.#groupEpoch
  }

  #assign(candidates: readonly Candidate[]): TargetAssignment {
    return assignTargets(candidates, this.#topics, this.#assignor)
  }

  #adopt(
    { assignor, targets }: TargetAssignment,
    reasons: Iterable<RebalanceReason>,
    nowMs: number,
  ): void {
    this.#targetEpoch = ++this.#groupEpoch
    this.#assignor = assignor
    this.#rebalance.begin(reasons, nowMs)
    this.#table.setTargets(targets, nowMs)
    for (const member of this.#members.all) this.#followEpoch(member)
    this.#finish(nowMs)
  }

  /** For changes that cannot be refused: without an answer the group keeps what it has. */
  #reassign(reasons: Iterable<RebalanceReason>, nowMs: number): void {
    let assignment: TargetAssignment
    try {
      assignment = this.#assign(this.#members.candidates())
    } catch (error) {
      this.#groupEpoch++
      this.#rebalance.begin(reasons, nowMs)
      this.#effects.push({ type: 'assignorFailed', error: error as RinglogError })
      return this.#advance(nowMs)
    }
    this.#adopt(assignment, reasons, nowMs)
  }

  #advance(nowMs: number): void {
    this.#table.advance(nowMs)
    this.#finish(nowMs)
  }

  #followEpoch(member: GroupMember): void {
    if (member.isReconciled) member.memberEpoch = this.#targetEpoch
  }

  #finish(nowMs: number): void {
    if (!this.#rebalance.isActive || !this.#isAssigned || !this.#table.isReconciled) return
    this.#effects.push(this.#rebalance.finish(this.#groupEpoch, nowMs))
  }
}
