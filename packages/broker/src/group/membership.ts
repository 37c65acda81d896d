import { TopicFilter, type TopicPartition } from '@ringlog/core/internal'
import type { Assignor } from '../assignors/assignor.ts'
import type { GroupMember } from './group-member.ts'
import type { GroupPartition } from './group-partition.ts'
import { TopicMatcher } from './topic-matcher.ts'

/**
 * What a member subscribes to: topics by name, which need not exist yet; or all topics whose name the
 * pattern finds (`pattern.test(topic)`), also those that come later.
 */
export type Subscription = { readonly topics: readonly string[] } | { readonly pattern: RegExp }

export function matcherOf(subscription: Subscription): TopicMatcher {
  const filter = 'pattern' in subscription ? subscription.pattern : subscription.topics
  return new TopicMatcher(new TopicFilter(filter))
}

/** A consumer that wants to be a member of a group. */
export interface JoinRequest {
  /** Unique in the process; a consumer that joins again takes a new one. */
  readonly memberId: string
  /** The `groupInstanceId` of a static member; `null`: a dynamic one. */
  readonly instanceId: string | null
  readonly clientId: string
  readonly subscription: Subscription
  readonly assignor: Assignor
  /** How long a static member's partitions are kept for it while it is away. */
  readonly sessionTimeoutMs: number
  /** How long it may go without polling. */
  readonly maxPollIntervalMs: number
}

/** What a member has and is to do, as its last `reconcile` or a look at it tells. */
export interface MemberAssignment {
  /** Of the member's latest notification: nothing is new until its word differs. */
  readonly assignmentEpoch: number
  /** Kafka's member epoch: the latest group epoch whose assignment this member has reached. */
  readonly memberEpoch: number
  /** What it holds and keeps, `granted` included. */
  readonly owned: readonly TopicPartition[]
  /** What is given into its hands with this answer: its grants are ready. */
  readonly granted: readonly TopicPartition[]
  /** What it must let go: finish the handler, commit, and name it in a later `reconcile`. */
  readonly toRelease: readonly TopicPartition[]
}

/** @param granted What is handed to the member just now; it holds it already. */
export function viewOf(member: GroupMember, granted: readonly GroupPartition[]): MemberAssignment {
  const owned: TopicPartition[] = []
  const toRelease: TopicPartition[] = []
  for (const partition of member.partitions.values()) {
    if (partition.isLeaving) toRelease.push(partition.toTopicPartition())
    else if (partition.phase === 'held') owned.push(partition.toTopicPartition())
  }
  return {
    assignmentEpoch: member.assignmentEpoch,
    memberEpoch: member.memberEpoch,
    owned,
    granted: granted.map((partition) => partition.toTopicPartition()),
    toRelease,
  }
}
