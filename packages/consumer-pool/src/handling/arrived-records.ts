import type { ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import { stretchesOf, type RecordStretch } from '@ringlog/consumer/internal'
import { FifoQueue, partitionKey } from '@ringlog/core/internal'
import type { PartitionWork } from './partition-work.ts'

/**
 * Records that have come, and wait for what is to become of them, in the order in which they came. The object of
 * a record is made when its turn comes: one that waits costs nothing.
 */
export class ArrivedRecords {
  readonly #stretches = new FifoQueue<ArrivedStretch>()
  #record: ConsumerRecord | null = null
  /** What the last record was taken of, which may have more; `null`: it has not. */
  #last: ArrivedStretch | null = null

  /** @param works By partition: what the thread has now. Records of others go to their next owner. */
  add(records: ConsumerRecords, works: ReadonlyMap<string, PartitionWork>): void {
    for (const stretch of stretchesOf(records)) {
      const work = works.get(partitionKey(stretch.at))
      if (work === undefined) continue
      work.arrived += stretch.count
      this.#stretches.push({ work, stretch })
    }
  }

  /** The first; `null`: there are none. */
  get record(): ConsumerRecord | null {
    if (this.#record === null) this.#next()
    return this.#record
  }

  /** What the first is part of. */
  get work(): PartitionWork {
    return this.#last!.work
  }

  /** The first is taken. */
  take(): void {
    this.#record = null
    this.#last!.work.arrived--
  }

  /** Takes the next, where it came with the one that was taken last, and is of its partition; else `null`. */
  takeNext(): ConsumerRecord | null {
    const last = this.#last
    if (last === null) return null
    const record = last.stretch.take()
    if (record === null) this.#drop()
    else last.work.arrived--
    return record
  }

  /** All are taken that came with the first, and are of its partition. */
  takeStretch(): ConsumerRecord[] {
    let { record } = this
    const records: ConsumerRecord[] = []
    if (record !== null) this.take()
    for (; record !== null; record = this.takeNext()) records.push(record)
    return records
  }

  /** Puts those that came with the first, and are of its partition, aside until the promise resolves. */
  putAside(until: Promise<void>, onBack: () => void): void {
    const { work } = this
    const records = this.takeStretch()
    work.arrived += records.length
    void until.then(() => {
      let next = 0
      this.#stretches.push({ work, stretch: { take: () => records[next++] ?? null } })
      onBack()
    })
  }

  #next(): void {
    for (let last = this.#stretches.head; last !== undefined; last = this.#stretches.head) {
      this.#record = last.stretch.take()
      this.#last = last
      if (this.#record !== null) return
      this.#drop()
    }
  }

  #drop(): void {
    this.#stretches.shift()
    this.#last = null
  }
}

/** What one poll has brought of one partition. */
interface ArrivedStretch {
  readonly work: PartitionWork
  readonly stretch: Pick<RecordStretch<Buffer | null, Buffer | null>, 'take'>
}
