import { RinglogError, decodeError, type WireError } from '@ringlog/core/internal'
import { fileURLToPath } from 'node:url'
import type { Piscina } from 'piscina'
import { AttemptLedger } from '../wire/attempt-ledger.ts'
import type { ThreadMetrics } from '../wire/thread-metrics.ts'
import { threadFlags } from './thread-flags.ts'
import { ThreadLink, type ThreadLinkEvents } from './thread-link.ts'
import { ThreadCrashes } from './thread-crashes.ts'
import type { ThreadStart } from '../wire/thread-message.ts'

/**
 * Loads Piscina; only where there is a pool, so that a program without one can be bundled without it.
 *
 * @throws RinglogError INVALID_STATE where it is not found.
 */
export async function loadPiscina(): Promise<typeof Piscina> {
  try {
    return (await import('piscina')).Piscina
  } catch (cause) {
    throw new RinglogError(
      'INVALID_STATE',
      'a consumer pool needs the package piscina, which cannot be loaded from here. Where this program was ' +
        'bundled, leave piscina out of the bundle and install it beside: it starts threads with a file of ' +
        'its own; see docs/bundling.md of Ringlog',
      { cause },
    )
  }
}

/**
 * The threads of a pool: Piscina's, each with one task, the loop of `PoolThread`, that ends when the pool
 * stops it. A thread that crashes rejects its task; Piscina starts another thread, which gets the task.
 *
 * Thread: the pool's.
 */
export class PoolThreads {
  readonly #piscina: Piscina
  readonly #start: PoolStart
  readonly #events: PoolThreadsEvents
  readonly #links: ThreadLink[] = []
  readonly #ledger: AttemptLedger
  readonly #crashes: ThreadCrashes
  #isStopping = false
  #abortReason: { readonly reason: unknown } | null = null
  /** Resolves when the loops of all threads have ended. */
  readonly ended: Promise<void>
  /** Resolves when every thread is ready, or one has ended before. */
  readonly started: Promise<void>
  restarts = 0

  /** @param workerUrl The file that Piscina loads in each thread. */
  constructor(
    PiscinaPool: typeof Piscina,
    workerUrl: string,
    start: PoolStart,
    threads: number,
    events: PoolThreadsEvents,
  ) {
    this.#start = start
    this.#events = events
    this.#ledger = AttemptLedger.create(threads)
    this.#crashes = new ThreadCrashes(this.#ledger)
    this.#piscina = new PiscinaPool({
      ...threadFlags(),
      filename: fileURLToPath(workerUrl),
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: 1,
      idleTimeout: Infinity,
      atomics: 'disabled',
      recordTiming: false,
    })
    // The task of a thread rejects when the thread ends; a thread without one needs no handling.
    this.#piscina.on('error', () => undefined)
    const started: Array<Promise<void>> = []
    const ended: Array<Promise<void>> = []
    for (let i = 0; i < threads; i++) {
      const isReady = Promise.withResolvers<void>()
      started.push(isReady.promise)
      ended.push(this.#keepRunning(i, isReady.resolve).finally(isReady.resolve))
    }
    this.started = Promise.all(started).then(() => undefined)
    this.ended = Promise.all(ended).then(() => undefined)
  }

  /** Lets the loops finish what runs, and end. */
  stop(): void {
    this.#isStopping = true
    for (const link of this.#links) link.stop()
  }

  /** Aborts the signals of running handlers. */
  abort(reason: unknown): void {
    this.#abortReason = { reason }
    for (const link of this.#links) link.abort(reason)
  }

  async metrics(): Promise<ThreadMetrics[]> {
    const all = await Promise.all(this.#links.map((link) => link.metrics()))
    return all.filter((metrics) => metrics !== null)
  }

  /** Ends the threads: whatever still runs in them is broken off. */
  async terminate(): Promise<void> {
    this.#isStopping = true
    await this.#piscina.destroy()
    await this.ended
  }

  async #keepRunning(threadIndex: number, onReady: () => void): Promise<void> {
    for (let isReady = false; ;) {
      const link = new ThreadLink({
        ...this.#events,
        onAssigned: (partitions) => this.#crashes.assigned(threadIndex, partitions),
      })
      this.#links[threadIndex] = link
      link.ready
        .then(() => {
          isReady = true
          onReady()
        })
        .catch(() => undefined)
      if (this.#isStopping) link.stop()
      if (this.#abortReason !== null) link.abort(this.#abortReason.reason)
      const end = await this.#runLoop(threadIndex, link)
      await link.closed
      if (end === null || this.#isStopping) return
      const { error, isFatal, report } = this.#crashes.add(threadIndex, end.cause, isReady)
      if (isFatal) {
        this.#events.onFailure(error)
        return
      }
      for (const other of this.#links) if (other !== link) other.tellCrash(report)
      this.restarts++
      this.#events.onCrash(error)
    }
  }

  /** Returns why the thread crashed; `null`: the loop has ended by itself. */
  async #runLoop(
    threadIndex: number,
    link: ThreadLink,
  ): Promise<{ readonly cause: unknown } | null> {
    const { port } = link
    const { memory: ledger } = this.#ledger
    const crashes = this.#crashes.reports
    const start: ThreadStart = { ...this.#start, threadIndex, port, ledger, crashes }
    let failure: WireError | null
    try {
      // Piscina derives the list's type from an overload that newer types of Node.js have moved.
      const transferList = [port] as never
      failure = (await this.#piscina.run(start, { transferList })) as WireError | null
    } catch (cause) {
      port.close() // still here where no thread took the task
      return { cause }
    }
    if (failure !== null) this.#events.onFailure(decodeError(failure))
    return null
  }
}

/** What all threads of a pool start with. */
export type PoolStart = Omit<ThreadStart, 'port' | 'threadIndex' | 'ledger' | 'crashes'>

export interface PoolThreadsEvents extends Omit<ThreadLinkEvents, 'onAssigned'> {
  /** A thread has crashed, and another is started in its place. */
  onCrash(error: RinglogError): void
}
