import type { TopicPartition } from '../../topic-partition.ts'
import type { Assignor, AssignorRequest } from './assignor.ts'
import { compareMembers } from './member-order.ts'

/**
 * `"roundRobin"`: all partitions of all topics in order, dealt to the members in turn; a member that
 * does not subscribe to the topic is passed over. Even where all subscribe to the same; where they do
 * not, it may be quite uneven.
 *
 * For example two members a and b, and two topics of three partitions: a gets t0-0, t0-2, t1-1, and b
 * gets t0-1, t1-0, t1-2.
 *
 * Source: Apache Kafka, `clients/consumer/RoundRobinAssignor.java`.
 */
export const roundRobinAssignor: Assignor = {
  name: 'roundRobin',

  assign({ members, partitionsOf }: AssignorRequest): Map<string, TopicPartition[]> {
    const circle = [...members].sort(compareMembers).map(({ memberId, topics }) => ({
      memberId,
      topics: new Set(topics),
      partitions: [] as TopicPartition[],
    }))
    const subscribed = new Set(members.flatMap(({ topics }) => topics))
    let turn = 0
    for (const topic of [...partitionsOf.keys()].sort()) {
      // No member subscribes to it: the search below would never end.
      if (!subscribed.has(topic)) continue
      for (let partition = 0; partition < partitionsOf.get(topic)!; partition++) {
        while (!circle[turn]!.topics.has(topic)) turn = (turn + 1) % circle.length
        circle[turn]!.partitions.push({ topic, partition })
        turn = (turn + 1) % circle.length
      }
    }
    return new Map(circle.map(({ memberId, partitions }) => [memberId, partitions]))
  },
}
