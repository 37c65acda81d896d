import {
  RinglogError,
  RpcClient,
  clearTimer,
  setTimer,
  threadProgram,
} from '@ringlog/core/internal'
import { MessageChannel, Worker } from 'node:worker_threads'
import type {
  StorageEvent,
  StorageEventMessage,
  StorageService,
  StorageStart,
} from './storage-thread/storage-service.ts'

/** A thread that has answered its last call is ended by force after so long: something else keeps it. */
const EXIT_GRACE_MS = 1_000

/**
 * A storage thread, from its start to its end.
 *
 * Thread: the one that has started it.
 */
export class StorageThreadRun {
  /** Resolves when the thread has ended, for whatever reason. */
  readonly ended: Promise<void>
  readonly #thread: Worker
  readonly #calls: RpcClient<StorageService>
  #thrown: unknown = null
  #isClosing = false
  #isTerminated = false
  #exitCode: number | null = null

  constructor(options: StorageThreadRunOptions) {
    const { url, start, onDeath, onEvent } = options
    const { port1, port2 } = new MessageChannel()
    this.#thread = new Worker(threadProgram(url), {
      eval: true,
      workerData: { ...start, controlPort: port2 } satisfies StorageStart,
      transferList: [port2],
      name: 'storage',
    })
    this.#calls = new RpcClient<StorageService>(port1, {
      name: 'the storage thread',
      lostError: () => this.#crashed(),
      // It reads files to their end when it opens a partition: the thread's own end is what ends a call.
      callTimeoutMs: Infinity,
    })
    // Answers to calls are Comlink's: it passes over everything else.
    port1.on('message', ({ storageEvent }: Partial<StorageEventMessage>) => {
      if (storageEvent !== undefined) onEvent(storageEvent)
    })
    this.#thread.on('error', (error) => (this.#thrown = error))
    this.ended = new Promise((resolve) => {
      this.#thread.on('exit', (exitCode) => {
        this.#exitCode = exitCode
        this.#calls.close()
        const isWanted = this.#isTerminated || (this.#isClosing && exitCode === 0)
        if (!isWanted) onDeath(this.#crashed())
        resolve()
      })
    })
  }

  /**
   * Calls the thread.
   *
   * @throws What the call throws; RinglogError WORKER_CRASHED once the thread has ended.
   */
  async call<Answer>(make: (calls: RpcClient<StorageService>) => Promise<Answer>): Promise<Answer> {
    try {
      return await make(this.#calls)
    } catch (error) {
      if (this.#calls.isLost) await this.ended
      throw error
    }
  }

  /**
   * Lets the thread close all that it has open, and end.
   *
   * @throws As `call`; whatever it is, the thread has ended.
   */
  async close(): Promise<void> {
    this.#isClosing = true
    try {
      await this.call((calls) => calls.call('close', []))
    } catch (error) {
      if (this.#exitCode !== 0) throw error // else it has ended before its answer was read
    } finally {
      const terminate = (): void => void this.terminate()
      const timer = setTimer(terminate, EXIT_GRACE_MS)
      await this.ended
      clearTimer(timer)
    }
  }

  /** Ends the thread at once. */
  async terminate(): Promise<void> {
    this.#isTerminated = true
    await this.#thread.terminate()
    await this.ended
  }

  #crashed(): RinglogError {
    return new RinglogError('WORKER_CRASHED', 'the storage thread ended unexpectedly', {
      cause: this.#thrown,
    })
  }
}

export interface StorageThreadRunOptions {
  /** The file that the thread begins with. */
  readonly url: string
  readonly start: Omit<StorageStart, 'controlPort'>
  /** It has ended by itself. Called before `ended` resolves. */
  readonly onDeath: (error: RinglogError) => void
  readonly onEvent: (event: StorageEvent) => void
}
