import { expect, test } from 'vitest'
import type { Cluster } from '../../src/cluster.ts'
import { CLASSIC_ASSIGNORS } from '../../src/group/classic-assignors.ts'
import { assignForGroup, type JoinedMember } from '../../src/group/classic-leader.ts'
import { ClassicTopics } from '../../src/group/classic-topics.ts'
import { decodeAssignment, encodeSubscription } from '../../src/group/consumer-protocol.ts'

const LOOKED_LONG_AGO_MS = 10_000

/** A cluster with these topics, and their numbers of partitions. */
function clusterWith(partitions: Record<string, number>): {
  cluster: Cluster
  clock: { pass(): void }
} {
  let nowMs = 0
  const describe = (names: readonly string[] | null) => {
    const infoOf = (topic: string) => {
      const count = partitions[topic]
      const info = { topic, topicId: topic, isInternal: false, partitions: Array(count) }
      return [topic, { info: count === undefined ? null : info, errorNumber: 0 }] as const
    }
    return Promise.resolve(new Map((names ?? Object.keys(partitions)).map(infoOf)))
  }
  const cluster = {
    clock: { nowMs: () => nowMs },
    config: { requestTimeoutMs: 1_000 },
    metadata: { describe },
    apiDeadline: () => ({ deadlineMs: Infinity }),
  } as unknown as Cluster
  return { cluster, clock: { pass: () => (nowMs += LOOKED_LONG_AGO_MS) } }
}

function member(memberId: string, ...topics: string[]): JoinedMember {
  const metadata = encodeSubscription({ topics, owned: [], generation: -1 })
  return { memberId, metadata }
}

test('a member that names a topic which is not there does not join again for it', async () => {
  const { cluster, clock } = clusterWith({ orders: 2 })
  const topics = new ClassicTopics(cluster, { topics: ['orders', 'later'] })
  await topics.refresh()
  expect(topics.join()).toEqual(['later', 'orders'])
  topics.followLeader()
  clock.pass()
  expect(await topics.haveChanged()).toBe(false)
})

test('a leader looks after what only other members subscribe to', async () => {
  const partitions: Record<string, number> = { orders: 2, theirs: 1 }
  const { cluster, clock } = clusterWith(partitions)
  const topics = new ClassicTopics(cluster, { topics: ['orders'] })
  await topics.refresh()
  topics.join()
  await topics.lead([member('a', 'orders'), member('b', 'theirs', 'later')])
  clock.pass()
  expect(await topics.haveChanged()).toBe(false)
  partitions['theirs'] = 2
  clock.pass()
  expect(await topics.haveChanged()).toBe(true)
  await topics.lead([member('a', 'orders'), member('b', 'theirs', 'later')])
  partitions['later'] = 1
  expect(await topics.haveChanged()).toBe(false) // it has only just looked
  clock.pass()
  expect(await topics.haveChanged()).toBe(true)
})

test('a member whose pattern finds more joins again', async () => {
  const partitions: Record<string, number> = { orders: 2 }
  const { cluster, clock } = clusterWith(partitions)
  const topics = new ClassicTopics(cluster, { pattern: /^orders/ })
  await topics.refresh()
  topics.join()
  topics.followLeader()
  partitions['orders-2'] = 1
  clock.pass()
  expect(await topics.haveChanged()).toBe(true)
})

test('a stranger in the group, who speaks another language, gets nothing, and the others all', async () => {
  const { cluster } = clusterWith({ orders: 2 })
  const topics = new ClassicTopics(cluster, { topics: ['orders'] })
  const stranger = { memberId: 'b', metadata: Buffer.from([0, 1, 0x7f, 0xff, 0xff, 0xff, 0, 90]) }
  const members = [member('a', 'orders'), stranger]
  const divided = assignForGroup(CLASSIC_ASSIGNORS['range']!, members, await topics.lead(members))
  expect(divided.map(({ assignment }) => decodeAssignment(assignment).length)).toEqual([2, 0])
})
