import { partitionKey, type TopicPartition } from '@ringlog/core/internal'
import type { AssignorMember } from '@ringlog/core/internal/assignors'
import type { Cluster } from '../cluster.ts'
import type { ClassicAssignor } from './classic-assignors.ts'
import {
  decodeSubscription,
  encodeAssignment,
  type MemberSubscription,
} from './consumer-protocol.ts'

/** A member as a coordinator tells its group's leader of it. */
export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId?: string | null | undefined
  readonly metadata: Buffer
}

/** Divides a group's partitions: what the leader of a classic group does for all members. */
export async function assignForGroup(
  cluster: Cluster,
  assignor: ClassicAssignor,
  joined: readonly JoinedMember[],
): Promise<Array<{ memberId: string; assignment: Buffer }>> {
  const subscriptions = joined.map(({ metadata }) => decodeSubscription(metadata))
  const names = [...new Set(subscriptions.flatMap(({ topics }) => topics))]
  const outcomes = await cluster.metadata.describe(names, cluster.apiDeadline())
  const partitionsOf = new Map<string, number>()
  for (const [topic, { info }] of outcomes) {
    if (info !== null) partitionsOf.set(topic, info.partitions.length)
  }
  const owned = ownedBy(subscriptions, partitionsOf)
  const members = joined.map(({ memberId, groupInstanceId }, i): AssignorMember => ({
    memberId,
    instanceId: groupInstanceId ?? null,
    topics: subscriptions[i]!.topics.filter((topic) => partitionsOf.has(topic)).sort(),
    owned: owned[i]!,
  }))
  const answer = assignor.assign({ members, partitionsOf })
  return joined.map(({ memberId }) => ({
    memberId,
    assignment: encodeAssignment(answer.get(memberId) ?? []),
  }))
}

/** What each member owns: of those that claim the same, the one of the latest generation does. */
function ownedBy(
  subscriptions: readonly MemberSubscription[],
  partitionsOf: ReadonlyMap<string, number>,
): TopicPartition[][] {
  const claims = new Map<string, number>()
  for (const [i, { owned, generation }] of subscriptions.entries()) {
    for (const p of owned) {
      const other = claims.get(partitionKey(p))
      if (other === undefined || subscriptions[other]!.generation < generation) {
        claims.set(partitionKey(p), i)
      }
    }
  }
  return subscriptions.map(({ owned, topics }, i) =>
    owned.filter(
      (p) =>
        claims.get(partitionKey(p)) === i &&
        topics.includes(p.topic) &&
        p.partition < (partitionsOf.get(p.topic) ?? 0),
    ),
  )
}
