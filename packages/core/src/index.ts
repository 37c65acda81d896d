/**
 * Records, batches, ring log, doorbells, partitioner, errors: what Ringlog is made of, to be used
 * without it. Starts no thread.
 *
 * @module @ringlog/core
 */
import './node-version.ts'

export { RinglogError, type RinglogErrorOptions } from './errors/ringlog-error.ts'
export type { RinglogErrorCode } from './errors/error-codes.ts'

export type {
  Data,
  HeaderList,
  ProducerRecord,
  RecordHeaders,
  RecordMetadata,
} from './record/data.ts'
export type { Serde } from './serde/serde.ts'
export { serdes } from './serde/serdes.ts'
export type { TopicPartition } from './topic-partition.ts'

export type { Partitioner, PartitionerName } from './partitioner/partitioner.ts'
export { murmur2 } from './partitioner/murmur2.ts'
export type { WaitStrategy } from './concurrent/wait-strategy.ts'

export type { ModuleLocation } from './threads/thread-entry.ts'
export type { BrokerAddress } from './protocol/broker-address.ts'
export type { ClientHandle } from './protocol/client-handle.ts'
export type {
  BrokerMetrics,
  GroupMetrics,
  GroupPartitionMetrics,
  LogTotals,
  DataDirectoryMetrics,
  CompactionRound,
  PartitionCompactionMetrics,
  PartitionDiskMetrics,
  PartitionGauges,
  PartitionMetrics,
  TopicMetrics,
} from './protocol/broker-metrics.ts'
export type {
  ClientMetrics,
  ConsumerMetrics,
  HandlerMetrics,
  ProducerMetrics,
} from './protocol/client-metrics.ts'
export type {
  BlockedEvent,
  EvictedEvent,
  PartitionMove,
  LogTruncatedEvent,
  PartitionRestartEvent,
  RebalanceEvent,
  RebalanceReason,
  SlowestHolder,
} from './protocol/diagnostics.ts'
export type { Admin, LogClient } from './protocol/log-client.ts'
export type {
  GroupDescription,
  GroupMemberDescription,
  GroupPartitionDescription,
  GroupState,
  ResetTarget,
} from './protocol/group.ts'
export type {
  PartitionDescription,
  PartitionOffsets,
  PartitionState,
  TopicDescription,
} from './protocol/topic.ts'
export type {
  CleanupPolicy,
  ResolvedTopicConfig,
  TimestampType,
  TopicConfig,
  WhenFull,
  TopicStorage,
} from './protocol/topic-config.ts'

export { compressBatch, decompressBatch, type DecompressOptions } from './record/compression.ts'
export type { CompressionType } from './record/compression-codecs.ts'
export {
  RecordBatchBuilder,
  type BatchProducer,
  type BatchSeal,
} from './record/record-batch-builder.ts'
export { RecordBatchCursor } from './record/record-batch-cursor.ts'
export { RecordBatchHeader } from './record/record-batch-header.ts'
export {
  RecordBatchValidator,
  type RecordBatchValidatorOptions,
} from './record/record-batch-validator.ts'

export {
  STORED_IN_MEMORY,
  STORED_ON_DISK,
  STORED_ON_DISK_SHOWN_AT_ONCE,
  createRingLogMemory,
  type StorageKind,
  type StoredLog,
} from './ring/ring-log-layout.ts'
export { createProducerTableMemory } from './producer-table/producer-table-layout.ts'
export { RingLogWriter } from './ring/ring-log-writer.ts'
export { RingLogReader } from './ring/ring-log-reader.ts'
export {
  READ_NEEDS_LARGER_TARGET,
  READ_NEEDS_LOAD,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  ReadResult,
  type FoundRecord,
  type LogReader,
  type ReadStatus,
} from './ring/log-reader.ts'
export { Doorbell, type WaitOptions } from './concurrent/doorbell.ts'
