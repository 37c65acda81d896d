import { FifoQueue, sizeOfSingleRecordBatch, type Data } from '@ringlog/core/internal'
import type { BufferPool } from './buffer-pool.ts'
import type { Delivery } from './producer-batch.ts'
import type { ProducerClock } from './producer-clock.ts'
import type { TakenRecord } from './record-fields.ts'

/** A record on its way to a batch, and who awaits it. */
export interface PendingRecord extends TakenRecord {
  /** `null`: nobody awaits it. */
  readonly delivery: Delivery | null
}

/** A record that waits, with bytes of its own, for its topic's metadata or for memory. */
export interface HeldRecord extends PendingRecord {
  /** On the producer's clock. */
  readonly expiresAtMs: number
  /** What of it is counted against `bufferMemoryBytes`. */
  readonly reservedBytes: number
}

/** Records that wait, first come first, and who waits for them to leave. */
export class HeldRecords {
  readonly #clock: ProducerClock
  readonly #pool: BufferPool
  readonly #waiting: Array<{ count: number; resolve: () => void }> = []
  readonly #records = new FifoQueue<HeldRecord>()
  /** Records that ever left. */
  #left = 0
  #reservedBytes = 0

  constructor(clock: ProducerClock, pool: BufferPool) {
    this.#clock = clock
    this.#pool = pool
  }

  get length(): number {
    return this.#records.length
  }

  /** What they are counted with against `bufferMemoryBytes`. */
  get reservedBytes(): number {
    return this.#reservedBytes
  }

  get head(): HeldRecord | undefined {
    return this.#records.head
  }

  /**
   * Copies a record; `false` where there is no memory for it.
   *
   * @param isCounted Whether it takes memory of the producer. What `send` was given while there was
   *   none does not: it is kept for a caller that waits, as in Kafka a blocked caller keeps it.
   */
  push(record: PendingRecord, isCounted: boolean, maxBlockMs: number): boolean {
    const { key, value, headers } = record
    const reservedBytes = isCounted ? sizeOfSingleRecordBatch(key, value, headers) : 0
    if (!this.#pool.reserve(reservedBytes)) return false
    const expiresAtMs = this.#clock.nowMs() + maxBlockMs
    this.#records.push({ ...copyRecord(record), expiresAtMs, reservedBytes })
    this.#reservedBytes += reservedBytes
    return true
  }

  /** Gives the head's memory to the batch that it goes to. */
  unreserveHead(): void {
    this.#pool.unreserve(this.head!.reservedBytes)
  }

  /** Takes it back: the head stays. */
  reserveHead(): void {
    this.#pool.reserve(this.head!.reservedBytes)
  }

  shift(): HeldRecord | undefined {
    const record = this.#records.shift()
    if (record === undefined) return undefined
    this.#left++
    this.#reservedBytes -= record.reservedBytes
    while (this.#waiting[0] !== undefined && this.#waiting[0].count <= this.#left) {
      this.#waiting.shift()!.resolve()
    }
    return record
  }

  /** Resolves when every record that is held now has left. */
  whenLeft(): Promise<void> {
    if (this.length === 0) return Promise.resolve()
    const count = this.#left + this.length
    return new Promise((resolve) => this.#waiting.push({ count, resolve }))
  }
}

/** The same record with bytes of its own: its user may go on with the memory. */
function copyRecord(record: PendingRecord): PendingRecord {
  return {
    ...record,
    key: copyData(record.key),
    value: copyData(record.value),
    headers: record.headers.map(([name, value]) => [name, copyData(value)] as const),
  }
}

function copyData(data: Data | null): Data | null {
  return data === null || typeof data === 'string' ? data : Uint8Array.prototype.slice.call(data)
}
