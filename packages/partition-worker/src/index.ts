export {
  PartitionHost,
  partitionWorkerUrl,
  type PartitionHostOptions,
  type PartitionHostState,
} from './partition-host.ts'
export { inThisThread, threadEach, type StartPartitionThread } from './partition-thread.ts'
export {
  PartitionGates,
  type AttachedGroupGate,
  type GateHolder,
  type GroupGateMove,
  type GroupGateOffset,
} from './partition-gates.ts'
export { checkBeforeOffset } from './check-before-offset.ts'
export type { BlockedState } from './blocked-report.ts'
export { describeHolder } from './buffer-full.ts'
export type { PartitionEvent, WorkerEvent } from './partition-event.ts'
export type { PartitionWorkerMetrics } from './partition-metrics.ts'
export { PartitionLog, type PartitionLogOptions } from './partition-log.ts'
export { ProducerSession } from './producer-session.ts'
export {
  NO_ATTACHMENTS,
  type LaneConnection,
  type PartitionAttachments,
  type ProducerConnection,
  type ReaderDescription,
} from './partition-start.ts'
