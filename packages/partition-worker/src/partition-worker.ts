import {
  Doorbell,
  SharedMemoryCollector,
  decodeError,
  ownThread,
  setTurnEnd,
  type ActorThread,
  type RinglogError,
  type SwitchedFault,
  type WireError,
} from '@ringlog/core/internal/partition-thread'
import type { MessagePort } from 'node:worker_threads'
import type { BlockedState } from './blocked-report.ts'
import { LaneService } from './lane-service.ts'
import type { WorkerEvent } from './partition-event.ts'
import type { GroupGateMove, GroupGateOffset } from './partition-gates.ts'
import { PartitionLog } from './partition-log.ts'
import type { PartitionWorkerMetrics } from './partition-metrics.ts'
import type {
  PartitionAttachments,
  PartitionControl,
  PartitionEventMessage,
  PartitionStart,
  ProducerConnection,
  ReaderDescription,
} from './partition-start.ts'
import { ProducerSession } from './producer-session.ts'
import { startRetentionChecks } from './retention-checks.ts'

/**
 * Runs one partition: serves its host on the control port, and each producer on a port of its own.
 *
 * Thread: the partition's. Nothing here blocks, so the ports are served while appends wait.
 */
export class PartitionWorker implements PartitionControl {
  readonly #thread: ActorThread
  readonly #doorbell: Doorbell
  readonly #log: PartitionLog
  readonly #lanes: LaneService
  readonly #controlPort: MessagePort
  readonly #onEvent: (event: WorkerEvent) => void
  readonly #producerPorts = new Set<MessagePort>()
  /** By lane: the port whose end is the lane's. */
  readonly #lanePorts = new Map<string, MessagePort>()
  /** By consumer: the doorbells that are rung after an append. */
  readonly #watchers = new Map<string, Doorbell>()
  /** `null`: the thread is the user's, and makes garbage enough. */
  readonly #collector: SharedMemoryCollector | null
  readonly #stopRetentionChecks: (() => void) | null

  constructor(start: PartitionStart, thread: ActorThread = ownThread) {
    const { clock } = thread
    const { topic, partition, config, memory, producerTable, controlPort } = start
    const { retentionMs } = config
    const { storageDoorbell } = start
    const doorbell = new Doorbell(start.doorbell, clock)
    this.#thread = thread
    this.#collector = thread.isOwn ? new SharedMemoryCollector() : null
    this.#doorbell = doorbell
    this.#onEvent = (partitionEvent) => {
      const message: PartitionEventMessage = { partitionEvent }
      controlPort.postMessage(message)
    }
    this.#log = new PartitionLog({
      ...config,
      topic,
      partition,
      memory,
      producerTable,
      doorbell,
      storageDoorbell,
      clock,
      onEvent: this.#onEvent,
    })
    this.#lanes = new LaneService({
      log: this.#log,
      doorbell,
      waitStrategy: config.waitStrategy,
    })
    if (thread.isOwn) this.#log.touchPages()
    this.#stopRetentionChecks =
      retentionMs === null || storageDoorbell !== null
        ? null
        : startRetentionChecks(retentionMs, clock, () => this.#log.expireRecords())
    this.#controlPort = controlPort
    this.#takeOver(start.attached)
    thread.serve(controlPort, this)
  }

  ready(): void {}

  connectProducer({ acks, lane }: ProducerConnection, port: MessagePort): void {
    if (lane !== null) {
      this.#lanes.open(lane)
      this.#lanePorts.set(lane.laneId, port)
    }
    const session = new ProducerSession(this.#log, acks)
    this.#producerPorts.add(port)
    port.on('close', () => {
      this.#producerPorts.delete(port)
      this.#log.dropOwner(session)
      if (lane !== null && this.#lanePorts.get(lane.laneId) === port) this.closeLane(lane.laneId)
      this.#collector?.request(lane?.memory.byteLength ?? 0)
    })
    this.#thread.serve(port, session)
  }

  closeLane(laneId: string): void {
    this.#lanePorts.delete(laneId)
    this.#lanes.closeLane(laneId)
    this.#onEvent({ type: 'laneClosed', laneId })
  }

  openReader(reader: ReaderDescription): { startOffset: number } {
    const { consumerId, clientId, gate } = reader
    this.#addWatcher(consumerId, reader.doorbell)
    const startOffset = this.#log.gates.resolve(reader.start)
    if (gate === null) this.#log.gates.closeConsumer(consumerId)
    else this.#log.gates.openConsumer(consumerId, clientId, gate, startOffset)
    return { startOffset }
  }

  closeReader(consumerId: string): void {
    this.#removeWatcher(consumerId)
    this.#log.gates.closeConsumer(consumerId)
    // INV-11: perhaps its thread has ended while it rang, after it had moved a gate.
    this.#doorbell.ringUnconditionally()
  }

  moveGroupGate(move: GroupGateMove): GroupGateOffset {
    const { consumerId, doorbell } = move
    // The watcher comes first, so that it is rung for what is appended after the start.
    if (consumerId !== null && doorbell !== null) this.#addWatcher(consumerId, doorbell)
    return this.#log.gates.moveGroup(move)
  }

  removeGroupGate(groupId: string): void {
    this.#log.gates.removeGroup(groupId)
  }

  deleteRecords(beforeOffset: number): number {
    this.#log.deleteRecords(beforeOffset)
    return this.#log.logStartOffset
  }

  expectNoConsumers(): void {
    this.#log.expectNoConsumers()
  }

  blocked(): BlockedState | null {
    return this.#log.blocked
  }

  metrics(): PartitionWorkerMetrics {
    return {
      ...this.#log.metrics,
      producerCount: this.#producerPorts.size,
      readerCount: this.#watchers.size,
    }
  }

  injectFault(fault: SwitchedFault): Promise<void> {
    return this.#log.faults.inject(fault)
  }

  close(reason: WireError): void {
    this.#stopRetentionChecks?.()
    const error = decodeError(reason) as RinglogError
    this.#log.faults.answers?.end()
    this.#lanes.close(error)
    this.#log.close(error)
    // The answers to what was refused just now leave first, then that to this call.
    setTurnEnd(() => {
      for (const port of this.#producerPorts) port.close()
      setTurnEnd(() => this.#controlPort.close())
    })
  }

  /**
   * Goes on for those who used the partition when its former worker died. All gates hold before a lane is
   * served (INV-81); then everyone is rung, in whatever state the former worker left their doorbells (INV-11).
   */
  #takeOver({ readers, groupGates, lanes }: PartitionAttachments): void {
    for (const { consumerId, clientId, doorbell, gate } of readers) {
      this.#addWatcher(consumerId, doorbell)
      if (gate !== null) this.#log.gates.attachConsumer(consumerId, clientId, gate)
    }
    for (const gate of groupGates) {
      const { consumerId, doorbell } = gate
      if (consumerId !== null && doorbell !== null) this.#addWatcher(consumerId, doorbell)
      this.#log.gates.attachGroup(gate)
    }
    for (const laneId of this.#lanes.takeOver(lanes)) this.#onEvent({ type: 'laneClosed', laneId })
    for (const watcher of this.#watchers.values()) watcher.ringUnconditionally()
    this.#doorbell.ringUnconditionally()
  }

  #addWatcher(consumerId: string, doorbell: SharedArrayBuffer): void {
    this.#removeWatcher(consumerId)
    const watcher = new Doorbell(doorbell)
    this.#watchers.set(consumerId, watcher)
    this.#log.addWatcher(watcher)
  }

  #removeWatcher(consumerId: string): void {
    const watcher = this.#watchers.get(consumerId)
    if (watcher === undefined) return
    this.#watchers.delete(consumerId)
    this.#log.removeWatcher(watcher)
  }
}
