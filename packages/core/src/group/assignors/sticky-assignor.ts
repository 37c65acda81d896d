import type { TopicPartition } from '../../topic-partition.ts'
import type { Assignor, AssignorMember, AssignorRequest } from './assignor.ts'
import { BalancedPlacement } from './balanced-placement.ts'
import { NOBODY } from './negative-cycle.ts'
import { shareByTopic, type TopicPartitions } from './topic-shares.ts'

/**
 * `"sticky"`, the default: as even as the subscriptions allow, and among the even assignments one that
 * takes as few partitions as possible from those who own them.
 *
 * Even means that the sum of the squares of the members' numbers of partitions is the smallest there
 * is. So two members that subscribe to the same differ by one at most, in all and of each topic; and a
 * member that alone can take a topic gets less of what others can take as well.
 *
 * For example a owns t0-0 … t0-7 and b joins: a keeps four, b gets four. Then c joins: a and b give up
 * one each, or one of them two; nothing goes from a to b.
 *
 * Where Kafka's assignor of the same aim tries moves until none helps, this one finds the optimum (see
 * `BalancedPlacement`); what members who subscribe to the same have between them is then shared out topic
 * by topic (see `shareByTopic`).
 */
export const stickyAssignor: Assignor = {
  name: 'sticky',

  assign(request: AssignorRequest): Map<string, TopicPartition[]> {
    const { members } = request
    const owners = ownersOf(members)
    const kinds = kindsOf(request)
    const placement = new BalancedPlacement(
      members.length,
      kinds.map(({ subscribers }) => subscribers),
    )
    const partitions: TopicPartition[] = []
    for (const [kind, { topics }] of kinds.entries()) {
      for (const [topic, partitionCount] of topics) {
        for (let partition = 0; partition < partitionCount; partition++) {
          const owner = owners.get(topic)?.[partition] ?? NOBODY
          placement.add(partitions.push({ topic, partition }) - 1, kind, owner)
        }
      }
    }
    placement.balance()
    const placed = members.map((_, member) => placement.partitionsOf(member))
    for (const alike of alikeIn(members)) {
      const shares = shareByTopic(alike.length, topicsOf(alike, placed, partitions, owners))
      for (const [i, member] of alike.entries()) placed[member] = shares[i]!
    }
    return new Map(
      members.map(({ memberId }, member) => [
        memberId,
        placed[member]!.sort((a, b) => a - b).map((index) => partitions[index]!),
      ]),
    )
  },
}

/** The members that subscribe to the same topics as others do, together with those. */
function alikeIn(members: readonly AssignorMember[]): number[][] {
  const alike = Map.groupBy(members.keys(), (member) => members[member]!.topics.join())
  return [...alike.values()].filter((group) => group.length > 1)
}

/** What members have between them, by topic; owners as indices into `group`. */
function topicsOf(
  group: readonly number[],
  placed: ReadonlyArray<readonly number[]>,
  partitions: readonly TopicPartition[],
  owners: ReadonlyMap<string, readonly number[]>,
): TopicPartitions[] {
  const indices = group.flatMap((member) => placed[member]!).sort((a, b) => a - b)
  const byTopic = Map.groupBy(indices, (index) => partitions[index]!.topic)
  return [...byTopic].map(([topic, mine]) => ({
    partitions: mine,
    owners: mine.map((index) =>
      group.indexOf(owners.get(topic)?.[partitions[index]!.partition] ?? NOBODY),
    ),
  }))
}

/** Topics with the same subscribers: to which of them a partition belongs makes no difference. */
interface TopicKind {
  /** Indices of members. */
  readonly subscribers: number[]
  readonly topics: Array<[topic: string, partitionCount: number]>
}

/** The fewest subscribers first: their partitions have the least choice. */
function kindsOf({ members, partitionsOf }: AssignorRequest): TopicKind[] {
  const subscribersOf = new Map<string, number[]>()
  for (const [member, { topics }] of members.entries()) {
    for (const topic of topics) {
      const subscribers = subscribersOf.get(topic)
      if (subscribers === undefined) subscribersOf.set(topic, [member])
      else subscribers.push(member)
    }
  }
  const kinds = new Map<string, TopicKind>()
  for (const topic of [...subscribersOf.keys()].sort()) {
    const subscribers = subscribersOf.get(topic)!
    const name = subscribers.join()
    const kind = kinds.get(name) ?? { subscribers, topics: [] }
    kind.topics.push([topic, partitionsOf.get(topic) ?? 0])
    kinds.set(name, kind)
  }
  return [...kinds.values()].sort((a, b) => a.subscribers.length - b.subscribers.length)
}

/** By topic and partition, the index of the member that owns it; the first one that says so. */
function ownersOf(members: readonly AssignorMember[]): Map<string, number[]> {
  const owners = new Map<string, number[]>()
  for (const [member, { owned }] of members.entries()) {
    for (const { topic, partition } of owned) {
      const ofTopic = owners.get(topic) ?? []
      ofTopic[partition] ??= member
      owners.set(topic, ofTopic)
    }
  }
  return owners
}
