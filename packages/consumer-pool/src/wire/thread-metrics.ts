import type {
  ConsumerMetrics,
  HandlerMetrics,
  ProducerMetrics,
  TopicPartition,
} from '@ringlog/core'

/** What one pool thread does and has done, since it or the one before it in its place was started. */
export interface ThreadMetrics extends HandlerMetrics {
  readonly threadIndex: number
  /** As `threadId` of `node:worker_threads`. */
  readonly threadId: number
  /** The partitions that it has now. */
  readonly assignment: TopicPartition[]
  /** The part of its time that its event loop was busy, from 0 to 1, since it was started. */
  readonly utilization: number
  readonly consumer: ConsumerMetrics
  readonly producer: ProducerMetrics
}
