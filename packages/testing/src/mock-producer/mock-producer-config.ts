import {
  booleanOption,
  clockOption,
  type Clock,
  type Data,
  type TopicConfig,
} from '@ringlog/core/internal'
import type { ProducerConfig } from '@ringlog/producer'
import { resolveProducerConfig, type ResolvedProducerConfig } from '@ringlog/producer/internal'
import { resolveTopics, topicsOption, type MockTopics } from '../mock-topics.ts'

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

export interface ResolvedMockProducerConfig extends ResolvedProducerConfig {
  readonly autoComplete: boolean
  readonly topics: MockTopics
  readonly clock: Clock
}

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
  return { ...config, topics: resolveTopics(topics) }
}
