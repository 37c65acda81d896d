import type { ConsumerMetrics } from '@ringlog/consumer'
import type { TopicPartition } from '@ringlog/core'
import type { ProducerMetrics } from '@ringlog/producer'

/** What one pool thread does and has done, since it or the one before it in its place was started. */
export interface ThreadMetrics {
  readonly threadIndex: number
  /** As `threadId` of `node:worker_threads`. */
  readonly threadId: number
  /** The partitions that it has now. */
  readonly assignment: TopicPartition[]
  /** Records that were handled to the end; those of the dead letter topic among them. */
  readonly handledRecords: number
  /** Attempts that failed. */
  readonly failedAttempts: number
  /** Records that went to the dead letter topic. */
  readonly deadLetteredRecords: number
  /** Records that were polled and are not finished: those in a handler, and those that wait. */
  readonly pendingRecords: number
  /** The part of its time that its event loop was busy, from 0 to 1, since it was started. */
  readonly utilization: number
  readonly consumer: ConsumerMetrics
  readonly producer: ProducerMetrics
}

/** How a pool is, thread by thread. */
export interface ConsumerPoolMetrics {
  /** A thread that is being replaced is missing, and one whose handler does not let its event loop turn. */
  readonly threads: ThreadMetrics[]
  /** Threads that crashed and were replaced. */
  readonly restarts: number
  /** `run` calls without an answer yet. */
  readonly pendingRuns: number
}
