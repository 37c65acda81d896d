/**
 * As `internal.ts`, but only what runs in a partition's thread, and with it nothing else: each file costs every
 * such thread memory, and time when it starts.
 */
import './node-version.ts'

export { RinglogError } from './errors/ringlog-error.ts'
export type { RinglogErrorCode } from './errors/error-codes.ts'
export type { LogTotals, PartitionGauges } from './protocol/broker-metrics.ts'
export type { BlockedEvent, EvictedEvent, SlowestHolder } from './protocol/diagnostics.ts'
export { decompressBatch } from './record/compression.ts'
export { RecordBatchCursor } from './record/record-batch-cursor.ts'
export { RecordBatchHeader } from './record/record-batch-header.ts'
export { RecordBatchValidator } from './record/record-batch-validator.ts'
export {
  PartitionStorage,
  STORAGE_FAILED,
  STORAGE_FULL,
  STORAGE_WRITES,
} from './ring/partition-storage.ts'
export { RingLogWriter } from './ring/ring-log-writer.ts'
export { PartitionTotals } from './ring/partition-totals.ts'
export { Doorbell } from './concurrent/doorbell.ts'
export { decodeError } from './errors/decode-error.ts'
export { encodeError } from './errors/encode-error.ts'
export type { WireError } from './errors/error-wire.ts'
export { show } from './errors/show.ts'
export { ownThread, type ActorThread } from './threads/actor-thread.ts'
export { partitionName, type TopicPartition } from './topic-partition.ts'
export { monotonicMs } from './concurrent/clock.ts'
export { nextTurn, systemClock, type Clock, type ClockTimer } from './concurrent/system-clock.ts'
export { SharedMemoryCollector } from './memory/shared-memory-collector.ts'
export { setTurnEnd } from './concurrent/timers.ts'
export type { WaitStrategy } from './concurrent/wait-strategy.ts'
export { MAGIC_BYTE, MAX_TIMESTAMP_BYTE, NONE, writeInt64 } from './record/record-batch-format.ts'
export { stampLogAppendTime } from './record/log-append-time.ts'
export { committedOffsetOf, heldSince, releasedBelow } from './gate/gate-layout.ts'
export { GateTable } from './gate/gate-table.ts'
export {
  BATCH_ALIGNMENT_BYTES,
  STORED_ON_DISK_SHOWN_AT_ONCE,
  alignUp,
  storageKindOf,
} from './ring/ring-log-layout.ts'
export { ProducerTable, type BatchSequence } from './producer-table/producer-table.ts'
export {
  LANE_BATCH_BEHIND_REFUSED,
  LANE_CLOSED,
  LANE_EMPTY,
  LaneReader,
} from './lane/lane-reader.ts'
export { FifoQueue } from './fifo-queue.ts'
export type {
  OnPartitionWorkerStep,
  PartitionWorkerStep,
  SwitchedFault,
} from './protocol/fault-injection.ts'
export type { StartPosition } from './protocol/consumer-engine.ts'
export { startOffsetOf } from './protocol/start-offset.ts'
export type {
  AppendAnswer,
  AppendDeadline,
  AppendRequest,
  AppendResult,
  PartitionService,
} from './protocol/partition-service.ts'
export type {
  CleanupPolicy,
  ResolvedTopicConfig,
  TimestampType,
  WhenFull,
} from './protocol/topic-config.ts'
export { withTransfer } from './rpc/move-transfer.ts'
