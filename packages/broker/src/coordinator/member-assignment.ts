import type { TopicPartition } from '@ringlog/core/internal'
import type { GroupMember } from './group-member.ts'
import type { GroupPartition } from './group-partition.ts'

/** What a member has and must let go, by the answer to its `reconcile`. */
export interface MemberAssignment {
  /** Of the member's latest notification: nothing is new until its word differs. */
  readonly assignmentEpoch: number
  /** Kafka's member epoch: the latest group epoch whose assignment this member has reached. */
  readonly memberEpoch: number
  /** What it holds and keeps, `granted` included. */
  readonly owned: readonly TopicPartition[]
  /** The partitions that this answer hands it: their grants are ready. */
  readonly granted: readonly TopicPartition[]
  /** What it must let go: finish the handler, commit, and name it in a later `reconcile`. */
  readonly toRelease: readonly TopicPartition[]
}

/** @param granted What is handed to the member just now; it holds it already. */
export function assignmentOf(
  member: GroupMember,
  granted: readonly GroupPartition<GroupMember>[],
): MemberAssignment {
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
