import { encodeError, RinglogError, threadProgram, type ActorThread } from '@ringlog/core/internal'
import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { PartitionStart } from './partition-start.ts'
import { PartitionWorker } from './partition-worker.ts'

/** What a partition worker runs in, as its host sees it: a `Worker`, or a part of this thread. */
export interface PartitionThread {
  /** It threw what it did not catch; its end follows. */
  on(event: 'error', listener: (error: unknown) => void): unknown
  on(event: 'exit', listener: (exitCode: number) => void): unknown
  /** Ends it at once. */
  terminate(): Promise<unknown>
}

/** Starts a partition worker; what it is started with is transferred as far as needed. */
export type StartPartitionThread = (start: PartitionStart, name: string) => PartitionThread

/**
 * Starts partition workers in a thread each.
 *
 * @param workerUrl The file that the threads begin with: see `partitionWorkerUrl`.
 */
export function threadEach(workerUrl: string): StartPartitionThread {
  return (start, name) =>
    new Worker(threadProgram(workerUrl), {
      eval: true,
      workerData: start,
      transferList: [start.controlPort],
      name: `partition-${name}`,
    })
}

/** Starts partition workers in this thread, which is the user's. */
export function inThisThread(thread: ActorThread): StartPartitionThread {
  return (start) => new PartitionInThread(start, thread)
}

/** A partition worker that runs in this thread: it has ended once its control port is closed. */
class PartitionInThread extends EventEmitter implements PartitionThread {
  readonly #worker: PartitionWorker
  readonly #ended: Promise<void>

  constructor(start: PartitionStart, thread: ActorThread) {
    super()
    this.#worker = new PartitionWorker(start, thread)
    this.#ended = new Promise((resolve) => {
      start.controlPort.on('close', () => {
        this.emit('exit', 0)
        resolve()
      })
    })
  }

  async terminate(): Promise<void> {
    this.#worker.close(encodeError(new RinglogError('BROKER_CLOSED')))
    await this.#ended
  }
}
