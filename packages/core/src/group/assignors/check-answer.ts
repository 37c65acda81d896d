import { RinglogError } from '../../errors/ringlog-error.ts'
import { show } from '../../errors/show.ts'
import { partitionName, type TopicPartition } from '../../topic-partition.ts'
import type { AssignorAnswer, AssignorRequest } from './assignor.ts'

/**
 * Holds an assignor's answer against what it was asked: every partition at most once, to a member
 * that subscribes to it. A partition that it leaves out has no owner.
 *
 * @param assignor Its name, for the message.
 * @throws RinglogError INVALID_REQUEST, naming the assignor and what is wrong.
 */
export function checkAnswer(
  assignor: string,
  { members, partitionsOf }: AssignorRequest,
  answer: unknown,
): AssignorAnswer {
  if (!(answer instanceof Map)) {
    throw wrong(assignor, `must return a Map of member ids to partitions, got ${show(answer)}`)
  }
  const topicsOf = new Map(members.map(({ memberId, topics }) => [memberId, new Set(topics)]))
  const ownerOf = new Map<string, string>()
  const checked = new Map<string, TopicPartition[]>()
  for (const [memberId, partitions] of answer as Map<string, unknown>) {
    const topics = topicsOf.get(memberId)
    if (topics === undefined) {
      throw wrong(assignor, `names ${show(memberId)}, which is not a member of the group`)
    }
    if (!Array.isArray(partitions)) {
      throw wrong(assignor, `must give member ${memberId} an array, got ${show(partitions)}`)
    }
    const mine = (partitions as unknown[]).map((given) => {
      const at = checkPartition(assignor, partitionsOf, given)
      const name = partitionName(at.topic, at.partition)
      if (!topics.has(at.topic)) {
        throw wrong(assignor, `gives ${name} to ${memberId}, which does not subscribe to it`)
      }
      const owner = ownerOf.get(name)
      if (owner !== undefined) {
        throw wrong(assignor, `gives ${name} twice, to ${owner} and to ${memberId}`)
      }
      ownerOf.set(name, memberId)
      return at
    })
    checked.set(memberId, mine)
  }
  return checked
}

function checkPartition(
  assignor: string,
  partitionsOf: ReadonlyMap<string, number>,
  given: unknown,
): TopicPartition {
  const { topic, partition } = (given ?? {}) as Partial<TopicPartition>
  const partitionCount = typeof topic === 'string' ? partitionsOf.get(topic) : undefined
  if (topic === undefined || partitionCount === undefined) {
    throw wrong(assignor, `names topic ${show(topic)}, which no member subscribes to`)
  }
  if (!Number.isInteger(partition) || partition! < 0 || partition! >= partitionCount) {
    throw wrong(
      assignor,
      `names partition ${show(partition)} of topic ${topic}: it must be an integer from 0 to ` +
        `${partitionCount - 1}`,
    )
  }
  return { topic, partition: partition! }
}

function wrong(assignor: string, what: string): RinglogError {
  return new RinglogError('INVALID_REQUEST', `assignor ${assignor} ${what}`, {
    details: { assignor },
  })
}
