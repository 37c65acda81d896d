import {
  RinglogError,
  assertTopicName,
  didYouMean,
  reasonOf,
  resolveTopicConfig,
  show,
  unknownPartition,
  type Option,
  type ResolvedTopicConfig,
  type TopicConfig,
  type TopicPartition,
} from '@ringlog/core/internal'

/** The topics that a mock has; `null`: every topic is there. */
export type MockTopics = ReadonlyMap<string, ResolvedTopicConfig> | null

/** Topics as a user gives them. */
export type GivenTopics = Readonly<Record<string, TopicConfig>>

/** As many partitions as a broker allows without a word on it. */
const MAX_PARTITIONS = 1_024

/** Topics as `createTopic` takes them; `null` where nothing was given. */
export function topicsOption(): Option<GivenTopics | null> {
  return {
    default: null,
    fault: (value) => {
      if (typeof value !== 'object' || value === null || Symbol.iterator in value) {
        return `must be an object of topics, such as { orders: { partitions: 4 } }, got ${show(value)}`
      }
      const faults = Object.entries(value).flatMap(([topic, config]) => topicFault(topic, config))
      if (faults.length === 0) return null
      return `must hold topics as createTopic takes them: ${faults.join('; ')}`
    },
  }
}

/** @throws RinglogError INVALID_TOPIC_EXCEPTION, INVALID_CONFIG, INVALID_PARTITIONS. */
export function resolveTopics(given: GivenTopics | null): MockTopics {
  if (given === null) return null
  return new Map(
    Object.entries(given).map(([topic, config]) => [topic, resolveTopic(topic, config)]),
  )
}

/** @throws RinglogError INVALID_TOPIC_EXCEPTION, INVALID_CONFIG, INVALID_PARTITIONS. */
function resolveTopic(topic: string, config: TopicConfig): ResolvedTopicConfig {
  assertTopicName(topic)
  return resolveTopicConfig(config, MAX_PARTITIONS)
}

/** What is wrong with a topic, and which it is; none: nothing. */
function topicFault(topic: string, config: TopicConfig): string[] {
  try {
    resolveTopic(topic, config)
    return []
  } catch (error) {
    return [`${show(topic)}: ${reasonOf(error)}`]
  }
}

/** The configuration of a topic; `null`: a mock does not have it. */
export function configOf(topic: string, topics: MockTopics): ResolvedTopicConfig | null {
  if (topics === null) return resolveTopicConfig(undefined, MAX_PARTITIONS)
  return topics.get(topic) ?? null
}

/** @throws RinglogError UNKNOWN_TOPIC_OR_PARTITION, INVALID_TOPIC_EXCEPTION. */
export function assertThere({ topic, partition }: TopicPartition, topics: MockTopics): void {
  assertTopicName(topic)
  if (topics === null) return
  const config = topics.get(topic)
  if (config === undefined) throw unknownTopic(topic, topics)
  if (partition >= config.partitions) throw unknownPartition(topic, partition, config.partitions)
}

/** UNKNOWN_TOPIC_OR_PARTITION: a mock does not have the topic. */
export function unknownTopic(topic: string, topics: MockTopics): RinglogError {
  const hint = didYouMean(topic, [...(topics?.keys() ?? [])])
  return new RinglogError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `topic ${topic} is not one of the mock's topics${hint && `; ${hint}`}`,
    { details: { topic } },
  )
}
