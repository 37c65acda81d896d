import type { TopicPartition } from '../../topic-partition.ts'
import type { Assignor, AssignorMember, AssignorRequest } from './assignor.ts'
import { compareMembers } from './member-order.ts'

/**
 * `"range"`: topic by topic, each member a run of neighbouring partitions; the first members have one
 * more where it does not divide evenly. Topics with as many partitions, subscribed to by the same
 * members, are cut at the same places: partition 3 of both is with the same member.
 *
 * For example two members a and b, and two topics of three partitions: a gets partitions 0 and 1 of
 * both topics, b partition 2 of both.
 *
 * Source: Apache Kafka, `clients/consumer/RangeAssignor.java`.
 */
export const rangeAssignor: Assignor = {
  name: 'range',

  assign({ members, partitionsOf }: AssignorRequest): Map<string, TopicPartition[]> {
    const answer = new Map<string, TopicPartition[]>()
    for (const [topic, subscribers] of subscribersByTopic(members)) {
      const partitionCount = partitionsOf.get(topic) ?? 0
      const share = Math.floor(partitionCount / subscribers.length)
      const withOneMore = partitionCount % subscribers.length
      let next = 0
      for (const [rank, { memberId }] of subscribers.entries()) {
        const end = next + share + (rank < withOneMore ? 1 : 0)
        const mine = answer.get(memberId) ?? []
        for (; next < end; next++) mine.push({ topic, partition: next })
        answer.set(memberId, mine)
      }
    }
    return answer
  },
}

function subscribersByTopic(members: readonly AssignorMember[]): Map<string, AssignorMember[]> {
  const byTopic = new Map<string, AssignorMember[]>()
  for (const member of [...members].sort(compareMembers)) {
    for (const topic of member.topics) {
      const subscribers = byTopic.get(topic)
      if (subscribers === undefined) byTopic.set(topic, [member])
      else subscribers.push(member)
    }
  }
  return byTopic
}
