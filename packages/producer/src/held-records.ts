import type { Data, HeaderList } from '@ringlog/core/internal'
import type { Delivery } from './producer-batch.ts'

/** A record on its way to a batch: its fields, and who awaits it. */
export interface PendingRecord {
  readonly key: Data | null
  readonly value: Data | null
  /** `null`: the partitioner chooses. */
  readonly partition: number | null
  readonly timestampMs: number
  readonly headers: HeaderList
  /** `null`: nobody awaits it. */
  readonly delivery: Delivery | null
}

/** A record that waits, with bytes of its own, for its topic's metadata or for memory. */
export interface HeldRecord extends PendingRecord {
  /** On the clock of `monotonicMs`. */
  readonly expiresAtMs: number
  /** What of it is counted against `bufferMemoryBytes`. */
  readonly reservedBytes: number
}

/** A first-in, first-out queue whose `shift` does not move what remains. */
export class HeldRecords {
  #records: HeldRecord[] = []
  #first = 0
  /** Records that ever left. */
  #left = 0
  readonly #waiting: Array<{ count: number; resolve: () => void }> = []

  get length(): number {
    return this.#records.length - this.#first
  }

  get head(): HeldRecord | undefined {
    return this.#records[this.#first]
  }

  push(record: HeldRecord): void {
    this.#records.push(record)
  }

  shift(): HeldRecord | undefined {
    const record = this.#records[this.#first]
    if (record === undefined) return undefined
    this.#first++
    this.#left++
    if (this.#first * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#first)
      this.#first = 0
    }
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
export function copyRecord(record: PendingRecord): PendingRecord {
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
