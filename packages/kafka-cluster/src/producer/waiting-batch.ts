import type { AppendDeadline, AppendListener, TopicPartition } from '@ringlog/core/internal'

/** A batch that a producer has handed over, on its way to a broker. */
export interface WaitingBatch {
  readonly at: TopicPartition
  readonly buffer: ArrayBuffer
  readonly bytes: Buffer
  readonly deadline: AppendDeadline
  readonly listener: AppendListener
}
