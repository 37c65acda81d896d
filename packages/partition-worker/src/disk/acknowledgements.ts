import {
  FifoQueue,
  RinglogError,
  type PartitionStorage,
} from '@ringlog/core/internal/partition-thread'

/**
 * Who waits until records are on disk, as far as their topic asks for that: the appends of producers with
 * `acks: "all"` that came by RPC. (Those that came by lane wait in `LaneAcknowledgements`.)
 *
 * Source: Kafka's purgatory of delayed produce requests.
 *
 * Thread: the partition worker.
 */
export class Acknowledgements {
  readonly #storage: PartitionStorage
  readonly #waiting = new FifoQueue<Waiting>()
  #failed: RinglogError | null = null

  constructor(storage: PartitionStorage) {
    this.#storage = storage
  }

  /**
   * Resolves once the high watermark has reached `endOffset`, at which the log has ended before.
   *
   * @throws RinglogError With `isMaybeAppended`: KAFKA_STORAGE_ERROR, and what the log was closed with.
   */
  wait(endOffset: number): Promise<void> {
    if (this.#storage.highWatermark >= endOffset) return Promise.resolve()
    if (this.#failed !== null) return Promise.reject(this.#failed)
    return new Promise((resolve, reject) => this.#waiting.push({ endOffset, resolve, reject }))
  }

  settle(highWatermark: number): void {
    for (let { head } = this.#waiting; head !== undefined; { head } = this.#waiting) {
      if (head.endOffset > highWatermark) return
      this.#waiting.shift()
      head.resolve()
    }
  }

  /** Nothing is acknowledged any more. */
  fail(error: RinglogError): void {
    const details = { ...error.details, isMaybeAppended: true }
    this.#failed = new RinglogError(error.code, error.message, { cause: error, details })
    for (const { reject } of this.#waiting.shiftAll()) reject(this.#failed)
  }
}

interface Waiting {
  readonly endOffset: number
  readonly resolve: () => void
  readonly reject: (error: RinglogError) => void
}
