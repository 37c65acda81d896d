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
import { byteLength, sizeOfHeaders } from './record-size.ts'
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from './varint.ts'

const NO_PRODUCER: BatchProducer = { producerId: NONE, producerEpoch: NONE, baseSequence: NONE }

/** Up to this many characters a loop is quicker than a call into native code. */
const SHORT_STRING_LENGTH = 10
const SHORT_BYTES_LENGTH = 12
/**
 * What a record without headers takes at most beside its key and value; and `utf8Write` may leave up
 * to 3 bytes unused where the next character does not fit.
 */
const MAX_OVERHEAD_BYTES = 5 + 1 + 10 + 5 + 5 + 5 + 1 + 4
/** The largest number whose zigzag varint takes two bytes. */
const MAX_SHORT_NUMBER = 8191
/** So much in key and value leaves the record's length such a number. */
const MAX_SHORT_DATA_BYTES = MAX_SHORT_NUMBER - MAX_OVERHEAD_BYTES
/** `NONE` as a zigzag varint. */
const VARINT_NONE = 1
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
    // What most records are is written without being measured: a third less time a record. The record is
    // small, has no headers, and its timestamp is not far from the first's, so that no number takes
    // more than two bytes; strings are ASCII, a byte a character; and the record's length, which comes
    // first and is known last, takes as many bytes as is likely. Any other is measured first.
    const bytes = this.#bytes
    const start = this.#end
    const index = this.#recordCount
    const isSameTime = timestampMs === this.#lastTimestamp
    const timestampDelta = isSameTime ? this.#lastTimestampDelta : this.#shortDeltaOf(timestampMs)
    const keyLength = key === null ? -1 : key.length
    const valueLength = value === null ? -1 : value.length
    const dataSize = keyLength + valueLength
    if (
      dataSize > MAX_SHORT_DATA_BYTES ||
      index > MAX_SHORT_NUMBER ||
      timestampDelta < 0 ||
      headers.length > 0 ||
      start + dataSize + MAX_OVERHEAD_BYTES > bytes.length
    ) {
      return this.#tryAppendMeasured(key, value, timestampMs, headers)
    }
    const likelySize = dataSize + (index < 64 ? 6 : 7) + (valueLength < 64 ? 1 : 2)
    const bodyStart = start + (likelySize < 64 ? 1 : 2)

    const view = this.#view
    view.setUint8(bodyStart, 0) // attributes
    let at = writeShort(view, bodyStart + 1, timestampDelta)
    at = writeShort(view, at, index)
    if (keyLength <= 0) view.setUint8(at++, keyLength === 0 ? 0 : VARINT_NONE)
    else {
      at = writeShort(view, at, keyLength)
      at = writeData(bytes, at, key!, keyLength)
      if (at < 0) return this.#tryAppendMeasured(key, value, timestampMs, headers)
    }
    if (valueLength <= 0) view.setUint8(at++, valueLength === 0 ? 0 : VARINT_NONE)
    else {
      at = writeShort(view, at, valueLength)
      at = writeData(bytes, at, value!, valueLength)
      if (at < 0) return this.#tryAppendMeasured(key, value, timestampMs, headers)
    }
    view.setUint8(at++, 0) // no headers
    const size = at - bodyStart
    if (size < 64 !== likelySize < 64) {
      return this.#tryAppendMeasured(key, value, timestampMs, headers)
    }
    writeShort(view, start, size)
    if (!isSameTime) this.#onOtherTime(timestampMs, timestampDelta)
    this.#onAppended(at)
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

/** Writes a zigzag varint of one or two bytes, in one store; returns the index after it. */
function writeShort(view: DataView, byteIndex: number, value: number): number {
  if (value < 64) {
    view.setUint8(byteIndex, value << 1)
    return byteIndex + 1
  }
  view.setUint16(byteIndex, ((value << 1) & 0x7f) | 0x80 | ((value >> 6) << 8), true)
  return byteIndex + 2
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

function writeHeaders(bytes: Utf8Buffer, byteIndex: number, headers: HeaderList): number {
  let at = writeVarint(bytes, byteIndex, headers.length)
  for (const [name, value] of headers) {
    const nameLength = Buffer.byteLength(name)
    at = writeVarint(bytes, at, nameLength)
    at += bytes.utf8Write(name, at)
    const valueLength = byteLength(value)
    at = writeVarint(bytes, at, valueLength)
    if (valueLength <= 0) continue
    if (typeof value === 'string') at += bytes.utf8Write(value, at)
    else {
      bytes.set(value!, at)
      at += valueLength
    }
  }
  return at
}
