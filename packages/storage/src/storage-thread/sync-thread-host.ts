import { RinglogError, threadProgram } from '@ringlog/core/internal/storage'
import { Worker } from 'node:worker_threads'
import type { SyncThread } from './sync-queue.ts'

/**
 * Starts and owns a sync thread, from when it is needed first. It ends with the storage thread, before that one's
 * files are closed (INV-116): so none is synced in place of another that had its descriptor before.
 *
 * Thread: the storage thread's.
 */
export class SyncThreadHost implements SyncThread {
  readonly #url: string
  #thread: Worker | null = null
  /** Ends the call that is made; `fault`: `null`, or what went wrong. */
  #settle: (fault: string | null) => void = () => undefined

  /** @param url The file that the thread begins with. */
  constructor(url: string) {
    this.#url = url
  }

  sync(descriptors: readonly number[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (fault) => {
        if (fault === null) resolve()
        else reject(new RinglogError('KAFKA_STORAGE_ERROR', fault))
      }
      this.#thread ??= this.#start()
      this.#thread.postMessage(descriptors)
    })
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#thread?.terminate()
  }

  #start(): Worker {
    const thread = new Worker(threadProgram(this.#url), { eval: true, name: 'sync' })
    let thrown: unknown = null
    thread.on('message', (fault: string | null) => this.#settle(fault))
    thread.on('error', (error) => (thrown = error))
    thread.on('exit', (exitCode) => {
      this.#thread = null
      // Whether its fdatasync failed is not known, and one that did must not be repeated (D-8).
      this.#settle(`a sync thread ended unexpectedly: exitCode=${exitCode}, ${String(thrown)}`)
    })
    // The storage thread lives as long as its control port.
    thread.unref()
    return thread
  }
}
