import type { ResolvedTopicConfig, StartPosition, WireError } from '@ringlog/core/internal'
import type { MessagePort } from 'node:worker_threads'
import type { BlockedState } from './blocked-report.ts'
import type { PartitionEvent } from './partition-event.ts'
import type { GroupGateMove, GroupGateOffset } from './partition-gates.ts'
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
  /** The worker's own doorbell. */
  readonly doorbell: SharedArrayBuffer
  /** Where the worker offers `PartitionControl` to the host, and posts events. */
  readonly controlPort: MessagePort
}

/** A message of the worker's on the control port that is no answer to a call. */
export interface PartitionEventMessage {
  readonly partitionEvent: PartitionEvent
}

/** A producer that appends to this partition. */
export interface ProducerConnection {
  /** For messages. */
  readonly clientId: string
  /** Its lane beside its port; `null`: every batch comes by RPC. */
  readonly lane: ProducerLane | null
}

export interface ProducerLane {
  /** See `lane-layout.ts` of core. */
  readonly memory: SharedArrayBuffer
  /** Rung when there are answers. */
  readonly producerDoorbell: SharedArrayBuffer
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
  /** Takes batches from `port`, as `PartitionService`, and from its lane, until the port closes. */
  connectProducer(producer: ProducerConnection, port: MessagePort): void
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
  /** Refuses what waits and what comes, closes every port; the thread then ends by itself. */
  close(reason: WireError): void
}
