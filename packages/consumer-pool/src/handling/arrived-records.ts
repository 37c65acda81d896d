import type { ConsumerRecord, ConsumerRecords } from '@ringlog/consumer'
import { countsOf, takerOf } from '@ringlog/consumer/internal'
import { FifoQueue, partitionKey } from '@ringlog/core/internal'
import type { PartitionWork } from './partition-work.ts'

/**
 * Records that have come, and wait for what is to become of them, in the order in which they came. The object of
 * a record is made when its turn comes: one that waits costs nothing.
 */
export class ArrivedRecords {
  readonly #polls = new FifoQueue<Poll>()
  #record: ConsumerRecord | null = null
  #work: PartitionWork | null = null
  /** What the last record came with. */
  #last: Poll | null = null

  /** @param works By partition: what the thread has now. Records of others go to their next owner. */
  add(records: ConsumerRecords, works: ReadonlyMap<string, PartitionWork>): void {
    const ofPoll = new Map<string, PartitionWork>()
    for (const { at, count } of countsOf(records)) {
      const key = partitionKey(at)
      const work = works.get(key)
      if (work === undefined) continue
      ofPoll.set(key, work)
      work.arrived += count
    }
    this.#polls.push({ take: takerOf(records), works: ofPoll })
  }

  /** The first; `null`: there are none. */
  get record(): ConsumerRecord | null {
    if (this.#record === null) this.#next()
    return this.#record
  }

  /** What the first is part of. */
  get work(): PartitionWork {
    return this.#work!
  }

  /** The first is taken. */
  take(): void {
    this.#record = null
    this.#work!.arrived--
  }

  /** Takes the next, where it came with the one that was taken last, and is of its partition; else `null`. */
  takeNext(): ConsumerRecord | null {
    const work = this.#work
    if (work === null || this.#record !== null || this.#last === null) return null
    const record = this.#last.take()
    if (record === null) {
      this.#polls.shift()
      this.#last = null
      return null
    }
    const { at } = work
    if (record.partition === at.partition && record.topic === at.topic) {
      work.arrived--
      return record
    }
    this.#hold(this.#last, record)
    return null
  }

  /** All are taken that came with the first, and are of its partition. */
  takeStretch(): ConsumerRecord[] {
    const work = this.#work
    const stretch: ConsumerRecord[] = []
    const poll = this.#polls.head
    while (this.#record !== null && this.#work === work && this.#polls.head === poll) {
      stretch.push(this.#record)
      this.take()
      this.#next()
    }
    return stretch
  }

  /** Puts those that came with the first, and are of its partition, aside until the promise resolves. */
  putAside(until: Promise<void>, onBack: () => void): void {
    const { work } = this
    const stretch = this.takeStretch()
    work.arrived += stretch.length
    const works = new Map([[partitionKey(work.at), work]])
    void until.then(() => {
      let next = 0
      this.#polls.push({ take: () => stretch[next++] ?? null, works })
      onBack()
    })
  }

  #next(): void {
    for (let poll = this.#polls.head; poll !== undefined; poll = this.#polls.head) {
      const record = poll.take()
      if (record === null) {
        this.#polls.shift()
        continue
      }
      this.#hold(poll, record)
      if (this.#record !== null) return
    }
    this.#last = null
  }

  /** The record is the first, if the thread has its partition. */
  #hold(poll: Poll, record: ConsumerRecord): void {
    const at = this.#work?.at
    if (at?.partition !== record.partition || at.topic !== record.topic || this.#last !== poll) {
      this.#work = poll.works.get(partitionKey(record)) ?? null
      this.#last = poll
    }
    if (this.#work !== null) this.#record = record
  }
}

/** What one poll has brought. */
interface Poll {
  /** The next; `null`: there are no more. */
  readonly take: () => ConsumerRecord | null
  /** By partition: what its records are part of. */
  readonly works: ReadonlyMap<string, PartitionWork>
}
