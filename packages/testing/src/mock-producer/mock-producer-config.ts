import {
  assertTopicName,
  booleanOption,
  clockOption,
  resolveTopicConfig,
  show,
  type Clock,
  type Data,
  type Option,
  type ResolvedTopicConfig,
  type TopicConfig,
} from '@ringlog/core/internal'
import type { ProducerConfig } from '@ringlog/producer'
import { resolveProducerConfig, type ResolvedProducerConfig } from '@ringlog/producer/internal'

/**
 * The configuration of a mock producer: that of a producer, checked in the same way, so that a program can
 * make either with the one that it has; and what only a mock needs.
 */
export interface MockProducerConfig<K = Data | null, V = Data | null> extends ProducerConfig<K, V> {
  /**
   * Whether each record is delivered as soon as it is taken. Default `true`; with `false` it waits for
   * `completeNext`, `errorNext` or `flush`.
   */
  autoComplete?: boolean | undefined
  /**
   * The topics that there are, as `createTopic` takes them: `{ orders: { partitions: 4 } }`. Default: every
   * topic is there, with one partition.
   */
  topics?: Readonly<Record<string, TopicConfig>> | undefined
  /** Gives timestamps, and ends waits. Default: the clock of the process. */
  clock?: Clock | undefined
}

/** The topics that a mock has; `null`: every topic is there. */
export type MockTopics = ReadonlyMap<string, ResolvedTopicConfig> | null

export interface ResolvedMockProducerConfig extends ResolvedProducerConfig {
  readonly autoComplete: boolean
  readonly topics: MockTopics
  readonly clock: Clock
}

/** As many partitions as a broker allows without a word on it. */
const MAX_PARTITIONS = 1_024

const MOCK_OPTIONS = {
  autoComplete: booleanOption(true),
  topics: topicsOption(),
  clock: clockOption(),
}

/** @throws RinglogError INVALID_CONFIG that lists every faulty option, the producer's as well. */
export function resolveMockProducerConfig<K, V>(
  given: MockProducerConfig<K, V> | undefined,
): ResolvedMockProducerConfig {
  const { topics, ...config } = resolveProducerConfig(given, {
    owner: 'MockProducerConfig',
    options: MOCK_OPTIONS,
  })
  return { ...config, topics: topics === null ? null : resolveTopics(topics) }
}

/** The configuration of a topic that nothing was said of. */
export function defaultTopicConfig(): ResolvedTopicConfig {
  return resolveTopicConfig(undefined, MAX_PARTITIONS)
}

function resolveTopics(topics: Readonly<Record<string, TopicConfig>>): MockTopics {
  return new Map(
    Object.entries(topics).map(([topic, config]) => {
      assertTopicName(topic)
      return [topic, resolveTopicConfig(config, MAX_PARTITIONS)]
    }),
  )
}

function topicsOption(): Option<Readonly<Record<string, TopicConfig>> | null> {
  return {
    default: null,
    fault: (value) => {
      if (typeof value !== 'object' || value === null || Symbol.iterator in value) {
        return `must be an object of topics, such as { orders: { partitions: 4 } }, got ${show(value)}`
      }
      try {
        resolveTopics(value as Record<string, TopicConfig>)
        return null
      } catch (error) {
        return `must hold topics as createTopic takes them: ${(error as Error).message}`
      }
    },
  }
}
