/**
 * As `internal.ts`, but only what storage threads and the readers of their files run: each file costs a thread
 * memory, and time when it starts.
 */
import './node-version.ts'

export { RinglogError } from './errors/ringlog-error.ts'
export { decodeError } from './errors/decode-error.ts'
export { encodeError } from './errors/encode-error.ts'
export type { WireError } from './errors/error-wire.ts'
export { show } from './errors/show.ts'
export { directoryFault, directoryPath } from './config/directory-path.ts'
export { Doorbell } from './concurrent/doorbell.ts'
export { copyBytes } from './concurrent/copy-bytes.ts'
export { monotonicMs } from './concurrent/clock.ts'
export { nextTurn, systemClock, type Clock, type ClockTimer } from './concurrent/system-clock.ts'
export { setTurnEnd } from './concurrent/timers.ts'
export { ownThread, type ActorThread } from './threads/actor-thread.ts'
export { threadProgram } from './threads/thread-entry.ts'
export { FifoQueue } from './fifo-queue.ts'
export { partitionKey, partitionName, type TopicPartition } from './topic-partition.ts'
export type {
  CompactionRound,
  DataDirectoryMetrics,
  PartitionCompactionMetrics,
  PartitionDiskMetrics,
} from './protocol/broker-metrics.ts'
export type { CleanupPolicy, ResolvedTopicConfig } from './protocol/topic-config.ts'
export { RecordBatchBuilder, type BatchProducer } from './record/record-batch-builder.ts'
export { RecordBatchCursor } from './record/record-batch-cursor.ts'
export { RecordBatchHeader } from './record/record-batch-header.ts'
export { RecordBatchValidator } from './record/record-batch-validator.ts'
export { firstRecordSince } from './record/first-record-since.ts'
export { compressBatch, decompressBatch } from './record/compression.ts'
export { COMPRESSION_TYPES } from './record/compression-codecs.ts'
export { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './record/varint.ts'
export * from './record/record-batch-format.ts'
export {
  BATCH_ALIGNMENT_BYTES,
  STORED_IN_MEMORY,
  STORED_ON_DISK,
  STORED_ON_DISK_SHOWN_AT_ONCE,
  alignUp,
  storageKindOf,
  type StorageKind,
} from './ring/ring-log-layout.ts'
export { RingLogReader } from './ring/ring-log-reader.ts'
export * from './ring/log-reader.ts'
export {
  PartitionStorage,
  STORAGE_FAILED,
  STORAGE_FULL,
  STORAGE_WRITES,
  type StorageState,
  type WrittenLog,
} from './ring/partition-storage.ts'
