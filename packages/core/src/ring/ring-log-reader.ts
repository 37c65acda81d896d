import {
  BASE_OFFSET_BYTE,
  BATCH_HEADER_BYTES,
  LAST_OFFSET_DELTA_BYTE,
  MAX_TIMESTAMP_BYTE,
  NONE,
  batchSizeAt,
  readInt32,
  readInt64,
} from '../record/record-batch-format.ts'
import { copyBytes } from '../concurrent/copy-bytes.ts'
import { firstRecordSince } from '../record/first-record-since.ts'
import {
  READ_NEEDS_LARGER_TARGET,
  READ_NOTHING_NEW,
  READ_OK,
  READ_OUT_OF_RANGE,
  type FoundRecord,
  type LogReader,
  type ReadResult,
  type ReadStatus,
} from './log-reader.ts'
import { corruptRing } from './ring-log-fault.ts'
import { RingLogIndexReader } from './ring-log-index-reader.ts'
import {
  BATCH_ALIGNMENT_BYTES,
  DELETED_BEFORE_WORD,
  END_POSITION_WORD,
  HIGH_WATERMARK_POSITION_WORD,
  LOG_START_OFFSET_WORD,
  LOG_START_POSITION_WORD,
  STORED_ON_DISK,
  alignUp,
  maxBatchBytesOf,
  openRingLogSections,
  storageKindOf,
} from './ring-log-layout.ts'

/**
 * The writer overtook this reader: the bytes it copied may be spliced, and were thrown away. A
 * result, not an error: the caller goes to where the log starts now, or gives up the offset.
 */
export const LAPPED = -1
const OUT_OF_RANGE = -2

/** Enough for a batch's header, and a multiple of 8. */
const PEEK_BYTES = 64

/**
 * Reads a partition's ring from any thread, beside its writer and without a lock: bytes are copied
 * out first, then the reader makes sure that none of them was overwritten meanwhile (INV-3), and
 * only then looks at them.
 *
 * Memory that says what no writer writes ends every call with CORRUPT_MESSAGE: none goes on for ever, or asks
 * for more memory than a batch may have.
 *
 * Thread: one instance belongs to one thread. Nothing blocks; nothing is allocated but the small
 * numbers that 64-bit atomics need.
 *
 * Source: copy, then validate, after Agrona's `BroadcastReceiver`.
 */
export class RingLogReader implements LogReader {
  readonly #ringBytes: number
  readonly #maxBatchBytes: number
  readonly #words: BigInt64Array
  /** The word that says how far can be read: the ring's end, or the high watermark. */
  readonly #endWord: number
  readonly #data: Uint8Array
  readonly #mask: number
  readonly #index: RingLogIndexReader
  /** The header of the batch that a walk has come to, and how far the next one lies from it. */
  readonly #peek = new Uint8Array(PEEK_BYTES)
  #peekedBytes = 0
  /** The offset after the batch that a walk has come by last. */
  #walkedOffset = 0
  /** Where the offset lies at which the last read stopped: reading on needs no search. */
  #knownOffset = NONE
  #knownPosition = 0
  #readPosition = 0
  /** The end that was last looked for, and the offset there. */
  #seenEndPosition = NONE
  #seenEndOffset = 0

  /**
   * @param upTo How far can be read: as consumers see the log, or all that is published in the ring.
   * @throws RinglogError LAYOUT_MISMATCH when `memory` is no ring log of this layout.
   */
  constructor(memory: SharedArrayBuffer, upTo: 'visible' | 'published' = 'visible') {
    const sections = openRingLogSections(memory)
    const isHeldBack = upTo === 'visible' && storageKindOf(memory) === STORED_ON_DISK
    this.#endWord = isHeldBack ? HIGH_WATERMARK_POSITION_WORD : END_POSITION_WORD
    this.#ringBytes = sections.ringBytes
    this.#maxBatchBytes = maxBatchBytesOf(sections.ringBytes)
    this.#mask = sections.ringBytes - 1
    this.#words = new BigInt64Array(memory, 0, sections.dataByte / 8)
    this.#data = new Uint8Array(memory, sections.dataByte, sections.ringBytes)
    this.#index = new RingLogIndexReader(this.#words, sections.indexEntries)
  }

  get logStartOffset(): number {
    return Number(Atomics.load(this.#words, LOG_START_OFFSET_WORD)) // INV-6
  }

  get deletedBefore(): number {
    return Number(Atomics.load(this.#words, DELETED_BEFORE_WORD)) // INV-6
  }

  /**
   * Of what can be read, so that a read from here waits for what comes next. Once after each append
   * it costs a look at the batches that follow the last index entry.
   */
  get endOffset(): number {
    for (;;) {
      const endPosition = this.#loadEndPosition()
      if (endPosition === this.#seenEndPosition) return this.#seenEndOffset
      if (this.#walkTo(Infinity, endPosition) === LAPPED) continue
      // One that is empty may be placed anew, at the same position: where damaged files are opened after all.
      if (this.#walkedOffset === this.logStartOffset) return this.#walkedOffset
      this.#seenEndPosition = endPosition
      this.#seenEndOffset = this.#walkedOffset
      return this.#walkedOffset
    }
  }

  availableBytes(offset: number): number {
    // Only the publication word says what can be read; a hint could keep a waiter spinning.
    if (offset === this.#knownOffset) return this.#loadEndPosition() - this.#knownPosition
    return Infinity
  }

  /**
   * Where the last `read` found its offset: a byte position. The batches that it copied, if any, lie from there on
   * as they lie in the target. Its value says nothing after a read that was out of range.
   */
  get readPosition(): number {
    return this.#readPosition
  }

  read(offset: number, target: Uint8Array, result: ReadResult): void {
    result.copiedBytes = 0
    result.nextOffset = offset
    result.requiredBytes = 0
    for (;;) {
      const endPosition = this.#loadEndPosition()
      const position = this.#positionOf(offset, endPosition)
      if (position === OUT_OF_RANGE) {
        result.status = READ_OUT_OF_RANGE
        return
      }
      if (position === LAPPED) continue
      this.#knownOffset = offset
      this.#knownPosition = position
      this.#readPosition = position
      if (position === endPosition) {
        result.status = READ_NOTHING_NEW
        return
      }
      const status = this.#copyBatches(position, endPosition, target, result)
      if (status === LAPPED) {
        this.#knownOffset = NONE
        continue
      }
      if (status !== READ_NOTHING_NEW) {
        result.status = status
        return
      }
      // Only padding up to the wrap: read on at the start of the ring.
    }
  }

  /** All of it is in memory. */
  load(): Promise<void> {
    return Promise.resolve()
  }

  loadSync(): boolean {
    return true
  }

  findByTimestamp(timestampMs: number): FoundRecord | null {
    for (;;) {
      const endPosition = this.#loadEndPosition()
      const indexed = this.#index.findByTimestamp(timestampMs, endPosition)
      const startPosition = this.#loadStartBefore(endPosition)
      if (startPosition === LAPPED) continue
      const position = Math.max(indexed, startPosition)
      const found = this.#scanForTimestamp(timestampMs, position, endPosition)
      if (found !== LAPPED) return found
    }
  }

  close(): void {}

  #loadEndPosition(): number {
    return Number(Atomics.load(this.#words, this.#endWord)) // INV-4, INV-111
  }

  #loadPublishedPosition(): number {
    return Number(Atomics.load(this.#words, END_POSITION_WORD)) // INV-4
  }

  /** INV-3: by read-modify-write, so that it cannot be satisfied before the copy that precedes it. */
  #loadStartPosition(): number {
    return Number(Atomics.add(this.#words, LOG_START_POSITION_WORD, 0n)) // INV-3
  }

  /** Where the log starts, or LAPPED: after `endPosition`, which was loaded before. */
  #loadStartBefore(endPosition: number): number {
    const startPosition = this.#loadStartPosition()
    // A log starts before its end at any moment (INV-2), and is no longer than its ring.
    const isAfter = startPosition > endPosition && startPosition > this.#loadPublishedPosition()
    const isTooLong = endPosition - startPosition > this.#ringBytes
    if (isAfter || isTooLong || !isPosition(startPosition) || !isPosition(endPosition)) {
      throw corruptRing('has a start or an end that cannot be', { startPosition, endPosition })
    }
    if (startPosition <= endPosition) return startPosition
    // INV-111: past the high watermark nothing is evicted but the padding before the wrap.
    return this.#loadEndPosition() === endPosition ? endPosition : LAPPED
  }

  /** The position of the batch that holds `offset`; the end's, where `offset` is the next one. */
  #positionOf(offset: number, endPosition: number): number {
    if (offset < 0 || offset < this.logStartOffset) return OUT_OF_RANGE
    if (offset === this.#knownOffset) return this.#knownPosition
    const position = this.#walkTo(offset, endPosition)
    if (position === LAPPED) return LAPPED
    if (position === endPosition) return offset === this.#walkedOffset ? position : OUT_OF_RANGE
    // INV-6: had the batch of `offset` been evicted before this walk, the log's start would say so.
    return offset < this.logStartOffset ? OUT_OF_RANGE : position
  }

  /**
   * Walks from the index entry before `offset` to the batch that holds it; returns where that lies,
   * `endPosition` where no batch before that does, or LAPPED. `#walkedOffset` is the offset after the
   * last batch that the walk came by.
   */
  #walkTo(offset: number, endPosition: number): number {
    const indexed = this.#index.findByOffset(offset, endPosition)
    const startPosition = this.#loadStartBefore(endPosition)
    if (startPosition === LAPPED) return LAPPED
    let position = Math.max(indexed, startPosition)
    // Where nothing lies between the log's start and its end, the offsets before were all evicted.
    this.#walkedOffset = NONE
    while ((position = this.#peekFrom(position, endPosition)) < endPosition) {
      if (position === LAPPED) return LAPPED
      this.#walkedOffset = this.#peekedLastOffset() + 1
      if (this.#walkedOffset > offset) return position
      position += this.#peekedBytes
    }
    if (this.#walkedOffset === NONE) this.#walkedOffset = this.logStartOffset
    return endPosition
  }

  /** Copies what lies between two positions, up to the wrap or the end of the target. */
  #copyBatches(
    position: number,
    endPosition: number,
    target: Uint8Array,
    result: ReadResult,
  ): ReadStatus | typeof LAPPED {
    if (position > endPosition) throw corruptRing('ends before', { position, endPosition })
    const byteIndex = position & this.#mask
    const length = Math.min(endPosition - position, this.#ringBytes - byteIndex, target.length)
    copyBytes(this.#data, byteIndex, target, 0, length)
    if (this.#loadStartPosition() > position) return LAPPED

    let at = 0
    while (length - at >= BATCH_ALIGNMENT_BYTES) {
      if (readInt64(target, at + BASE_OFFSET_BYTE) === NONE) {
        this.#knownPosition = this.#afterPad(position + at, byteIndex + at)
        break
      }
      if (length - at < BATCH_HEADER_BYTES) break
      const end = at + this.#sizeOfBatch(target, at, position + at)
      if (end > length) {
        if (at === 0) result.requiredBytes = end
        break
      }
      const nextOffset =
        readInt64(target, at + BASE_OFFSET_BYTE) +
        readInt32(target, at + LAST_OFFSET_DELTA_BYTE) +
        1
      if (nextOffset <= result.nextOffset) {
        throw corruptRing('has a batch with offsets of one before it', {
          position: position + at,
          nextOffset,
          afterOffset: result.nextOffset,
        })
      }
      result.nextOffset = nextOffset
      at = end
      this.#knownPosition = position + at
    }
    result.copiedBytes = at
    if (at > 0) {
      this.#knownOffset = result.nextOffset
      return READ_OK
    }
    if (this.#knownPosition > position) return READ_NOTHING_NEW
    if (length === target.length) return READ_NEEDS_LARGER_TARGET
    throw corruptRing('ends within a batch', { position, endPosition })
  }

  /** Bytes from a batch, of which `bytes` has the header, to the next one. */
  #sizeOfBatch(bytes: Uint8Array, byteIndex: number, position: number): number {
    const sizeBytes = batchSizeAt(bytes, byteIndex)
    if (sizeBytes >= BATCH_HEADER_BYTES && sizeBytes <= this.#maxBatchBytes) {
      return alignUp(sizeBytes, BATCH_ALIGNMENT_BYTES)
    }
    throw corruptRing('has a batch of a size that cannot be', {
      position,
      sizeBytes,
      maxBatchBytes: this.#maxBatchBytes,
    })
  }

  /** Where the ring goes on after a pad marker: at its start, where there never is one. */
  #afterPad(position: number, byteIndex: number): number {
    if (byteIndex > 0) return position + this.#ringBytes - byteIndex
    throw corruptRing('has a pad marker where none can be', { position })
  }

  /**
   * Copies the header of the first batch at or after `position` aside, and notes its size; returns where
   * the batch lies, `endPosition` where there is none before that, or LAPPED.
   */
  #peekFrom(position: number, endPosition: number): number {
    let at = position
    while (at < endPosition) {
      const byteIndex = at & this.#mask
      const length = Math.min(PEEK_BYTES, this.#ringBytes - byteIndex)
      for (let i = 0; i < length; i++) this.#peek[i] = this.#data[byteIndex + i]!
      if (this.#loadStartPosition() > at) return LAPPED
      if (readInt64(this.#peek, BASE_OFFSET_BYTE) !== NONE) {
        this.#peekedBytes = this.#sizeOfBatch(this.#peek, 0, at)
        return at
      }
      at = this.#afterPad(at, byteIndex)
    }
    return endPosition
  }

  #peekedLastOffset(): number {
    return readInt64(this.#peek, BASE_OFFSET_BYTE) + readInt32(this.#peek, LAST_OFFSET_DELTA_BYTE)
  }

  #scanForTimestamp(
    timestampMs: number,
    startPosition: number,
    endPosition: number,
  ): FoundRecord | null | typeof LAPPED {
    let position = startPosition
    while ((position = this.#peekFrom(position, endPosition)) < endPosition) {
      if (position === LAPPED) return LAPPED
      if (readInt64(this.#peek, MAX_TIMESTAMP_BYTE) >= timestampMs) {
        const found = this.#findInBatch(timestampMs, position, batchSizeAt(this.#peek, 0))
        if (found !== null) return found
      }
      position += this.#peekedBytes
    }
    return null
  }

  #findInBatch(
    timestampMs: number,
    position: number,
    sizeBytes: number,
  ): FoundRecord | null | typeof LAPPED {
    const byteIndex = position & this.#mask
    const batch = new Uint8Array(alignUp(sizeBytes, BATCH_ALIGNMENT_BYTES))
    batch.set(this.#data.subarray(byteIndex, byteIndex + sizeBytes))
    if (this.#loadStartPosition() > position) return LAPPED
    return firstRecordSince(batch.subarray(0, sizeBytes), timestampMs, this.logStartOffset)
  }
}

function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
