import type { ConsumerMetrics, TopicPartition } from '@ringlog/core/internal'
import type { Readable } from 'node:stream'
import type { ConsumerRecord } from './consumer-record.ts'
import type { ConsumerRecords } from './consumer-records.ts'
import type { PartitionOffset, QueryOptions } from './offset-queries.ts'
import type { OffsetToCommit } from './offset-commits.ts'
import type { PollOptions } from './poll-loop.ts'
import type { RebalanceListener } from './rebalance-listener.ts'

/**
 * What application code needs of a consumer: write against it, and a test double can stand in for a
 * consumer. What only belongs to the real one is not in it: shared memory (`pollSync`, `cursor`).
 */
export interface ConsumerLike<K = Buffer | null, V = Buffer | null> extends AsyncIterable<
  ConsumerRecord<K, V>
> {
  subscribe(topics: string[] | RegExp, listener?: RebalanceListener): Promise<void>
  unsubscribe(): Promise<void>
  assign(partitions: TopicPartition[]): Promise<void>
  assignment(): TopicPartition[]
  poll(options?: PollOptions): Promise<ConsumerRecords<K, V>>
  commit(offsets?: OffsetToCommit[], options?: QueryOptions): Promise<void>
  committed(p: TopicPartition, options?: QueryOptions): Promise<number | null>
  seek(p: TopicPartition, offset: number): void
  seekToBeginning(partitions?: TopicPartition[]): Promise<void>
  seekToEnd(partitions?: TopicPartition[]): Promise<void>
  position(p: TopicPartition): number
  currentOffset(p: TopicPartition): number
  lag(p: TopicPartition): number
  beginningOffsets(partitions: TopicPartition[], options?: QueryOptions): Promise<PartitionOffset[]>
  endOffsets(partitions: TopicPartition[], options?: QueryOptions): Promise<PartitionOffset[]>
  offsetsForTimes(
    times: Array<TopicPartition & { timestamp: number }>,
    options?: QueryOptions,
  ): Promise<Array<PartitionOffset | null>>
  pause(partitions: TopicPartition[]): void
  resume(partitions: TopicPartition[]): void
  paused(): TopicPartition[]
  wakeup(): void
  metrics(): ConsumerMetrics
  toReadable(): Readable
  close(options?: QueryOptions): Promise<void>
}
