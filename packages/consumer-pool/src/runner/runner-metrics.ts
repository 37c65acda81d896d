import type {
  ConsumerMetrics,
  HandlerMetrics,
  ProducerMetrics,
  TopicPartition,
} from '@ringlog/core'

/** What a runner does and has done since it was started. */
export interface ConsumerRunnerMetrics extends HandlerMetrics {
  /** The partitions that it has now. */
  readonly assignment: TopicPartition[]
  readonly consumer: ConsumerMetrics
  /** Of `context.producer`, which also writes dead letters. */
  readonly producer: ProducerMetrics
}
