import type { ConsumerRecord } from '@ringlog/consumer'
import { FifoQueue } from '@ringlog/core/internal'
import type { KeyedQueue } from './keyed-queues.ts'
import type { OpenQueue, PartitionWork } from './partition-work.ts'

/**
 * Records that are handled one after the other: of a partition, or of a key of it. The first is in its
 * handler, or waits for its next attempt; the others wait behind it.
 *
 * A record whose handler returns at once needs no queue of its own: it only passes through one. So queues
 * are used again and again.
 */
export class HandlerQueue implements OpenQueue {
  /** Under which its work finds it; `null`: it does not. */
  hash: number | null = null
  nextOfHash: KeyedQueue | null = null
  /** Whether its first record is not finished at one stretch: its work counts it. */
  isOpen = false
  /** Whether its records are among the offsets that are under way. */
  isTracked = false
  /** Which attempt is next, or under way; 0: it is not known yet how often other threads have tried. */
  attempt = 1
  /** The first may have crashed a thread: it runs while no other does. */
  isSuspect = false
  /** The same attempt has failed for want of memory before: this time it counts. */
  wasHeldUp = false
  /** See `HandlerTracing.takeSlot`. */
  slot = 0
  /** Called with what a promise of the handler comes to. */
  readonly onValue: (value: unknown) => void
  readonly onError: (error: unknown) => void
  #work: PartitionWork | null = null
  #record: ConsumerRecord | null = null
  /** Of a batch: its records that are not done, the first among them. */
  #batch: readonly ConsumerRecord[] = []
  #behind: FifoQueue<ConsumerRecord> | null = null

  constructor(events: HandlerQueueEvents) {
    this.onValue = (value) => events.onValue(this, value)
    this.onError = (error) => events.onError(this, error)
  }

  get work(): PartitionWork {
    return this.#work!
  }

  /** The first. */
  get record(): ConsumerRecord {
    return this.#record!
  }

  get batch(): readonly ConsumerRecord[] {
    return this.#batch
  }

  /** Is used for records of this partition now. */
  enter(work: PartitionWork, slot: number): void {
    this.#work = work
    this.slot = slot
  }

  /** Takes the record, the only one, as the first. */
  hold(record: ConsumerRecord): void {
    this.#record = record
    this.attempt = this.work.tried === null ? 1 : 0
    this.isSuspect = false
    this.wasHeldUp = false
  }

  /** A record waits behind the first. */
  push(record: ConsumerRecord): void {
    this.#behind ??= new FifoQueue()
    this.#behind.push(record)
  }

  /** The first is finished; `false`: none is behind it. */
  next(): boolean {
    const record = this.#behind?.shift()
    if (record === undefined) return false
    this.hold(record)
    return true
  }

  /** So many of the batch are done; `false`: nothing is behind them. */
  nextOfBatch(done: number): boolean {
    if (done === 0) return true
    this.#batch = this.#batch.slice(done)
    if (this.#batch.length === 0) this.#batch = this.#behind?.shiftAll() ?? []
    const first = this.#batch[0]
    if (first === undefined) return false
    this.hold(first)
    return true
  }

  /** Takes these records as the batch. */
  holdBatch(batch: readonly ConsumerRecord[]): void {
    this.#batch = batch
    this.hold(batch[0]!)
  }

  /** Is used for nothing now: a record would keep the memory of its whole batch alive. */
  leave(): void {
    this.#work = null
    this.#record = null
    this.#batch = []
    this.#behind = null
    this.close()
  }

  /** Its last record is finished, and its work does not count it any more. */
  close(): void {
    this.isOpen = false
    this.isTracked = false
  }
}

export interface HandlerQueueEvents {
  onValue(queue: HandlerQueue, value: unknown): void
  onError(queue: HandlerQueue, error: unknown): void
}
