import { RinglogError } from './errors/ringlog-error.ts'
import { show } from './errors/show.ts'

/** One partition of one topic. */
export interface TopicPartition {
  topic: string
  /** From 0 to the topic's number of partitions, exclusive. */
  partition: number
}

/**
 * @throws RinglogError INVALID_REQUEST unless `given` is a topic's name, whatever it is, and a number
 *   that a partition could have.
 */
export function checkPartition(given: unknown): TopicPartition {
  const { topic, partition } = (given ?? {}) as Partial<TopicPartition>
  if (typeof topic === 'string' && Number.isSafeInteger(partition) && partition! >= 0) {
    return { topic, partition: partition! }
  }
  throw new RinglogError(
    'INVALID_REQUEST',
    `a partition must be { topic: a string, partition: a non-negative integer }, got ` +
      (typeof given === 'object' && given !== null
        ? `{ topic: ${show(topic)}, partition: ${show(partition)} }`
        : show(given)),
  )
}

const MAX_TOPIC_LENGTH = 249
const TOPIC_PATTERN = /^[a-zA-Z0-9._-]+$/

/**
 * @throws RinglogError INVALID_TOPIC_EXCEPTION unless `topic` is a name that Kafka takes: 1 to 249
 *   of `a-z A-Z 0-9 . _ -`, and neither `.` nor `..`.
 *
 * Source: Apache Kafka, `common/internals/Topic.java`.
 */
export function assertTopicName(topic: unknown): asserts topic is string {
  const fault = topicNameFault(topic)
  if (fault === null) return
  throw new RinglogError(
    'INVALID_TOPIC_EXCEPTION',
    `the topic name ${show(topic)} is not valid: it ${fault}`,
    { details: { topic: typeof topic === 'string' ? topic : show(topic) } },
  )
}

function topicNameFault(topic: unknown): string | null {
  if (typeof topic !== 'string') return 'must be a string'
  if (topic === '') return 'must not be empty'
  if (topic === '.' || topic === '..') return 'must not be "." or ".."'
  if (topic.length > MAX_TOPIC_LENGTH) {
    return `must have at most ${MAX_TOPIC_LENGTH} characters, has ${topic.length}`
  }
  if (!TOPIC_PATTERN.test(topic)) return 'may hold only letters a-z and A-Z, digits, ".", "_", "-"'
  return null
}

/** A partition as the key of a Map; a topic name holds no slash. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`
}

/** `orders-3`: how a partition is named in errors and thread names. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}-${partition}`
}
