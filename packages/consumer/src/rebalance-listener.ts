import type { TopicPartition } from '@ringlog/core/internal'

/**
 * Is called with the partitions that a consumer of a group gains and loses: within polls (and `subscribe`,
 * `unsubscribe`, `close`), in the consumer's own thread; what it returns is awaited before the
 * partitions go on their way. The rebalance is carried out whole whatever it throws; then the poll or
 * the call rejects with that, once. Where it throws several times in one rebalance, the process is warned
 * of all but the first.
 *
 * Within it `commit`, `seek`, `position` and the like can be used, also while the consumer closes, but not
 * `poll`, `subscribe`, `unsubscribe` and `assign`: they would wait for it. Called elsewhere in the thread
 * while it runs, they do wait for it.
 *
 * Source: Kafka's `ConsumerRebalanceListener`, with cooperative rebalancing: only changes are named.
 */
export interface RebalanceListener {
  /** These partitions are the consumer's now, their positions fixed. */
  onPartitionsAssigned?: ((partitions: TopicPartition[]) => void | Promise<void>) | undefined
  /** These partitions go to another member when this is done: the last chance to commit. */
  onPartitionsRevoked?: ((partitions: TopicPartition[]) => void | Promise<void>) | undefined
  /** These partitions are gone, perhaps to others already: nothing can be committed any more. */
  onPartitionsLost?: ((partitions: TopicPartition[]) => void | Promise<void>) | undefined
}
