import {
  INDEX_BYTE,
  INDEX_COUNT_WORD,
  INDEX_ENTRY_WORDS,
  INDEX_INTERVAL_BYTES,
} from './ring-log-layout.ts'

/** First word of the index section. */
export const INDEX_WORD: number = INDEX_BYTE / 8
/** Words of an entry. */
export const ENTRY_OFFSET_WORD = 0
export const ENTRY_POSITION_WORD = 1
export const ENTRY_MAX_TIMESTAMP_WORD = 2

/**
 * The writer's side of the sparse index: a ring of entries, one for the first batch that starts at
 * least 4,096 bytes after the last indexed one. Entries are thus never closer than that, so one for
 * each 4,096 bytes of ring is enough: a slot is written again only after the batch that it spoke of
 * was evicted.
 *
 * `maxTimestamp` of an entry is the largest timestamp of any batch *before* its own, since the log
 * began: it never goes down, so entries can be searched by it as well as by offset.
 *
 * Thread: the partition worker, as part of `RingLogWriter`.
 * Source: after Kafka's sparse offset and time indexes (`OffsetIndex`, `TimeIndex`).
 */
export class RingLogIndexWriter {
  readonly #words: BigInt64Array
  readonly #capacity: number
  #count = 0
  #lastPosition = -INDEX_INTERVAL_BYTES
  #maxTimestamp = -1

  constructor(words: BigInt64Array, capacity: number) {
    this.#words = words
    this.#capacity = capacity
  }

  /** Takes note of a batch that is about to be published at `position`. */
  add(baseOffset: number, position: number, batchMaxTimestamp: number): void {
    if (position - this.#lastPosition >= INDEX_INTERVAL_BYTES) {
      const word = INDEX_WORD + (this.#count % this.#capacity) * INDEX_ENTRY_WORDS
      // INV-5: in any order, but all before the batch is published.
      Atomics.store(this.#words, word + ENTRY_POSITION_WORD, BigInt(position))
      Atomics.store(this.#words, word + ENTRY_OFFSET_WORD, BigInt(baseOffset))
      Atomics.store(this.#words, word + ENTRY_MAX_TIMESTAMP_WORD, BigInt(this.#maxTimestamp))
      this.#count++
      Atomics.store(this.#words, INDEX_COUNT_WORD, BigInt(this.#count)) // INV-5: after the entry
      this.#lastPosition = position
    }
    if (batchMaxTimestamp > this.#maxTimestamp) this.#maxTimestamp = batchMaxTimestamp
  }

  /**
   * Takes over a predecessor's index: entries of batches that were not published are dropped (INV-4,
   * INV-5).
   * Returns where to start reading batches to find the log's end, and the largest timestamp before.
   */
  recover(startPosition: number, endPosition: number): { position: number; maxTimestamp: number } {
    let count = Number(Atomics.load(this.#words, INDEX_COUNT_WORD)) // INV-5
    let position = startPosition
    let maxTimestamp = -1
    while (count > 0) {
      const word = INDEX_WORD + ((count - 1) % this.#capacity) * INDEX_ENTRY_WORDS
      const entryPosition = Number(Atomics.load(this.#words, word + ENTRY_POSITION_WORD))
      if (entryPosition < endPosition) {
        this.#lastPosition = entryPosition
        position = Math.max(position, entryPosition)
        maxTimestamp = Number(Atomics.load(this.#words, word + ENTRY_MAX_TIMESTAMP_WORD))
        break
      }
      count--
    }
    this.#count = count
    Atomics.store(this.#words, INDEX_COUNT_WORD, BigInt(count))
    return { position, maxTimestamp }
  }

  /** Ends the recovery: goes on after batches up to `maxTimestamp`. */
  resume(maxTimestamp: number): void {
    this.#maxTimestamp = maxTimestamp
  }
}
