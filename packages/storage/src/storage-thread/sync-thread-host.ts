import { RinglogError, threadProgram } from '@ringlog/core/internal/storage'
import { Worker } from 'node:worker_threads'
import {
  DESCRIPTORS_A_REQUEST,
  SYNC_SLOT_BYTES,
  SyncSlot,
  type SyncThreadStart,
} from '../sync-thread/sync-slot.ts'
import type { SyncEnd, SyncThread } from './sync-queue.ts'

/**
 * Starts and owns a sync thread, from when it is needed first. It ends with the storage thread, before that one's
 * files are closed (INV-116): so none is synced in place of another that had its descriptor before.
 *
 * Thread: the storage thread's.
 */
export class SyncThreadHost implements SyncThread {
  readonly #url: string
  readonly #storageDoorbell: SharedArrayBuffer
  #thread: Worker | null = null
  /** Of the thread: the next one has another, in which nothing is asked for. */
  #slot: SyncSlot | null = null
  /** Of the sync that runs; `null`: none does. */
  #onEnd: SyncEnd | null = null
  /** What of it is still to be asked for. */
  #rest: readonly number[] = []

  /**
   * @param url The file that the thread begins with.
   * @param storageDoorbell Rung when `look` has something to find.
   */
  constructor(url: string, storageDoorbell: SharedArrayBuffer) {
    this.#url = url
    this.#storageDoorbell = storageDoorbell
  }

  /** Whether there is a thread. */
  get isRunning(): boolean {
    return this.#thread !== null
  }

  sync(descriptors: readonly number[], onEnd: SyncEnd): void {
    this.#onEnd = onEnd
    this.#thread ??= this.#startThread()
    this.#request(descriptors)
  }

  get hasAnswer(): boolean {
    return this.#onEnd !== null && this.#slot?.isUnderWay === false
  }

  look(): void {
    if (!this.hasAnswer) return
    const { fault } = this.#slot!
    if (fault === null && this.#rest.length > 0) this.#request(this.#rest)
    else this.#end(fault)
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#thread?.terminate()
  }

  #request(descriptors: readonly number[]): void {
    this.#rest = descriptors.slice(DESCRIPTORS_A_REQUEST)
    this.#slot!.request(descriptors.slice(0, DESCRIPTORS_A_REQUEST))
  }

  #end(fault: string | null): void {
    const onEnd = this.#onEnd
    this.#onEnd = null
    onEnd?.(fault === null ? null : new RinglogError('KAFKA_STORAGE_ERROR', fault))
  }

  #startThread(): Worker {
    const memory = new SharedArrayBuffer(SYNC_SLOT_BYTES)
    this.#slot = new SyncSlot(memory)
    const thread = new Worker(threadProgram(this.#url), {
      eval: true,
      workerData: { memory, storageDoorbell: this.#storageDoorbell } satisfies SyncThreadStart,
      name: 'sync',
    })
    let thrown: unknown = null
    thread.on('error', (error) => (thrown = error))
    thread.on('exit', (exitCode) => {
      this.#thread = null
      this.#slot = null
      // Whether its fdatasync failed is not known, and one that did must not be repeated (D-8).
      this.#end(`a sync thread ended unexpectedly: exitCode=${exitCode}, ${String(thrown)}`)
    })
    // The storage thread lives as long as its control port.
    thread.unref()
    return thread
  }
}
