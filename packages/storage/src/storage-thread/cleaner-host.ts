import { threadProgram } from '@ringlog/core/internal/storage'
import { Worker } from 'node:worker_threads'
import type { CleanerAnswer, CleanerStart, CleaningFault } from '../cleaner/cleaner-messages.ts'
import type { CleanedSegment, CleaningJob, CleaningResult } from '../cleaner/cleaning-job.ts'

/** How a round has ended: as it should, or before its end. */
export type CleaningEnd = { readonly result: CleaningResult } | { readonly fault: CleaningFault }

/** Who makes a round of compaction, as the storage thread sees it. */
export interface Cleaner {
  /**
   * Begins a round; not called again before it has ended.
   *
   * @param onCleaned A segment is made. Called in order, and no more once the round has ended.
   */
  clean(job: CleaningJob, onCleaned: (segment: CleanedSegment) => void): Promise<CleaningEnd>
  /** Lets the round that is under way, if any, end as soon as it can. */
  abandon(): void
}

/**
 * Starts and owns the cleaner, from when it is needed first. It ends with the storage thread.
 *
 * Thread: the storage thread's.
 */
export class CleanerHost implements Cleaner {
  readonly #url: string
  readonly #abandoned = new Int32Array(new SharedArrayBuffer(4))
  #thread: Worker | null = null
  #onAnswer: (answer: CleanerAnswer) => void = () => undefined

  /** @param url The file that the thread begins with. */
  constructor(url: string) {
    this.#url = url
  }

  /** Whether there is a thread. */
  get isRunning(): boolean {
    return this.#thread !== null
  }

  clean(job: CleaningJob, onCleaned: (segment: CleanedSegment) => void): Promise<CleaningEnd> {
    return new Promise((resolve) => {
      this.#onAnswer = (answer) => {
        if (answer.type === 'cleaned') onCleaned(answer.segment)
        else resolve(answer)
      }
      // INV-151: before the round begins that it is about.
      Atomics.store(this.#abandoned, 0, 0) // INV-151
      this.#thread ??= this.#start()
      this.#thread.postMessage(job)
    })
  }

  abandon(): void {
    Atomics.store(this.#abandoned, 0, 1) // INV-151
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#thread?.terminate()
  }

  #start(): Worker {
    const start: CleanerStart = { abandoned: this.#abandoned.buffer }
    const thread = new Worker(threadProgram(this.#url), {
      eval: true,
      workerData: start,
      name: 'cleaner',
    })
    let thrown: unknown = null
    thread.on('message', (answer: CleanerAnswer) => this.#onAnswer(answer))
    thread.on('error', (error) => (thrown = error))
    thread.on('exit', (exitCode) => {
      this.#thread = null
      const message = `the cleaner ended unexpectedly: exitCode=${exitCode}, ${String(thrown)}`
      this.#onAnswer({ type: 'failed', fault: { message, systemCode: null } })
    })
    // The storage thread lives as long as its control port.
    thread.unref()
    return thread
  }
}
