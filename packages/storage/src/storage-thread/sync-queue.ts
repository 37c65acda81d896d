import { FifoQueue } from '@ringlog/core/internal/storage'

/**
 * Hands out what is to be synced to the sync threads, first come first served, to whichever is free.
 *
 * A request says all by itself (D-4): which descriptors, in which order. What the sync is worth, the offset up to
 * which everything was written by then, is what its maker knew when it made the request. So it makes its next one
 * only when the one before has ended, and keeps the descriptors open until then.
 *
 * Thread: the storage thread's.
 */
export class SyncQueue {
  readonly #threads: readonly SyncThread[]
  readonly #free: SyncThread[]
  readonly #waiting = new FifoQueue<SyncRequest>()

  /** @param threads At least one. */
  constructor(threads: readonly SyncThread[]) {
    this.#threads = threads
    this.#free = [...threads]
  }

  /**
   * Syncs files.
   *
   * @param descriptors In their order: none is synced before those that precede it.
   * @param onEnd Called by a later `look`, or turn of the event loop. With `null` once all that was written to the files
   *   would survive the loss of power; or with what a sync threw: what the files have on disk is then not known, and
   *   cannot be found out (D-8).
   */
  sync(descriptors: readonly number[], onEnd: SyncEnd): void {
    this.#waiting.push({ descriptors, onEnd })
    this.#handOut()
  }

  /** Whether `look` would find a sync that has ended. */
  get hasAnswer(): boolean {
    return this.#threads.some((thread) => thread.hasAnswer)
  }

  /** Ends what the sync threads have answered. */
  look(): void {
    for (const thread of this.#threads) thread.look()
  }

  #handOut(): void {
    while (this.#free.length > 0) {
      const request = this.#waiting.shift()
      if (request === undefined) return
      const thread = this.#free.pop()!
      thread.sync(request.descriptors, (error) => {
        this.#free.push(thread)
        request.onEnd(error)
        this.#handOut()
      })
    }
  }
}

/** How a sync has ended: `null`, or what went wrong. */
export type SyncEnd = (error: Error | null) => void

/** A sync thread, as the storage thread sees it. */
export interface SyncThread {
  /** Not called again before it has ended. */
  sync(descriptors: readonly number[], onEnd: SyncEnd): void
  /** Whether `look` would find that the sync has ended. */
  readonly hasAnswer: boolean
  look(): void
}

interface SyncRequest {
  readonly descriptors: readonly number[]
  readonly onEnd: SyncEnd
}
