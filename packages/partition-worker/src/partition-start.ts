import type {
  ResolvedTopicConfig,
  StartPosition,
  SwitchedFault,
  WireError,
} from '@ringlog/core/internal/partition-thread'
import type { MessagePort } from 'node:worker_threads'
import type { BlockedState } from './blocked-report.ts'
import type { WorkerEvent } from './partition-event.ts'
import type { AttachedGroupGate, GroupGateMove, GroupGateOffset } from './partition-gates.ts'
import type { PartitionWorkerMetrics } from './partition-metrics.ts'

/**
 * What a partition worker is started with: its `workerData`. The memory belongs to the process, not
 * to the thread, so it outlives a worker that dies.
 */
export interface PartitionStart {
  readonly topic: string
  readonly partition: number
  readonly config: ResolvedTopicConfig
  /** The ring. */
  readonly memory: SharedArrayBuffer
  /** The producers' sequences: made by `createProducerTableMemory` of core. */
  readonly producerTable: SharedArrayBuffer
  /** The worker's own doorbell. */
  readonly doorbell: SharedArrayBuffer
  /** Of the storage thread that follows the ring; `null`: the ring is all there is of the log. */
  readonly storageDoorbell: SharedArrayBuffer | null
  /** Who uses the partition already: its former worker has died. */
  readonly attached: PartitionAttachments
  /** Where the worker offers `PartitionControl` to the host, and posts events. */
  readonly controlPort: MessagePort
}

/** What a partition worker takes over from one that has died: nothing of it is opened anew, or moved. */
export interface PartitionAttachments {
  /** As they were opened; their gates hold where they stand in their own memory. */
  readonly readers: readonly ReaderDescription[]
  readonly groupGates: readonly AttachedGroupGate[]
  readonly lanes: readonly LaneConnection[]
}

/** Of a partition that starts for the first time. */
export const NO_ATTACHMENTS: PartitionAttachments = { readers: [], groupGates: [], lanes: [] }

/** A message of the worker's on the control port that is no answer to a call. */
export interface PartitionEventMessage {
  readonly partitionEvent: WorkerEvent
}

/** A producer that appends to this partition. */
export interface ProducerConnection {
  /** For messages. */
  readonly clientId: string
  /** Kafka's: on disk, an answer waits for the high watermark with `"all"`, and only then. */
  readonly acks: Acks
  /** Its lane beside its port; `null`: every batch comes by RPC. */
  readonly lane: LaneConnection | null
}

/** Kafka's: whose acknowledgement a producer waits for. */
export type Acks = 0 | 1 | 'all'

/** A lane, and whom to ring for its answers. */
export interface LaneConnection {
  /** Names it among all of the process. */
  readonly laneId: string
  /** See `lane-layout.ts` of core. */
  readonly memory: SharedArrayBuffer
  /** Rung when there are answers. */
  readonly producerDoorbell: SharedArrayBuffer
  /** The producer's. */
  readonly acks: Acks
}

/** A consumer that reads this partition. */
export interface ReaderDescription {
  readonly consumerId: string
  readonly clientId: string
  readonly doorbell: SharedArrayBuffer
  /** The memory of its gate: see `gate-layout.ts` of core. `null`: it holds nothing back. */
  readonly gate: SharedArrayBuffer | null
  readonly start: StartPosition
}

/** What a partition worker offers to its host. */
export interface PartitionControl {
  /** Answers once the worker is able to append. */
  ready(): void
  /**
   * Takes batches from `port`, as `PartitionService`, and from its lane, until the port closes. A lane that
   * is served already goes on, and is the port's from now on.
   */
  connectProducer(producer: ProducerConnection, port: MessagePort): void
  /** The producer of a lane is gone, and had no port: ends the lane, if it is served. */
  closeLane(laneId: string): void
  /** Fixes a reader's position and rings it from now on; its gate is up when this answers. */
  openReader(reader: ReaderDescription): { startOffset: number }
  closeReader(consumerId: string): void
  /** Gives a group's gate over to other memory, and rings its owner: see `PartitionGates.moveGroup`. */
  moveGroupGate(move: GroupGateMove): GroupGateOffset
  removeGroupGate(groupId: string): void
  /** As `PartitionLog.deleteRecords`; answers with the log's start. */
  deleteRecords(beforeOffset: number): number
  /** The broker closes: see `PartitionLog.expectNoConsumers`. */
  expectNoConsumers(): void
  /** How many appends wait for room, and for which holder; `null`: none. */
  blocked(): BlockedState | null
  metrics(): PartitionWorkerMetrics
  /** For tests: see `FaultPoints`. Answers when the fault is in force. */
  injectFault(fault: SwitchedFault): Promise<void>
  /** Refuses what waits and what comes, closes every port; the thread then ends by itself. */
  close(reason: WireError): void
}
