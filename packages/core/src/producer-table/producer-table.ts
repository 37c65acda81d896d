import type { AppendResult } from '../protocol/partition-service.ts'
import { NONE } from '../record/record-batch-format.ts'
import { sequenceAfter } from '../record/sequence-number.ts'
import {
  APPEND_TIME_NUMBER,
  BASE_SEQUENCE_WORD,
  ENTRY_NUMBERS,
  NEXT_OFFSET_NUMBER,
  PRODUCER_EPOCH_WORD,
  PRODUCER_ID_NUMBER,
  RECORDS_COUNT_WORD,
  REMEMBERED_BATCHES,
  SLOT_ENTRIES,
  SLOT_NUMBERS,
  producerSlotsOf,
} from './producer-table-layout.ts'

/**
 * The latest batches of each producer that numbers them, in memory that outlives the thread.
 *
 * A worker may die anywhere in `write`, or after it and before the batch is published. Its successor finds
 * the batch in the table exactly if it is in the log (INV-80):
 *
 * ```text
 *   the spare entry         is written over: nothing of it was remembered
 *   NEXT_OFFSET             makes it the newest, with an offset past the log's end
 *   END_POSITION            of the ring publishes the batch: the entry counts
 * ```
 *
 * Thread: the partition worker alone; a successor opens the same memory. Nothing is allocated for a batch
 * but the small number that a 64-bit atomic needs.
 */
export class ProducerTable {
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  readonly #offsets: BigInt64Array
  readonly #capacity: number
  /** By producer. A Map through which entries pass piles up garbage: a slot that goes to another is rare. */
  readonly #slots = new Map<number, number>()
  /** By slot: which entry is the newest, and its NEXT_OFFSET. */
  readonly #newest: number[] = []
  readonly #nextOffsets: number[] = []

  /**
   * Takes over what a former worker left.
   *
   * @param endOffset The end of the log, as the ring has it: what lies beyond was not published.
   * @throws RinglogError LAYOUT_MISMATCH when `memory` is no producer table.
   */
  constructor(memory: SharedArrayBuffer, endOffset: number) {
    this.#capacity = producerSlotsOf(memory)
    // Of a length that is named: see `allocateSharedPages`.
    this.#words = new Int32Array(memory, 0, memory.byteLength / 4)
    this.#numbers = new Float64Array(memory, 0, memory.byteLength / 8)
    this.#offsets = new BigInt64Array(memory, 0, memory.byteLength / 8)
    for (let slot = 0; slot < this.#capacity && this.#takeOver(slot, endOffset); slot++);
  }

  /** The slot of a producer; -1 where it is not known. */
  slotOf(producerId: number): number {
    return this.#slots.get(producerId) ?? NONE
  }

  /** The epoch of the latest batch in a slot that is used. */
  epochIn(slot: number): number {
    return this.#words[this.#wordOf(slot, this.#newest[slot]!) + PRODUCER_EPOCH_WORD]!
  }

  /** The sequence number of the record after the latest batch in a slot that is used. */
  nextSequenceIn(slot: number): number {
    const word = this.#wordOf(slot, this.#newest[slot]!)
    const recordsCount = this.#words[word + RECORDS_COUNT_WORD]!
    return sequenceAfter(this.#words[word + BASE_SEQUENCE_WORD]!, recordsCount)
  }

  /** Where a batch is, if it is one of the latest 16 of its producer's present epoch. */
  find(slot: number, baseSequence: number, recordsCount: number): AppendResult | null {
    const newest = this.#newest[slot]!
    const first = this.#numberOf(slot, newest)
    for (let age = 0; age < REMEMBERED_BATCHES; age++) {
      const number = this.#numberOf(slot, (newest + SLOT_ENTRIES - age) % SLOT_ENTRIES)
      if (!this.#isSameProducer(number, first)) return null
      if (this.#words[2 * number + RECORDS_COUNT_WORD] !== recordsCount) continue
      if (this.#words[2 * number + BASE_SEQUENCE_WORD] !== baseSequence) continue
      const nextOffset = Number(Atomics.load(this.#offsets, number + NEXT_OFFSET_NUMBER)) // INV-80
      const logAppendTimeMs = this.#numbers[number + APPEND_TIME_NUMBER]!
      return { baseOffset: nextOffset - recordsCount, logAppendTimeMs }
    }
    return null
  }

  /** Remembers a batch, right before it is published: nothing is appended in between (INV-80). */
  write(batch: BatchSequence, baseOffset: number, logAppendTimeMs: number): void {
    const { producerId, producerEpoch, baseSequence, recordsCount } = batch
    const slot = this.#slots.get(producerId) ?? this.#slotForNew(producerId)
    const entry = (this.#newest[slot]! + 1) % SLOT_ENTRIES
    const number = this.#numberOf(slot, entry)
    const word = 2 * number
    const nextOffset = baseOffset + recordsCount
    this.#numbers[number + PRODUCER_ID_NUMBER] = producerId
    this.#numbers[number + APPEND_TIME_NUMBER] = logAppendTimeMs
    this.#words[word + PRODUCER_EPOCH_WORD] = producerEpoch
    this.#words[word + BASE_SEQUENCE_WORD] = baseSequence
    this.#words[word + RECORDS_COUNT_WORD] = recordsCount
    Atomics.store(this.#offsets, number + NEXT_OFFSET_NUMBER, BigInt(nextOffset)) // INV-80
    this.#newest[slot] = entry
    this.#nextOffsets[slot] = nextOffset
  }

  /** Whether the slot is used; where it is not, none after it is. */
  #takeOver(slot: number, endOffset: number): boolean {
    let newest = NONE
    let newestOffset = 0
    for (let entry = 0; entry < SLOT_ENTRIES; entry++) {
      const number = this.#numberOf(slot, entry) + NEXT_OFFSET_NUMBER
      const nextOffset = Number(Atomics.load(this.#offsets, number)) // INV-80
      if (nextOffset > endOffset) {
        Atomics.store(this.#offsets, number, 0n) // INV-80: before the log grows past it
      } else if (nextOffset > newestOffset) {
        newest = entry
        newestOffset = nextOffset
      }
    }
    if (newest === NONE) return false
    this.#newest.push(newest)
    this.#nextOffsets.push(newestOffset)
    this.#slots.set(this.#numbers[this.#numberOf(slot, newest) + PRODUCER_ID_NUMBER]!, slot)
    return true
  }

  /** Gives a producer a slot of its own: the next one, or that of the producer unused for longest. */
  #slotForNew(producerId: number): number {
    let slot = this.#newest.length
    if (slot < this.#capacity) {
      this.#newest.push(NONE)
      this.#nextOffsets.push(0)
    } else {
      slot = this.#slotUnusedForLongest()
      const forgotten = this.#numberOf(slot, this.#newest[slot]!) + PRODUCER_ID_NUMBER
      this.#slots.delete(this.#numbers[forgotten]!)
    }
    this.#slots.set(producerId, slot)
    return slot
  }

  #slotUnusedForLongest(): number {
    let slot = 0
    for (let other = 1; other < this.#capacity; other++) {
      if (this.#nextOffsets[other]! < this.#nextOffsets[slot]!) slot = other
    }
    return slot
  }

  #isSameProducer(number: number, other: number): boolean {
    const words = this.#words
    return (
      this.#numbers[number + PRODUCER_ID_NUMBER] === this.#numbers[other + PRODUCER_ID_NUMBER] &&
      words[2 * number + PRODUCER_EPOCH_WORD] === words[2 * other + PRODUCER_EPOCH_WORD]
    )
  }

  #numberOf(slot: number, entry: number): number {
    return slot * SLOT_NUMBERS + entry * ENTRY_NUMBERS
  }

  #wordOf(slot: number, entry: number): number {
    return 2 * this.#numberOf(slot, entry)
  }
}

/** The producer's fields of a batch. */
export interface BatchSequence {
  producerId: number
  producerEpoch: number
  baseSequence: number
  recordsCount: number
}
