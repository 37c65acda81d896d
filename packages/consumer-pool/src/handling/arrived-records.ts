import type { ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import { FifoQueue, partitionKey } from '@ringlog/core/internal'
import type { PartitionWork } from './partition-work.ts'

/** Records that have come, and wait for what is to become of them, in the order in which they came. */
export class ArrivedRecords {
  readonly #stretches = new FifoQueue<Stretch>()

  /** The first; `null`: there are none. */
  get head(): Stretch | null {
    return this.#stretches.head ?? null
  }

  /** @param works By partition: what the thread has now. Records of others go to their next owner. */
  add(records: ConsumerRecords, works: ReadonlyMap<string, PartitionWork>): void {
    let stretch: Stretch | null = null
    let topic = ''
    let partition = -1
    for (const record of records) {
      if (record.partition !== partition || record.topic !== topic) {
        ;({ topic, partition } = record)
        const work = works.get(partitionKey(record))
        stretch = work === undefined ? null : { work, records: [], next: 0 }
        if (stretch !== null) this.#stretches.push(stretch)
      }
      if (stretch === null) continue
      stretch.records.push(record)
      stretch.work.arrived++
    }
  }

  /** So many of the first stretch are taken. */
  take(first: Stretch, count: number): void {
    first.work.arrived -= count
    first.next += count
    if (first.next === first.records.length) this.#stretches.shift()
  }

  /** Drops the first stretch. */
  shift(): void {
    this.#stretches.shift()
  }

  /** Puts the first stretch aside until the promise resolves. */
  putAside(until: Promise<void>, onBack: () => void): void {
    const stretch = this.#stretches.shift()!
    void until.then(() => {
      this.#stretches.push(stretch)
      onBack()
    })
  }

  drop(isOver: (work: PartitionWork) => boolean): void {
    for (const stretch of this.#stretches.shiftAll()) {
      if (!isOver(stretch.work)) this.#stretches.push(stretch)
    }
  }
}

/** Records of one partition, in their order. */
export interface Stretch {
  readonly work: PartitionWork
  readonly records: ConsumerRecord[]
  /** The index of the first that was not taken. */
  next: number
}
