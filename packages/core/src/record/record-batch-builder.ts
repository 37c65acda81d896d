import type { Data, HeaderList } from './data.ts'
import {
  ATTRIBUTES_BYTE,
  BASE_OFFSET_BYTE,
  BASE_SEQUENCE_BYTE,
  BASE_TIMESTAMP_BYTE,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_BYTE,
  BATCH_LENGTH_OVERHEAD_BYTES,
  CRC_BYTE,
  LAST_OFFSET_DELTA_BYTE,
  MAGIC_BYTE,
  MAGIC_V2,
  MAX_TIMESTAMP_BYTE,
  NONE,
  PARTITION_LEADER_EPOCH_BYTE,
  PRODUCER_EPOCH_BYTE,
  PRODUCER_ID_BYTE,
  RECORDS_COUNT_BYTE,
  writeInt16,
  writeInt32,
  writeInt64,
} from './record-batch-format.ts'
import * as head from './record-head.ts'
import { writeHeaders } from './record-headers.ts'
import { byteLength, sizeOfHeaders } from './record-size.ts'
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './varint.ts'

/** Own constants: an import is looked up through its module at each use, which is a tenth of `tryAppend`. */
const {
  MAX_ONE_BYTE_NUMBER,
  MAX_SHORT_NUMBER,
  MAX_SHORT_OVERHEAD_BYTES,
  NONE_VARINT,
  shortVarint,
} = head

const NO_PRODUCER: BatchProducer = { producerId: NONE, producerEpoch: NONE, baseSequence: NONE }

/** Up to this many characters a loop is quicker than a call into native code. */
const SHORT_STRING_LENGTH = 10
const SHORT_BYTES_LENGTH = 12
/** `utf8Write` may leave so many bytes unused where the next character does not fit. */
const UTF8_SLACK_BYTES = 3
/** So much in key and value leaves the record's length a short number. */
const MAX_SHORT_DATA_BYTES = MAX_SHORT_NUMBER - MAX_SHORT_OVERHEAD_BYTES
const NO_HEADERS: HeaderList = []

/**
 * Encodes records into memory that it is given, one batch at a time.
 *
 * Thread: any one; the memory must be private to it (encoding in place in shared memory was measured
 * slower, because values land misaligned). Ownership: the memory is borrowed until the next `reset`.
 * `tryAppend` allocates nothing.
 */
export class RecordBatchBuilder {
  #bytes: Utf8Buffer
  #view: DataView
  #end = BATCH_HEADER_BYTES
  #recordCount = 0
  #lastRecordBytes = 0
  #maxRecordBytes = 0
  #baseTimestamp = 0
  #maxTimestamp = 0
  /** Of the last record; `NaN`: there is none. Most records have the timestamp of the one before. */
  #lastTimestamp = NaN
  /** As `#shortDeltaOf` gives it: a small integer always, which V8 need not hold as a double. */
  #lastTimestampDelta = 0

  /**
   * Opens a batch in memory that it is given.
   *
   * @param memory At least 61 bytes, the header.
   * @param limitBytes What the batch may take of it.
   */
  constructor(memory: ArrayBuffer, limitBytes: number = memory.byteLength) {
    this.#bytes = Buffer.from(memory, 0, limitBytes) as unknown as Utf8Buffer
    this.#view = new DataView(memory, 0, limitBytes)
  }

  /** Starts an empty batch in other memory, or in the same. */
  reset(memory: ArrayBuffer, limitBytes: number = memory.byteLength): void {
    this.#bytes = Buffer.from(memory, 0, limitBytes) as unknown as Utf8Buffer
    this.#view = new DataView(memory, 0, limitBytes)
    this.#end = BATCH_HEADER_BYTES
    this.#recordCount = 0
    this.#lastRecordBytes = 0
    this.#maxRecordBytes = 0
    this.#baseTimestamp = 0
    this.#maxTimestamp = 0
    this.#lastTimestamp = NaN
    this.#lastTimestampDelta = 0
  }

  /** Records of the open batch. */
  get recordCount(): number {
    return this.#recordCount
  }

  /** Bytes of the batch so far, header included. */
  get sizeBytes(): number {
    return this.#end
  }

  /** Bytes that the last record takes; 0: there is none. */
  get lastRecordBytes(): number {
    return this.#lastRecordBytes
  }

  /** Bytes that the largest record takes. */
  get maxRecordBytes(): number {
    return this.#maxRecordBytes
  }

  /** Milliseconds since 1970, of the last record; `NaN`: there is none. */
  get lastTimestamp(): number {
    return this.#lastTimestamp
  }

  /** What the open batch is written into: borrowed, and given back by the next `reset`. */
  get memory(): ArrayBuffer {
    return this.#bytes.buffer as ArrayBuffer
  }

  /**
   * Adds a record, or returns `false` and changes nothing where the memory has no room for it.
   *
   * @param timestampMs A safe integer, milliseconds since 1970.
   */
  tryAppend(
    key: Data | null,
    value: Data | null,
    timestampMs: number,
    headers: HeaderList = NO_HEADERS,
  ): boolean {
    // A record whose numbers are all short is written without being measured: strings are taken for ASCII, a
    // byte a character, and the record is measured where they are not. All of it is in one function:
    // where V8 does not put its parts in line, a record takes half as long again.
    const index = this.#recordCount
    const isSameTime = timestampMs === this.#lastTimestamp
    const timestampDelta = isSameTime ? this.#lastTimestampDelta : this.#shortDeltaOf(timestampMs)
    if (
      (key !== null && key.length > MAX_SHORT_DATA_BYTES) ||
      (value !== null && value.length > MAX_SHORT_DATA_BYTES) ||
      index > MAX_SHORT_NUMBER ||
      timestampDelta < 0 ||
      headers.length > 0
    ) {
      return this.#tryAppendMeasured(key, value, timestampMs, headers)
    }
    // V8 takes the length of a typed array for a double otherwise.
    const keyLength = key === null ? 0 : key.length | 0
    const valueLength = value === null ? 0 : value.length | 0
    const dataSize = keyLength + valueLength
    const bytes = this.#bytes
    const start = this.#end
    if (
      dataSize > MAX_SHORT_DATA_BYTES ||
      start + dataSize + MAX_SHORT_OVERHEAD_BYTES + UTF8_SLACK_BYTES > bytes.length
    ) {
      return this.#tryAppendMeasured(key, value, timestampMs, headers)
    }
    // The words are put together before the first is stored: between stores that takes twice the time. They
    // hold zeros beyond their fields: what is stored next overwrites them.
    const deltaBits = timestampDelta <= MAX_ONE_BYTE_NUMBER ? 8 : 16
    const times = shortVarint(timestampDelta) | (shortVarint(index) << deltaBits)
    const timesBytes = (deltaBits >> 3) + (index <= MAX_ONE_BYTE_NUMBER ? 1 : 2)
    const keyVarint = key === null ? NONE_VARINT : shortVarint(keyLength)
    const keyVarintBytes = keyLength <= MAX_ONE_BYTE_NUMBER ? 1 : 2
    const valueVarint = value === null ? NONE_VARINT : shortVarint(valueLength)
    const valueVarintBytes = valueLength <= MAX_ONE_BYTE_NUMBER ? 1 : 2
    const size = 1 + timesBytes + keyVarintBytes + dataSize + valueVarintBytes + 1

    const view = this.#view
    view.setUint32(start, shortVarint(size), true) // and the attributes, 0
    let at = start + (size <= MAX_ONE_BYTE_NUMBER ? 2 : 3)
    view.setUint32(at, times, true)
    at += timesBytes
    if (keyLength === 0) {
      view.setUint32(at, keyVarint | (valueVarint << 8), true)
      at += 1 + valueVarintBytes
    } else {
      view.setUint16(at, keyVarint, true)
      at = writeData(bytes, at + keyVarintBytes, key!, keyLength)
      if (at < 0) return this.#tryAppendMeasured(key, value, timestampMs, headers)
      view.setUint16(at, valueVarint, true)
      at += valueVarintBytes
    }
    if (valueLength > 0) at = writeData(bytes, at, value!, valueLength)
    if (at < 0) return this.#tryAppendMeasured(key, value, timestampMs, headers)
    view.setUint8(at, 0) // no headers
    if (!isSameTime) this.#onOtherTime(timestampMs, timestampDelta)
    this.#onAppended(at + 1)
    return true
  }

  /**
   * As `tryAppend` of bytes without key and headers, which is what most records are: a fifth less time a
   * record, where it has the timestamp of the record before. The words are the same; what is never asked
   * here takes no time.
   */
  tryAppendValue(value: Uint8Array, timestampMs: number): boolean {
    const { length } = value
    const index = this.#recordCount
    const timestampDelta = this.#lastTimestampDelta
    const bytes = this.#bytes
    const start = this.#end
    if (
      timestampMs !== this.#lastTimestamp ||
      length > MAX_SHORT_DATA_BYTES ||
      index > MAX_SHORT_NUMBER ||
      timestampDelta < 0 ||
      start + length + MAX_SHORT_OVERHEAD_BYTES > bytes.length
    ) {
      return this.tryAppend(null, value, timestampMs)
    }
    const valueLength = length | 0
    const deltaBits = timestampDelta <= MAX_ONE_BYTE_NUMBER ? 8 : 16
    const times = shortVarint(timestampDelta) | (shortVarint(index) << deltaBits)
    const timesBytes = (deltaBits >> 3) + (index <= MAX_ONE_BYTE_NUMBER ? 1 : 2)
    const valueVarint = shortVarint(valueLength)
    const valueVarintBytes = valueLength <= MAX_ONE_BYTE_NUMBER ? 1 : 2
    const size = 1 + timesBytes + 1 + valueVarintBytes + valueLength + 1

    const view = this.#view
    view.setUint32(start, shortVarint(size), true)
    let at = start + (size <= MAX_ONE_BYTE_NUMBER ? 2 : 3)
    view.setUint32(at, times, true)
    at += timesBytes
    view.setUint32(at, NONE_VARINT | (valueVarint << 8), true)
    at += 1 + valueVarintBytes
    bytes.set(value, at)
    at += valueLength
    view.setUint8(at, 0)
    this.#onAppended(at + 1)
    return true
  }

  /** What lies between the first record and this one; -1 where that takes more than two bytes. */
  #shortDeltaOf(timestampMs: number): number {
    if (this.#recordCount === 0) return 0
    const delta = timestampMs - this.#baseTimestamp
    return delta >= 0 && delta <= MAX_SHORT_NUMBER ? delta | 0 : -1
  }

  #onOtherTime(timestampMs: number, shortDelta: number): void {
    this.#lastTimestamp = timestampMs
    this.#lastTimestampDelta = shortDelta
    if (this.#recordCount === 0) {
      this.#baseTimestamp = timestampMs
      this.#maxTimestamp = timestampMs
    } else if (timestampMs > this.#maxTimestamp) {
      this.#maxTimestamp = timestampMs
    }
  }

  #onAppended(end: number): void {
    const recordBytes = end - this.#end
    this.#end = end
    this.#lastRecordBytes = recordBytes
    if (recordBytes > this.#maxRecordBytes) this.#maxRecordBytes = recordBytes
    this.#recordCount++
  }

  #tryAppendMeasured(
    key: Data | null,
    value: Data | null,
    timestampMs: number,
    headers: HeaderList,
  ): boolean {
    const bytes = this.#bytes
    const timestampDelta = this.#recordCount === 0 ? 0 : timestampMs - this.#baseTimestamp
    const keyLength = byteLength(key)
    const valueLength = byteLength(value)
    const bodySize =
      1 + // attributes
      sizeOfVarlong(timestampDelta) +
      sizeOfVarint(this.#recordCount) +
      sizeOfVarint(keyLength) +
      Math.max(keyLength, 0) +
      sizeOfVarint(valueLength) +
      Math.max(valueLength, 0) +
      sizeOfHeaders(headers)
    if (this.#end + sizeOfVarint(bodySize) + bodySize > bytes.length) return false
    let at = writeVarint(bytes, this.#end, bodySize)
    bytes[at++] = 0
    at = writeVarlong(bytes, at, timestampDelta)
    at = writeVarint(bytes, at, this.#recordCount)
    at = writeVarint(bytes, at, keyLength)
    if (keyLength > 0) at = writeData(bytes, at, key!, keyLength)
    at = writeVarint(bytes, at, valueLength)
    if (valueLength > 0) at = writeData(bytes, at, value!, valueLength)
    this.#onOtherTime(timestampMs, this.#shortDeltaOf(timestampMs))
    this.#onAppended(writeHeaders(bytes, at, headers))
    return true
  }

  /**
   * Writes the header; the batch is then complete, with CRC 0.
   *
   * Returns the batch within the given memory, borrowed, as a Buffer: its `slice` copies nothing either. It must
   * hold at least one record.
   */
  seal(fields: BatchSeal = {}): Uint8Array {
    const bytes = this.#bytes
    writeInt64(bytes, BASE_OFFSET_BYTE, fields.baseOffset ?? 0)
    writeInt32(bytes, BATCH_LENGTH_BYTE, this.#end - BATCH_LENGTH_OVERHEAD_BYTES)
    writeInt32(bytes, PARTITION_LEADER_EPOCH_BYTE, 0)
    bytes[MAGIC_BYTE] = MAGIC_V2
    writeInt32(bytes, CRC_BYTE, 0)
    writeInt16(bytes, ATTRIBUTES_BYTE, fields.attributes ?? 0)
    writeInt32(bytes, LAST_OFFSET_DELTA_BYTE, this.#recordCount - 1)
    writeInt64(bytes, BASE_TIMESTAMP_BYTE, this.#baseTimestamp)
    writeInt64(bytes, MAX_TIMESTAMP_BYTE, this.#maxTimestamp)
    stampProducer(bytes, fields.producer ?? NO_PRODUCER)
    writeInt32(bytes, RECORDS_COUNT_BYTE, this.#recordCount)
    return bytes.subarray(0, this.#end)
  }
}

/** The header fields that are not known while records are added. */
export interface BatchSeal {
  /** Defaults to 0: the log assigns it. */
  baseOffset?: number | undefined
  /** Flag bits of `record-batch-format.ts`; defaults to none. */
  attributes?: number | undefined
  /** Defaults to no producer. */
  producer?: BatchProducer | undefined
}

/** Who numbers the batch, and its number. */
export interface BatchProducer {
  producerId: number
  producerEpoch: number
  /** Sequence of the first record. */
  baseSequence: number
}

/** A Buffer with the native method behind `write`: the same without its parsing of arguments. */
type Utf8Buffer = Buffer & { utf8Write(text: string, byteIndex: number): number }

/** Writes the producer's fields of a batch, also of one that was sealed before. */
export function stampProducer(batch: Uint8Array, producer: BatchProducer): void {
  writeInt64(batch, PRODUCER_ID_BYTE, producer.producerId)
  writeInt16(batch, PRODUCER_EPOCH_BYTE, producer.producerEpoch)
  writeInt32(batch, BASE_SEQUENCE_BYTE, producer.baseSequence)
}

/** Writes `length` bytes; returns the index after them, or -1 where a string has another length. */
function writeData(bytes: Utf8Buffer, byteIndex: number, data: Data, length: number): number {
  if (typeof data !== 'string') {
    if (length <= SHORT_BYTES_LENGTH) {
      for (let i = 0; i < length; i++) bytes[byteIndex + i] = data[i]!
    } else {
      bytes.set(data, byteIndex)
    }
    return byteIndex + length
  }
  if (length <= SHORT_STRING_LENGTH && length === data.length) {
    let i = 0
    for (; i < length; i++) {
      const code = data.charCodeAt(i)
      if (code > 0x7f) break
      bytes[byteIndex + i] = code
    }
    return i === length ? byteIndex + length : -1
  }
  return bytes.utf8Write(data, byteIndex) === length ? byteIndex + length : -1
}
