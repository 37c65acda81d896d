import { RinglogError } from '../errors/ringlog-error.ts'
import { countAlike } from './alike-records.ts'
import { BATCH_HEADER_BYTES, MAGIC_V2, NONE, RECORDS_BYTE } from './record-batch-format.ts'
import { RecordBatchHeader } from './record-batch-header.ts'

const NO_BYTES = new Uint8Array(0)
const NO_VIEW = new DataView(NO_BYTES.buffer)

/** After so many records that were decoded, the cursor looks for records that are like the last of them. */
const FIRST_LOOK = 4
/** It looks no further ahead: the user may not come so far. */
const MAX_ALIKE = 64

/**
 * Walks the records of one batch without allocating: `next` moves the public fields to the next
 * record. One cursor is moved from batch to batch with `open`.
 *
 * Every length is held against the batch's end and against the record's, so malformed bytes end in
 * CORRUPT_MESSAGE and are never read past.
 *
 * Ownership: the bytes are borrowed, and must be private memory: a ring may change under a reader.
 */
export class RecordBatchCursor {
  /** What the four positions below are positions in. */
  bytes: Uint8Array = NO_BYTES
  keyStart = 0
  /** -1: null. */
  keyLength = NONE
  valueStart = 0
  /** -1: null. */
  valueLength = NONE
  /** Where the record's header count stands, and where the record ends. */
  headersStart = 0
  recordEnd = 0

  #header = new RecordBatchHeader()
  #at = 0
  #batchEnd = 0
  #index = 0
  #count = 0
  #baseOffset = NONE
  #offsetDelta = 0
  #baseTimestamp = NONE
  #timestampDelta = 0
  #isLogAppendTime = false
  #afterLong = 0
  #view: DataView = NO_VIEW
  /** Where the current record starts, unless it was skipped. */
  #start = 0
  /** So many records from the next one on are like the current one, whose parts lie so: see `countAlike`. */
  #alike = 0
  #recordBytes = 0
  #keyAt = 0
  #keyLength = NONE
  #valueAt = 0
  #valueLength = NONE
  #headersAt = 0
  /** The index up to which `next` has nothing to do but to decode; and by how much it is moved. */
  #stop = 0
  #untilLook = FIRST_LOOK

  /**
   * Starts at the batch at `byteIndex`; or within it, at the record `recordIndex`, which starts at
   * `recordStart`. A control batch has no records for a user: `next` is then `false` at once.
   *
   * @param maxCount So many of its records are walked, at most.
   * @throws RinglogError CORRUPT_MESSAGE, UNSUPPORTED_COMPRESSION_TYPE.
   */
  open(
    bytes: Uint8Array,
    byteIndex: number,
    recordIndex = 0,
    recordStart = 0,
    maxCount = Infinity,
  ): void {
    if (bytes.length - byteIndex < BATCH_HEADER_BYTES) throw corrupt('ends within its header', {})
    const header = this.#header.wrap(bytes, byteIndex)
    const sizeBytes = header.sizeBytes
    if (
      header.magic !== MAGIC_V2 ||
      sizeBytes < BATCH_HEADER_BYTES ||
      sizeBytes > bytes.length - byteIndex
    ) {
      throw corrupt('has a magic or a length that cannot be', {
        magic: header.magic,
        sizeBytes,
        availableBytes: bytes.length - byteIndex,
      })
    }
    if (header.compressionType !== 0) {
      throw new RinglogError(
        'UNSUPPORTED_COMPRESSION_TYPE',
        `record batch at offset ${header.baseOffset} is compressed: type=${header.compressionType}`,
        { details: { baseOffset: header.baseOffset, compressionType: header.compressionType } },
      )
    }
    if (bytes !== this.bytes) {
      this.bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    }
    this.#alike = 0
    this.#untilLook = FIRST_LOOK
    this.#at = recordIndex === 0 ? byteIndex + RECORDS_BYTE : recordStart
    this.#batchEnd = byteIndex + sizeBytes
    this.#index = recordIndex
    this.#count = header.isControl ? 0 : Math.min(header.recordsCount, recordIndex + maxCount)
    this.#stop = Math.min(this.#count, recordIndex + FIRST_LOOK)
    this.#baseOffset = header.baseOffset
    this.#isLogAppendTime = header.isLogAppendTime
    this.#baseTimestamp = this.#isLogAppendTime ? header.maxTimestamp : header.baseTimestamp
  }

  /** Of the current record; -1 before the first. Added up when asked, not for every record. */
  get offset(): number {
    return this.#baseOffset + this.#offsetDelta
  }

  /** Of the current record: milliseconds since 1970. */
  get timestamp(): number {
    return this.#baseTimestamp + this.#timestampDelta
  }

  /** Where the next record starts: with `nextIndex`, `open` can go on from there. */
  get nextStart(): number {
    return this.#at
  }

  /** The index within the batch of the record that `next` moves to. */
  get nextIndex(): number {
    return this.#index
  }

  /** Records of this batch that `next` has not reached yet. */
  get remaining(): number {
    return this.#count - this.#index
  }

  /**
   * Moves to the next record; `false` where there is none.
   *
   * @throws RinglogError CORRUPT_MESSAGE when a length does not fit.
   */
  next(): boolean {
    if (this.#alike === 0) return this.#decodeNext()
    this.#alike--
    const start = this.#at
    const end = start + this.#recordBytes
    // All of them: the user may have written to them.
    this.keyStart = start + this.#keyAt
    this.keyLength = this.#keyLength
    this.valueStart = start + this.#valueAt
    this.valueLength = this.#valueLength
    this.headersStart = start + this.#headersAt
    this.recordEnd = end
    this.#start = start
    this.#at = end
    this.#offsetDelta = this.#index++
    return true
  }

  /** A cursor that walks more than one batch opens the next; `false` where there is none. */
  protected openNext(): boolean {
    return false
  }

  /**
   * The varints of one and two bytes, nearly all there are, are decoded in line over local
   * variables: with a method for each, a record took half as long again.
   */
  #decodeNext(): boolean {
    while (this.#index >= this.#stop) {
      if (this.#index < this.#count) {
        if (this.#lookForAlike()) return this.next()
      } else if (!this.openNext()) return false
    }
    const bytes = this.bytes
    const start = this.#at
    let at = start
    let first = bytes[at++]!
    let second = 0
    let zigzag = first
    if (first >= 0x80) {
      second = bytes[at++]!
      if (second < 0x80) zigzag = (first & 0x7f) | (second << 7)
      else {
        zigzag = this.#decodeLong(at - 2)
        at = this.#afterLong
      }
    }
    const length = (zigzag >>> 1) ^ -(zigzag & 1)
    const end = at + length
    if (length < 0 || end > this.#batchEnd) throw this.#corruptRecord()
    at++ // attributes: unused

    let timestampDelta = 0
    first = bytes[at]!
    if (first < 0x80) {
      at++
      timestampDelta = (first >>> 1) ^ -(first & 1)
    } else {
      timestampDelta = this.#decodeVarlong(at)
      at = this.#afterLong
    }
    this.#timestampDelta = this.#isLogAppendTime ? 0 : timestampDelta

    zigzag = first = bytes[at++]!
    if (first >= 0x80) {
      second = bytes[at++]!
      if (second < 0x80) zigzag = (first & 0x7f) | (second << 7)
      else {
        zigzag = this.#decodeLong(at - 2)
        at = this.#afterLong
      }
    }
    this.#offsetDelta = (zigzag >>> 1) ^ -(zigzag & 1)

    zigzag = first = bytes[at++]!
    if (first >= 0x80) {
      second = bytes[at++]!
      if (second < 0x80) zigzag = (first & 0x7f) | (second << 7)
      else {
        zigzag = this.#decodeLong(at - 2)
        at = this.#afterLong
      }
    }
    const keyLength = (zigzag >>> 1) ^ -(zigzag & 1)
    this.keyLength = keyLength
    this.keyStart = at
    if (keyLength > 0) at += keyLength

    zigzag = first = bytes[at++]!
    if (first >= 0x80) {
      second = bytes[at++]!
      if (second < 0x80) zigzag = (first & 0x7f) | (second << 7)
      else {
        zigzag = this.#decodeLong(at - 2)
        at = this.#afterLong
      }
    }
    const valueLength = (zigzag >>> 1) ^ -(zigzag & 1)
    this.valueLength = valueLength
    this.valueStart = at
    if (valueLength > 0) at += valueLength

    // What remains of the record is its headers: one byte at least.
    if (keyLength < -1 || valueLength < -1 || at >= end) throw this.#corruptRecord()
    this.headersStart = at
    this.recordEnd = end
    this.#at = end
    this.#start = start
    this.#index++
    return true
  }

  /** Looks for records that are like the current one: whether there are any, from the next one on. */
  #lookForAlike(): boolean {
    const start = this.#start
    const end = this.#at
    const maxCount = Math.min(this.#count - this.#index, MAX_ALIKE)
    let alike = 0
    if (this.bytes[end] === this.bytes[start]) {
      alike = countAlike(this.#view, start, end, this.#index - 1, maxCount, this.#batchEnd)
    }
    // Where records are of many sizes, it is done more and more rarely.
    if (alike === maxCount) this.#untilLook = 0
    else if (alike > this.#untilLook) this.#untilLook = FIRST_LOOK
    else this.#untilLook = Math.max(this.#untilLook * 2, FIRST_LOOK)
    this.#stop = Math.min(this.#index + alike + this.#untilLook, this.#count)
    if (alike === 0) return false
    // Once more: the user may have written to the fields.
    this.#at = start
    this.#index--
    this.#decodeNext()
    this.#alike = alike
    this.#recordBytes = end - start
    this.#keyAt = this.keyStart - start
    this.#keyLength = this.keyLength
    this.#valueAt = this.valueStart - start
    this.#valueLength = this.valueLength
    this.#headersAt = this.headersStart - start
    return true
  }

  /**
   * Passes over a record without looking inside; `false` where there is none.
   *
   * @throws RinglogError CORRUPT_MESSAGE when its length does not fit.
   */
  skip(): boolean {
    if (this.#index >= this.#count) return false
    this.#alike = 0
    const zigzag = this.#decodeLong(this.#at)
    const length = (zigzag >>> 1) ^ -(zigzag & 1)
    const end = this.#afterLong + length
    if (length < 0 || end > this.#batchEnd) throw this.#corruptRecord()
    this.#at = end
    this.#index++
    this.#stop = Math.min(this.#index + FIRST_LOOK, this.#count)
    return true
  }

  /** Decodes a varint of any length, still zigzag; leaves the index after it in `#afterLong`. */
  #decodeLong(byteIndex: number): number {
    let zigzag = 0
    let at = byteIndex
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.bytes[at++]!
      zigzag |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.#afterLong = at
        return zigzag
      }
    }
    throw this.#corruptRecord()
  }

  /** Decodes a varlong; leaves the index after it in `#afterLong`. */
  #decodeVarlong(byteIndex: number): number {
    // The lowest bit is the sign; what remains is summed as a double, exact for safe integers.
    const first = this.bytes[byteIndex]!
    let magnitude = (first & 0x7f) >>> 1
    let scale = 0x40
    for (let i = 1; i < 10; i++) {
      const byte = this.bytes[byteIndex + i]!
      magnitude += (byte & 0x7f) * scale
      scale *= 0x80
      if (byte < 0x80) {
        this.#afterLong = byteIndex + i + 1
        return (first & 1) === 0 ? magnitude : -magnitude - 1
      }
    }
    throw this.#corruptRecord()
  }

  #corruptRecord(): RinglogError {
    return corrupt('has a record whose lengths do not fit', {
      baseOffset: this.#baseOffset,
      recordIndex: this.#index,
    })
  }
}

/** What the sentences of its errors are about. */
export const CURSOR_SUBJECT = 'record batch '

function corrupt(what: string, details: Record<string, unknown>): RinglogError {
  const facts = Object.entries(details).map(([name, value]) => `${name}=${String(value)}`)
  return new RinglogError('CORRUPT_MESSAGE', `${CURSOR_SUBJECT}${what}: ${facts.join(', ')}`, {
    details,
  })
}
