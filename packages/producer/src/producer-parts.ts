import type {
  Clock,
  PartitionAppender,
  ProducerIdentity,
  RinglogError,
  TopicPartition,
} from '@ringlog/core/internal'
import type { BufferPool } from './buffer-pool.ts'
import type { ResolvedProducerConfig } from './config.ts'
import type { PendingRecord } from './held-records.ts'
import type { MemoryRoom } from './memory-room.ts'
import type { ProducerBatch } from './producer-batch.ts'
import type { ProducerStats } from './producer-metrics.ts'
import type { TopicLookup } from './topic-lookup.ts'

/** What all parts of a producer use: its topics, their queues, and the senders of those. */
export interface ProducerServices {
  readonly config: ResolvedProducerConfig
  readonly clock: Clock
  readonly stats: ProducerStats
  readonly pool: BufferPool
  readonly room: MemoryRoom
  readonly metadata: TopicLookup
  /** The error of everything, once the client or its broker is closed; else `null`. */
  closedError(): RinglogError | null
  /** What a log said that has no room; `null`: none that is known. */
  fullError(): RinglogError | null
  openAppender(at: TopicPartition): Promise<PartitionAppender>
  /** The producer's id; another one where all epochs of it are used up. */
  producerIdentity(isExhausted: boolean): Promise<ProducerIdentity>
  /** Whether the next attempt to open an appender, or to get an identity, may succeed. */
  isRetriable(error: RinglogError): boolean
}

/** What happens in the parts of a producer, and what they report upward to its accumulator. */
export interface ProducerEvents {
  /** A new batch: it is due when its linger is over. */
  onBatchOpened(queue: LingeringQueue): void
  /** The batch is in the log. */
  onDelivered(batch: ProducerBatch): void
  /** The batch has failed. */
  onFailed(batch: ProducerBatch, error: RinglogError): void
  /** Nothing of the batch is needed any more; its memory is there, unless it was lost. */
  onReleased(batch: ProducerBatch, isMemoryLost: boolean): void
  /** The log had no room for a batch in time. */
  onFull(error: RinglogError): void
  /** A record is held. */
  onHeld(): void
  /** Held records may be taken in. */
  onHeldReady(): void
  /** A held record is in a batch, or has failed. */
  onHeldDone(record: PendingRecord, error: RinglogError | null): void
}

/** A queue whose open batch waits for more records. */
export interface LingeringQueue {
  /** The open batch is due once it has lingered for so long. */
  linger(lingerMs: number): void
  /** The open batch is due now. */
  markDue(): void
}
