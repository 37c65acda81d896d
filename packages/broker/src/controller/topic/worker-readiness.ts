import type { RinglogError } from '@ringlog/core/internal'
import type { PartitionHost } from '@ringlog/partition-worker'

/** The wait for a partition's next worker: it ends with the worker, or with why there will be none. */
export class WorkerReadiness {
  readonly #host = Promise.withResolvers<PartitionHost>()
  #error: RinglogError | null = null

  constructor() {
    // Nobody may be waiting.
    this.#host.promise.catch(() => undefined)
  }

  /** Resolves with the worker, once it is ready. */
  get host(): Promise<PartitionHost> {
    return this.#host.promise
  }

  /** Why there will be none; `null`: there is one, or one is to come. */
  get error(): RinglogError | null {
    return this.#error
  }

  ready(host: PartitionHost): void {
    this.#host.resolve(host)
  }

  /** There will be none; or the one that there is serves no more calls. */
  fail(error: RinglogError): void {
    this.#error = error
    this.#host.reject(error)
  }
}
