import type { TopicPartition } from '@ringlog/core/internal'
import type { GroupEffect } from './group-effect.ts'
import type { GroupSnapshot, GroupState } from './group-snapshot.ts'
import type { JoinRequest, MemberAssignment, Subscription } from './membership.ts'

/** When a member last polled, in ms; `Infinity` while it waits in a poll. */
export type LastPollMsOf = (memberId: string) => number

/**
 * One consumer group: who its members are, who owns which partition, and who is to own it.
 *
 * It neither does anything nor knows the time: its inputs are calls with the time in them, and what
 * is to be done it hands out as effects (`takeEffects`, after every call). Times are in ms on one
 * monotonic clock.
 *
 * Thread: the controller's.
 */
export declare class GroupCoordinator {
  readonly groupId: string
  /** @param topics The number of partitions of every topic of the broker. */
  constructor(groupId: string, topics: ReadonlyMap<string, number>)

  // ---- inputs: members ----

  /**
   * Admits a member. A static member that comes back takes over its former self's partitions, and
   * nothing changes for the others; if the former self is live, it is fenced.
   *
   * What is free goes to it at once; `isAwaitingGrants` tells when it has it. What others hold
   * comes later.
   *
   * @throws RinglogError INVALID_REQUEST when there is a member of that id, or when the assignor
   *   fails: nothing has changed then.
   */
  join(request: JoinRequest, nowMs: number): void

  /** @throws RinglogError UNKNOWN_MEMBER_ID; INVALID_REQUEST when the assignor fails. */
  changeSubscription(memberId: string, subscription: Subscription, nowMs: number): void

  /**
   * A member has let go of all it had and goes. A static one is only away, as in Kafka: its
   * partitions are kept for its `sessionTimeoutMs`. An unknown member is passed over.
   */
  leave(memberId: string, nowMs: number): void

  /** A member's thread or port is gone; as `leave`. An unknown member is passed over. */
  died(memberId: string, nowMs: number): void

  /**
   * A member reports what it has let go (handler finished, `onPartitionsRevoked` awaited, commit
   * stored), and hears what it gets and what else it must let go. What it was once told to let go
   * it must let go, even where the partition is to come back to it.
   *
   * @throws RinglogError UNKNOWN_MEMBER_ID; INVALID_REQUEST when it names a partition that it was
   *   not told to let go: nothing has changed then.
   */
  reconcile(memberId: string, released: readonly TopicPartition[], nowMs: number): MemberAssignment

  // ---- inputs: the broker ----

  /**
   * Topics or partitions came or went. To be called after each deletion of a topic, before one of
   * the same name is made: what is known of its partitions is forgotten here.
   */
  topicsChanged(topics: ReadonlyMap<string, number>, nowMs: number): void

  /** A `grant` or `park` was carried out. An answer that nobody waits for is passed over. */
  moved(moveId: number, nowMs: number): void

  /** A `grant` or `park` could not be carried out; it is tried again a little later. */
  moveFailed(moveId: number, nowMs: number): void

  /** Fences stuck members, ends the sessions of static members, tries failed moves again. */
  tick(nowMs: number, lastPollMsOf: LastPollMsOf): void

  // ---- outputs ----

  /** What is to be done since the last call, in order. */
  takeEffects(): GroupEffect[]

  /** When `tick` may have something to do, at the earliest; `Infinity`: never, as things are. */
  nextDeadlineMs(nowMs: number, lastPollMsOf: LastPollMsOf): number

  // ---- queries ----

  get state(): GroupState
  /** Static members that are away count: the group is not empty until their sessions end. */
  get hasMembers(): boolean
  hasMember(memberId: string): boolean
  /**
   * Whether something that nobody else holds is still on its way to this member: `subscribe`
   * resolves when this has become false. False also for an unknown member.
   */
  isAwaitingGrants(memberId: string): boolean
  /** What a member has, without handing it anything. @throws RinglogError UNKNOWN_MEMBER_ID. */
  assignmentOf(memberId: string): MemberAssignment
  /** The live member that owns a partition; `null`: none. */
  ownerOf(partition: TopicPartition): string | null
  describe(): GroupSnapshot
}
