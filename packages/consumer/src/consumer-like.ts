import type { TopicPartition } from '@ringlog/core/internal'
import type { ConsumerRecords } from './consumer-records.ts'
import type { PollOptions } from './poll-loop.ts'

/** What application code needs of a consumer: a test double can stand in for it. */
export interface ConsumerLike {
  assign(partitions: TopicPartition[]): Promise<void>
  assignment(): TopicPartition[]
  poll(options?: PollOptions): Promise<ConsumerRecords>
  seek(p: TopicPartition, offset: number): void
  position(p: TopicPartition): number
  currentOffset(p: TopicPartition): number
  close(): Promise<void>
}
