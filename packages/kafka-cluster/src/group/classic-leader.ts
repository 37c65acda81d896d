import { partitionKey, type EngineCallOptions, type TopicPartition } from '@ringlog/core/internal'
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

/** The topics that any member of a group subscribes to, and what its leader has divided of them. */
export interface GroupTopics {
  readonly names: readonly string[]
  /** Of those that there are, how many partitions. */
  readonly partitionsOf: ReadonlyMap<string, number>
}

/** What a group's leader looks after for all members: their topics, as they are now. */
export async function topicsOfGroup(
  cluster: Cluster,
  joined: readonly JoinedMember[],
): Promise<GroupTopics> {
  const subscriptions = joined.map(subscriptionOf)
  const names = [...new Set(subscriptions.flatMap(({ topics }) => topics))]
  const partitionsOf = await partitionCounts(cluster, names, cluster.apiDeadline())
  return { names, partitionsOf }
}

/** Whether there are other topics by now, or other numbers of partitions. */
export async function haveTopicsChanged(
  cluster: Cluster,
  { names, partitionsOf }: GroupTopics,
  options: EngineCallOptions,
): Promise<boolean> {
  const now = await partitionCounts(cluster, names, options)
  return names.some((topic) => now.get(topic) !== partitionsOf.get(topic))
}

async function partitionCounts(
  cluster: Cluster,
  names: readonly string[],
  options: EngineCallOptions,
): Promise<ReadonlyMap<string, number>> {
  const outcomes = await cluster.metadata.describe(names, options)
  const counts = new Map<string, number>()
  for (const [topic, { info }] of outcomes) {
    if (info !== null) counts.set(topic, info.partitions.length)
  }
  return counts
}

/** Divides a group's partitions: what the leader of a classic group does for all members. */
export function assignForGroup(
  assignor: ClassicAssignor,
  joined: readonly JoinedMember[],
  { partitionsOf }: GroupTopics,
): Array<{ memberId: string; assignment: Buffer }> {
  const subscriptions = joined.map(subscriptionOf)
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

/** A stranger who speaks another language gets nothing: the others are assigned all the same. */
function subscriptionOf({ metadata }: JoinedMember): MemberSubscription {
  try {
    return decodeSubscription(metadata)
  } catch {
    return { topics: [], owned: [], generation: -1 }
  }
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
