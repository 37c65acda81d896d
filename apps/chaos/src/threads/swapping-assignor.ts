import type { AssignorAnswer, AssignorRequest, TopicPartition } from 'ringlog'

let asked = 0

/** Gives every partition to another member each time it is asked: all move, members swap them. */
export function assign({ members, partitionsOf }: AssignorRequest): AssignorAnswer {
  asked++
  const answer = new Map<string, TopicPartition[]>(members.map(({ memberId }) => [memberId, []]))
  for (const [topic, count] of partitionsOf) {
    const subscribed = members.filter(({ topics }) => topics.includes(topic))
    for (let partition = 0; partition < count; partition++) {
      const { memberId } = subscribed[(partition + asked) % subscribed.length]!
      answer.get(memberId)!.push({ topic, partition })
    }
  }
  return answer
}
