import {
  Doorbell,
  PartitionStateWord,
  RingLogReader,
  createGateMemory,
  createProducerTableMemory,
  createRingLogMemory,
  monotonicMs,
  resolveTopicConfig,
  RinglogError,
  type PartitionRestartEvent,
} from '@ringlog/core/internal'
import type { GroupGateMove, ReaderDescription } from '@ringlog/partition-worker'
import type { Worker } from 'node:worker_threads'
import { onTestFinished } from 'vitest'
import { SupervisedWorker } from '../../../src/controller/topic/supervised-worker.ts'
import { OfflineError } from '../../../src/wire/offline-error.ts'
import { startedThreads } from '../started-threads.ts'

const RING_BYTES = 64 * 1024
/** Of every group gate. */
let lastMoveId = 0

/** A supervised worker, on real threads that a test can end. */
export class SupervisedRig {
  readonly memory: SharedArrayBuffer = createRingLogMemory(RING_BYTES)
  readonly doorbell = new Doorbell()
  readonly stateWord = new PartitionStateWord(this.memory)
  readonly crashes: RinglogError[] = []
  readonly restarts: PartitionRestartEvent[] = []
  /** How often a worker has ended. */
  ends = 0
  readonly threads: readonly Worker[] = startedThreads()
  worker!: SupervisedWorker

  static async start(maxRestarts = 5, restartWindowMs = 60_000): Promise<SupervisedRig> {
    const rig = new SupervisedRig()
    rig.worker = await SupervisedWorker.start({
      topic: 'orders',
      partition: 0,
      config: resolveTopicConfig({ ringBytes: RING_BYTES }, 1),
      memory: rig.memory,
      producerTable: createProducerTableMemory(),
      doorbell: rig.doorbell.memory,
      storageDoorbell: null,
      stateWord: rig.stateWord,
      reader: new RingLogReader(rig.memory),
      offlineError: new OfflineError(),
      limits: { maxRestarts, restartWindowMs },
      listener: {
        onCrash: (error) => rig.crashes.push(error),
        onRestarted: (event) => rig.restarts.push(event),
        onEnded: () => rig.ends++,
        onEvent: () => undefined,
      },
    })
    onTestFinished(() => rig.worker.close(monotonicMs() + 1_000, new RinglogError('BROKER_CLOSED')))
    return rig
  }

  /** Ends the thread that runs now; what was asked of it just before has no answer. */
  async kill(): Promise<void> {
    await this.threads.at(-1)!.terminate()
  }

  /** How the worker that serves now counts. */
  async counts(): Promise<{ readerCount: number; gateCount: number; producerCount: number }> {
    await this.worker.restart() // waits for the successor
    return (await this.worker.metrics(monotonicMs() + 5_000))!
  }
}

export function readerOf(consumerId: string): ReaderDescription {
  return {
    consumerId,
    clientId: consumerId,
    doorbell: new Doorbell().memory,
    gate: createGateMemory(),
    start: 'earliest',
  }
}

export function moveTo(consumerId: string | null, commit: number | null = null): GroupGateMove {
  return {
    groupId: 'billing',
    moveId: ++lastMoveId,
    memory: createGateMemory(),
    start: 'earliest',
    commit,
    consumerId,
    clientId: consumerId,
    doorbell: consumerId === null ? null : new Doorbell().memory,
  }
}
