import type { ConsumerRecord } from '@ringlog/consumer'

/** So many places that records were taken out of may lie unused before they are cut off. */
const CUT_AT = 256

/**
 * Records that wait to be handled, first come first. It keeps none that was taken out: under a steady
 * load it is never empty, and a record keeps the whole batch that it came in.
 */
export class RecordQueue {
  #records: Array<ConsumerRecord | undefined> = []
  #head = 0

  get length(): number {
    return this.#records.length - this.#head
  }

  push(record: ConsumerRecord): void {
    this.#records.push(record)
  }

  /** Takes out the first; `undefined`: there is none. */
  shift(): ConsumerRecord | undefined {
    const record = this.#records[this.#head]
    if (record === undefined) return undefined
    this.#records[this.#head++] = undefined
    if (this.#head === this.#records.length) this.#cut()
    else if (this.#head >= CUT_AT && this.#head * 2 >= this.#records.length) this.#cut()
    return record
  }

  /** Takes out all. */
  shiftAll(): ConsumerRecord[] {
    const all = this.#records.slice(this.#head) as ConsumerRecord[]
    this.#records = []
    this.#head = 0
    return all
  }

  #cut(): void {
    this.#records = this.#records.slice(this.#head)
    this.#head = 0
  }
}
