import type { GroupState, TopicPartition } from '@ringlog/core/internal'
import type { GroupMember } from './group-member.ts'

export interface MemberSnapshot {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  /** Kafka's member epoch: the latest group epoch whose assignment it has reached. */
  readonly memberEpoch: number
  /** False: a static member that is away; its partitions are kept until its session times out. */
  readonly isLive: boolean
  /** The topics it subscribes to that exist, in alphabetical order. */
  readonly topics: readonly string[]
  /** What it owns now, what it is letting go included. */
  readonly assignment: readonly TopicPartition[]
  /** What it is to own. */
  readonly target: readonly TopicPartition[]
}

/** A group at one moment. */
export interface GroupSnapshot {
  readonly groupId: string
  readonly state: GroupState
  /** Rises with every change that asks for a new assignment. */
  readonly groupEpoch: number
  /** The group epoch that the target assignment is of. */
  readonly targetEpoch: number
  /** The name of the assignor that made the target assignment; `null`: none was needed yet. */
  readonly assignor: string | null
  /** In the order in which they joined. */
  readonly members: readonly MemberSnapshot[]
}

export function describeMember(member: GroupMember): MemberSnapshot {
  const { memberId, instanceId, clientId, memberEpoch, isLive, topics, partitions } = member
  return {
    memberId,
    instanceId,
    clientId,
    memberEpoch,
    isLive,
    topics,
    assignment: [...partitions.values()]
      .filter(({ owner }) => owner === member)
      .map((partition) => partition.toTopicPartition()),
    target: member.target.map((partition) => partition.toTopicPartition()),
  }
}
