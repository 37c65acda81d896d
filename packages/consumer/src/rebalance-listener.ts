import type { TopicPartition } from '@ringlog/core/internal'

/**
 * Is told what a consumer of a group gains and loses. It is called within polls (and `subscribe`,
 * `unsubscribe`, `close`), in the consumer's own thread; what it returns is awaited before the
 * partitions go on their way. What it throws, the poll or the call rejects with, once the rebalance
 * is carried out.
 *
 * Within it `commit`, `seek`, `position` and the like can be used, but not `poll`, `subscribe`,
 * `unsubscribe` and `assign`.
 *
 * Source: Kafka's `ConsumerRebalanceListener`, with cooperative rebalancing: only what changes is told.
 */
export interface RebalanceListener {
  /** These partitions are the consumer's now, their positions fixed. */
  onPartitionsAssigned?: ((partitions: TopicPartition[]) => void | Promise<void>) | undefined
  /** These partitions go to another member when this is done: the last chance to commit. */
  onPartitionsRevoked?: ((partitions: TopicPartition[]) => void | Promise<void>) | undefined
  /** These partitions are gone, perhaps to others already: nothing can be committed any more. */
  onPartitionsLost?: ((partitions: TopicPartition[]) => void | Promise<void>) | undefined
}
