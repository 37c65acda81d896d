import type { TopicPartition } from '../../../src/topic-partition.ts'
import type { AssignorAnswer, AssignorRequest } from '../../../src/group/assignors/assignor.ts'

/** A member in short: what it subscribes to, its instance id, and what it owns (`'t1-0 t1-2'`). */
export interface MemberInShort {
  topics: readonly string[]
  instanceId?: string
  owned?: string
}

/** @param partitions By topic, how many there are. */
export function requestOf(
  partitions: Record<string, number>,
  members: Record<string, MemberInShort>,
): AssignorRequest {
  const subscribed = new Set(Object.values(members).flatMap(({ topics }) => topics))
  return {
    partitionsOf: new Map(Object.entries(partitions).filter(([topic]) => subscribed.has(topic))),
    members: Object.entries(members).map(([memberId, { topics, instanceId, owned }]) => ({
      memberId,
      instanceId: instanceId ?? null,
      topics: topics.filter((topic) => Object.hasOwn(partitions, topic)).toSorted(),
      owned: parsePartitions(owned ?? ''),
    })),
  }
}

/** An answer in short, members in alphabetical order: `{ a: 't1-0 t1-2' }`. */
export function inShort(answer: AssignorAnswer): Record<string, string> {
  return Object.fromEntries(
    [...answer]
      .map(([memberId, partitions]) => [memberId, partitions.map(nameOf).join(' ')] as const)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

export function parsePartitions(names: string): TopicPartition[] {
  if (names === '') return []
  return names.split(' ').map((name) => {
    const dash = name.lastIndexOf('-')
    return { topic: name.slice(0, dash), partition: Number(name.slice(dash + 1)) }
  })
}
