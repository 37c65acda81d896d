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
  readonly #free: SyncThread[]
  readonly #waiting = new FifoQueue<SyncRequest>()

  /** @param threads At least one. */
  constructor(threads: readonly SyncThread[]) {
    this.#free = [...threads]
  }

  /**
   * Resolves once all that was written to the files would survive the loss of power.
   *
   * @param descriptors In their order: none is synced before those that precede it.
   * @throws What a sync threw: what the files have on disk is then not known, and cannot be found out (D-8).
   */
  sync(descriptors: readonly number[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ descriptors, resolve, reject })
      this.#handOut()
    })
  }

  #handOut(): void {
    while (this.#free.length > 0) {
      const request = this.#waiting.shift()
      if (request === undefined) return
      const thread = this.#free.pop()!
      const end = (): void => {
        this.#free.push(thread)
        this.#handOut()
      }
      thread.sync(request.descriptors).then(request.resolve, request.reject).finally(end)
    }
  }
}

/** A sync thread, as the storage thread sees it. */
export interface SyncThread {
  /** Not called again before it has ended. */
  sync(descriptors: readonly number[]): Promise<void>
}

interface SyncRequest {
  readonly descriptors: readonly number[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}
