/** What Ringlog's own packages need of core, and users must not import: no promise is made of it. */
import './node-version.ts'

export { RinglogError } from './errors/ringlog-error.ts'
export type { RinglogErrorCode } from './errors/error-codes.ts'
export type { Serde } from './serde/serde.ts'
export type { BrokerAddress } from './protocol/broker-address.ts'
export { NO_TOTALS } from './protocol/broker-metrics.ts'
export type {
  BrokerMetrics,
  GroupMetrics,
  GroupPartitionMetrics,
  LogTotals,
  PartitionDiskMetrics,
  PartitionGauges,
  PartitionMetrics,
  TopicMetrics,
} from './protocol/broker-metrics.ts'
export type {
  ClientMetrics,
  ClientReport,
  ConsumerMetrics,
  HandlerMetrics,
  ProducerMetrics,
} from './protocol/client-metrics.ts'
export type {
  BlockedEvent,
  EvictedEvent,
  LogTruncatedEvent,
  PartitionRestartEvent,
  PartitionMove,
  RebalanceEvent,
  RebalanceReason,
  SlowestHolder,
} from './protocol/diagnostics.ts'
export type {
  GroupDescription,
  GroupMemberDescription,
  GroupPartitionDescription,
  GroupState,
  ResetTarget,
} from './protocol/group.ts'
export { compressBatch, decompressBatch } from './record/compression.ts'
export { RecordBatchCursor } from './record/record-batch-cursor.ts'
export { RecordBatchHeader } from './record/record-batch-header.ts'
export { RecordBatchValidator } from './record/record-batch-validator.ts'
export { RingLogWriter } from './ring/ring-log-writer.ts'
export { RingLogReader } from './ring/ring-log-reader.ts'
export * from './ring/log-reader.ts'
export { copyBytes } from './concurrent/copy-bytes.ts'
export { DOORBELL_BYTES, Doorbell } from './concurrent/doorbell.ts'
export { decodeError, decodeThrown } from './errors/decode-error.ts'
export { ERROR_SECTION_BYTES, ErrorSection } from './errors/error-section.ts'
export { describeThrown, reasonOf } from './errors/describe-thrown.ts'
export { encodeError, encodeThrown } from './errors/encode-error.ts'
export type { WireError, WireValue } from './errors/error-wire.ts'
export {
  booleanOption,
  callbackOption,
  choiceOption,
  durationMsOption,
  expiryMsOption,
  integerOption,
  nameOption,
  inPlaceOfForeign,
  optionsInPlaceOf,
  resolveOptions,
  type Option,
  type OptionTable,
  type OwnOptions,
  type Resolved,
} from './config/options.ts'
export { didYouMean, nearestNames } from './config/nearest-names.ts'
export {
  awaitWithin,
  checkWaitOptions,
  endsWithin,
  type CallWaitOptions,
} from './config/wait-options.ts'
export {
  partitionOffline,
  topicDeleted,
  unknownPartition,
  workerEnded,
} from './errors/partition-errors.ts'
export { show } from './errors/show.ts'
export {
  entryUrl,
  moduleOption,
  moduleUrl,
  threadProgram,
  type ModuleLocation,
} from './threads/thread-entry.ts'
export { ownThread, usersThread, type ActorThread } from './threads/actor-thread.ts'
export { FifoQueue } from './fifo-queue.ts'
export { serdeOption } from './serde/serde-option.ts'
export { assertGroupId } from './protocol/group-id.ts'
export {
  assertTopicName,
  checkPartition,
  partitionKey,
  partitionName,
  type TopicPartition,
} from './topic-partition.ts'

export {
  FAULT_CALLED_OFF,
  FAULT_ENDED,
  FAULT_IN_FORCE,
  FAULT_STRUCK,
  FAULT_SWITCH_BYTES,
  FaultSwitch,
  type FaultState,
} from './concurrent/fault-switch.ts'
export { exponentialBackoffMs } from './concurrent/exponential-backoff.ts'
export { monotonicMs } from './concurrent/clock.ts'
export { clockOption, systemClock, type Clock, type ClockTimer } from './concurrent/system-clock.ts'
export { SharedMemoryCollector } from './memory/shared-memory-collector.ts'
export { WindowedStat } from './metrics/windowed-stat.ts'
export { isThenable } from './concurrent/is-thenable.ts'
export { LoopTurns } from './concurrent/loop-turns.ts'
export { Lifeline } from './concurrent/lifeline.ts'
export {
  MAX_TIMER_MS,
  clearTimer,
  setMicrotask,
  setTimer,
  setTurnEnd,
} from './concurrent/timers.ts'
export { spinMicrosOf, waitStrategyOption, type WaitStrategy } from './concurrent/wait-strategy.ts'

export {
  COMPRESSION_TYPES,
  compressionCodec,
  type CompressionType,
} from './record/compression-codecs.ts'
export {
  BATCH_HEADER_BYTES,
  MAGIC_BYTE,
  MAX_TIMESTAMP_BYTE,
  NONE,
  writeInt64,
} from './record/record-batch-format.ts'
export { sequenceAfter } from './record/sequence-number.ts'
export { canBeAppendedAgain, clearAssigned } from './record/batch-of-another-log.ts'
export {
  RecordBatchBuilder,
  stampProducer,
  type BatchProducer,
} from './record/record-batch-builder.ts'
export { sizeOfSingleRecordBatch } from './record/record-size.ts'
export { stampLogAppendTime } from './record/log-append-time.ts'
export {
  copyData,
  isData,
  type Data,
  type HeaderList,
  type ProducerRecord,
  type RecordHeaders,
  type RecordMetadata,
} from './record/data.ts'
export { copyFields, decodeHeaders, toHeaderList, withHeaders } from './record/record-headers.ts'

export {
  partitionerOption,
  type FillingBatch,
  type Partitioner,
  type PartitionerName,
  type TopicPartitioner,
} from './partitioner/partitioner.ts'
export { murmur2, partitionOfKey } from './partitioner/murmur2.ts'
export { createTopicPartitioner } from './partitioner/topic-partitioners.ts'

export {
  committedOffsetOf,
  createGateMemory,
  heldSince,
  releasedBelow,
} from './gate/gate-layout.ts'
export { Gate } from './gate/gate.ts'
export { GateTable } from './gate/gate-table.ts'
export { GateView } from './gate/gate-view.ts'
export { Grant } from './gate/grant.ts'

export { PatternMatcher, matcherOf } from './group/pattern-matcher.ts'
export { TopicFilter } from './group/topic-filter.ts'
export {
  FENCE_REASONS,
  MEMBER_BYTES,
  MemberMemory,
  type FenceReason,
} from './group/member-memory.ts'

export { PartitionStateWord } from './ring/partition-state.ts'
export {
  BATCH_ALIGNMENT_BYTES,
  INDEX_BYTE,
  STORED_IN_MEMORY,
  STORED_ON_DISK,
  STORED_ON_DISK_SHOWN_AT_ONCE,
  TOTALS_BYTE,
  alignUp,
  createRingLogMemory,
  placeEmptyRing,
  type StorageKind,
} from './ring/ring-log-layout.ts'
export { ProducerTable, type BatchSequence } from './producer-table/producer-table.ts'
export {
  REMEMBERED_BATCHES,
  createProducerTableMemory,
} from './producer-table/producer-table-layout.ts'

export {
  ANSWER_APPENDED,
  ANSWER_BEHIND_REFUSED,
  ANSWER_REFUSED,
  LaneAnswer,
  type LaneOutcome,
} from './lane/lane-answer.ts'
export { createLaneMemory } from './lane/lane-layout.ts'
export {
  LANE_BATCH,
  LANE_BATCH_BEHIND_REFUSED,
  LANE_CLOSED,
  LANE_EMPTY,
  LaneReader,
  type LaneStatus,
} from './lane/lane-reader.ts'
export { laneBytesFor, type LaneSizing } from './lane/lane-size.ts'
export { LaneWriter, type LaneState } from './lane/lane-writer.ts'

export {
  CLIENT_HANDLE,
  handleOf,
  type ClientHandle,
  type ClientModule,
  type HandleHolder,
} from './protocol/client-handle.ts'
export {
  FAULT_INJECTOR,
  PARTITION_WORKER_STEPS,
  faultInjectorOf,
  type BrokerFault,
  type FaultInjector,
  type FaultInjectorHolder,
  type OnPartitionWorkerStep,
  type PartitionFault,
  type PartitionWorkerStep,
  type SwitchedFault,
} from './protocol/fault-injection.ts'
export {
  LOG_ENGINE,
  engineOf,
  type EngineHolder,
  type LogClient,
  type LogEngine,
} from './protocol/log-client.ts'
export type {
  GroupChange,
  GroupMembership,
  GroupSubscription,
  JoinGroupRequest,
  MemberFence,
} from './protocol/group-membership.ts'
export type { EngineBase, EngineCallOptions, EngineUser } from './protocol/engine.ts'
export type {
  AppendListener,
  AppendOutcome,
  PartitionAppender,
  ProducerDescription,
  ProducerEngine,
  ProducerIdentity,
  TopicLookupOptions,
} from './protocol/producer-engine.ts'
export type * from './protocol/consumer-engine.ts'
export { listedOffset, type ListedOffset } from './protocol/listed-offset.ts'
export type { ConsumerDoorbell } from './protocol/consumer-doorbell.ts'
export type { OpenPartition, PartitionCommits } from './protocol/open-partition.ts'
export type * from './protocol/fetch-options.ts'
export { checkReset, resetOffset, type OffsetReset } from './protocol/offset-reset.ts'
export { startOffsetOf } from './protocol/start-offset.ts'
export type {
  AppendAnswer,
  AppendDeadline,
  AppendRequest,
  AppendResult,
  PartitionService,
} from './protocol/partition-service.ts'
export { PartitionCountWord } from './protocol/partition-count-word.ts'
export {
  resolveTopicConfig,
  type ResolvedTopicConfig,
  type TimestampType,
  type TopicConfig,
  type TopicStorage,
  type WhenFull,
} from './protocol/topic-config.ts'
export type {
  PartitionCount,
  PartitionDescription,
  PartitionOffsets,
  TopicDescription,
  TopicMetadata,
} from './protocol/topic.ts'

export { RpcClient, type CallOptions } from './rpc/rpc-client.ts'
export { withTransfer } from './rpc/move-transfer.ts'
export * as shapes from './rpc/call-shapes.ts'
export { serveRpc } from './rpc/rpc-server.ts'
