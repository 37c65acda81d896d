import { FifoQueue, copyFields, sizeOfSingleRecordBatch, type Clock } from '@ringlog/core/internal'
import type { BufferPool } from './buffer-pool.ts'
import type { Delivery } from './record-promises.ts'
import type { TakenRecord } from './record-fields.ts'

/** A record on its way to a batch, and its promise. */
export interface PendingRecord extends TakenRecord {
  /** `null`: its user has no promise of it. */
  readonly delivery: Delivery | null
}

/** A record that waits, with bytes of its own, for its topic's metadata, its partition or memory. */
export interface HeldRecord extends PendingRecord {
  /** Tells the order in which records were held. */
  readonly ticket: number
  /** Since when it waits, on the producer's clock. */
  readonly sinceMs: number
  readonly expiresAtMs: number
  /** What of it is counted against `bufferMemoryBytes`. */
  readonly reservedBytes: number
  /** Neither in a batch nor failed yet. */
  isHeld: boolean
}

/**
 * Records that wait, first come first. Those that name a partition which is not there yet wait apart,
 * so that they hold up nothing else.
 */
export class HeldRecords {
  readonly #clock: Clock
  readonly #pool: BufferPool
  readonly #records = new FifoQueue<HeldRecord>()
  /** Those whose partition is not there, in the order of their tickets. */
  #absent: HeldRecord[] = []
  #lastTicket = 0
  #reservedBytes = 0
  #isAdmitting = false

  constructor(clock: Clock, pool: BufferPool) {
    this.#clock = clock
    this.#pool = pool
  }

  /** How many wait for metadata or memory. */
  get length(): number {
    return this.#records.length
  }

  /** Whether none waits at all. */
  get isEmpty(): boolean {
    return this.#records.length === 0 && this.#absent.length === 0
  }

  /** Whether they may go into batches, and have not been taken in yet: what comes now is held behind them. */
  get isAdmitting(): boolean {
    return this.#isAdmitting && this.length > 0
  }

  /** They have been taken in, as far as there is memory. */
  endAdmitting(): void {
    this.#isAdmitting = false
  }

  /** What they are counted with against `bufferMemoryBytes`. */
  get reservedBytes(): number {
    return this.#reservedBytes
  }

  /** The first that waits for metadata or memory. */
  get head(): HeldRecord | undefined {
    return this.#records.head
  }

  /** The first whose partition is not there. */
  get absentHead(): HeldRecord | undefined {
    return this.#absent[0]
  }

  /** The first of all. */
  get oldest(): HeldRecord | undefined {
    const { head, absentHead } = this
    if (head === undefined || absentHead === undefined) return head ?? absentHead
    return head.ticket < absentHead.ticket ? head : absentHead
  }

  /** Of the record that was held last, whether it still is or not. */
  get lastTicket(): number {
    return this.#lastTicket
  }

  /**
   * Copies a record; `false` where there is no memory for it.
   *
   * @param isCounted Whether it takes memory of the producer. What `send` was given while there was
   *   none does not: it is kept for a caller that waits, as in Kafka a blocked caller keeps it.
   * @param isAbsent The partition that it names is not there.
   */
  push(record: PendingRecord, isCounted: boolean, isAbsent: boolean, maxBlockMs: number): boolean {
    const { key, value, headers } = record
    const reservedBytes = isCounted ? sizeOfSingleRecordBatch(key, value, headers) : 0
    if (!this.#pool.reserve(reservedBytes)) return false
    const sinceMs = this.#clock.nowMs()
    const times = { sinceMs, expiresAtMs: sinceMs + maxBlockMs }
    const ticket = ++this.#lastTicket
    const held = { ...copyRecord(record), ...times, ticket, reservedBytes, isHeld: true }
    if (isAbsent) this.#absent.push(held)
    else this.#records.push(held)
    this.#reservedBytes += reservedBytes
    return true
  }

  /**
   * Takes the head out if `take` accepts it, which may use the memory that it was counted with; else
   * it stays.
   */
  giveHead(take: (head: HeldRecord) => boolean): boolean {
    const head = this.head!
    this.#pool.unreserve(head.reservedBytes)
    let isTaken = false
    try {
      isTaken = take(head)
    } finally {
      if (!isTaken) this.#pool.reserve(head.reservedBytes)
    }
    if (isTaken) this.#takeOut(head)
    return isTaken
  }

  /** Takes out one that waits no longer: it has failed. */
  remove(held: HeldRecord): void {
    this.#pool.unreserve(held.reservedBytes)
    this.#takeOut(held)
  }

  /** The partition that the head names is not there: it no longer holds up those behind it. */
  setHeadApart(): void {
    const head = this.#records.shift()!
    const index = this.#absent.findIndex(({ ticket }) => ticket > head.ticket)
    this.#absent.splice(index < 0 ? this.#absent.length : index, 0, head)
  }

  /** There are so many partitions now: what waited for them is in line again, in its old place. */
  admit(partitionCount: number): void {
    this.#isAdmitting = true
    if (this.#absent.length === 0) return
    const isThere = ({ partition }: HeldRecord): boolean => partition! < partitionCount
    const admitted = this.#absent.filter(isThere)
    if (admitted.length === 0) return
    this.#absent = this.#absent.filter((held) => !isThere(held))
    const inLine = [...this.#records.shiftAll(), ...admitted]
    for (const held of inLine.sort((a, b) => a.ticket - b.ticket)) this.#records.push(held)
  }

  #takeOut(held: HeldRecord): void {
    held.isHeld = false
    this.#reservedBytes -= held.reservedBytes
    if (this.head === held) this.#records.shift()
    else if (this.#absent.includes(held)) this.#absent.splice(this.#absent.indexOf(held), 1)
    // While it was put into its batch, others were admitted before it.
    else for (const other of this.#records.shiftAll()) if (other !== held) this.#records.push(other)
  }
}

/** The same record with bytes of its own: its user may go on with the memory. */
function copyRecord(record: PendingRecord): PendingRecord {
  return { ...record, ...copyFields(record.key, record.value, record.headers) }
}
