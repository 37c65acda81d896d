import {
  ENTRY_MAX_TIMESTAMP_WORD,
  ENTRY_OFFSET_WORD,
  ENTRY_POSITION_WORD,
  INDEX_WORD,
} from './ring-log-index-writer.ts'
import { corruptRing } from './ring-log-fault.ts'
import { INDEX_COUNT_WORD, INDEX_ENTRY_WORDS } from './ring-log-layout.ts'

/**
 * The readers' side of the sparse index. Searches return a position at or before the batch that is
 * looked for, or one before the log's start where no entry helps: the caller starts no earlier than
 * there.
 *
 * Thread: as `RingLogReader`.
 */
export class RingLogIndexReader {
  readonly #words: BigInt64Array
  readonly #capacity: number

  constructor(words: BigInt64Array, capacity: number) {
    this.#words = words
    this.#capacity = capacity
  }

  /** Position of the last indexed batch whose base offset is at most `offset`. */
  findByOffset(offset: number, endPosition: number): number {
    return this.#search(ENTRY_OFFSET_WORD, endPosition, (value) => value <= offset)
  }

  /** Position of the last indexed batch before which every timestamp is below `timestampMs`. */
  findByTimestamp(timestampMs: number, endPosition: number): number {
    return this.#search(ENTRY_MAX_TIMESTAMP_WORD, endPosition, (value) => value < timestampMs)
  }

  /** Binary search for the last entry that `isBefore` holds for; entries only ever ascend. */
  #search(valueWord: number, endPosition: number, isBefore: (value: number) => boolean): number {
    const count = Number(Atomics.load(this.#words, INDEX_COUNT_WORD)) // INV-5: after endPosition
    if (!Number.isSafeInteger(count) || count < 0) {
      throw corruptRing('has a number of index entries that cannot be', { count })
    }
    let low = Math.max(0, count - this.#capacity)
    let high = count
    let found = 0
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2)
      const word = INDEX_WORD + (middle % this.#capacity) * INDEX_ENTRY_WORDS
      const value = Number(Atomics.load(this.#words, word + valueWord)) // INV-5
      const position = Number(Atomics.load(this.#words, word + ENTRY_POSITION_WORD))
      // INV-5: at or past the end that was loaded before the count lies a batch published later: the
      // newest, or one that is taking this slot over. Its entry may be half written, and is passed over.
      const isPublished = position < endPosition
      if (!isPublished || isBefore(value)) {
        if (isPublished) found = position
        low = middle + 1
      } else {
        high = middle
      }
    }
    return found
  }
}
