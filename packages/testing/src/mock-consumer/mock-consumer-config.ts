import type { ConsumerConfig } from '@ringlog/consumer'
import { resolveConsumerConfig, type ResolvedConsumerConfig } from '@ringlog/consumer/internal'
import { clockOption, type Clock, type TopicConfig } from '@ringlog/core/internal'
import { resolveTopics, topicsOption, type MockTopics } from '../mock-topics.ts'

/**
 * The configuration of a mock consumer: that of a consumer, checked in the same way, so that a program can make
 * either with the one that it has; and what only a mock needs.
 */
export interface MockConsumerConfig<K = Buffer | null, V = Buffer | null> extends ConsumerConfig<
  K,
  V
> {
  /**
   * The topics that there are, as `createTopic` takes them: `{ orders: { partitions: 4 } }`. Default: every
   * topic is there, with all partitions that are named.
   */
  topics?: Readonly<Record<string, TopicConfig>> | undefined
  /** Gives timestamps, and ends waits. Default: the clock of the process. */
  clock?: Clock | undefined
}

export interface ResolvedMockConsumerConfig<K, V> extends ResolvedConsumerConfig {
  readonly clock: Clock
  readonly topics: MockTopics
  /** As it was given: the consumer fills in its defaults itself. */
  readonly consumer: ConsumerConfig<K, V>
}

/** @throws RinglogError INVALID_CONFIG that lists every faulty option, the consumer's as well. */
export function resolveMockConsumerConfig<K, V>(
  given: MockConsumerConfig<K, V> | undefined,
): ResolvedMockConsumerConfig<K, V> {
  const { topics, ...config } = resolveConsumerConfig(given, {
    owner: 'MockConsumerConfig',
    options: { topics: topicsOption(), clock: clockOption() },
  })
  const { topics: _topics, clock: _clock, ...consumer } = given ?? {}
  return { ...config, topics: resolveTopics(topics), consumer }
}
