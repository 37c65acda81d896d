import {
  ATTRIBUTES_BYTE,
  BASE_TIMESTAMP_BYTE,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_BYTE,
  BATCH_LENGTH_OVERHEAD_BYTES,
  COMPRESSION_MASK,
  COMPRESSION_TYPES,
  DELETE_HORIZON_FLAG,
  MAX_TIMESTAMP_BYTE,
  NONE,
  RECORDS_COUNT_BYTE,
  RecordBatchCursor,
  RecordBatchHeader,
  compressBatch,
  decompressBatch,
  readInt16,
  sizeOfVarint,
  sizeOfVarlong,
  writeInt16,
  writeInt32,
  writeInt64,
  writeVarint,
  writeVarlong,
} from '@ringlog/core/internal/storage'
import { stampCrc } from '../segment/batch-crc.ts'

/** What of a log stays. */
export interface Retention {
  /** Whether the record stays that the cursor has come to; asked once for each, in order. */
  retainsRecord(cursor: RecordBatchCursor, batch: RecordBatchHeader): boolean
  /** Whether a batch stays, empty, of whose records none does. */
  retainsEmpty(batch: RecordBatchHeader): boolean
  /** Until when tombstones stay that are looked at for the first time, milliseconds since 1970. */
  readonly deleteHorizonMs: number
}

/**
 * Drops records out of batches. What is left of a batch keeps its offsets, its producer and its sequence numbers: so
 * the next batch of the producer goes on where it ended.
 *
 * A batch with tombstones, records without a value, gets a delete horizon: the time up to which these stay, for
 * readers that are on their way. It takes the place of the base timestamp, from which the records' are counted.
 *
 * Thread: the cleaner's.
 *
 * Source: Apache Kafka, `MemoryRecords.filterTo`, `DefaultRecordBatch.writeEmptyHeader`.
 */
export class BatchFilter {
  readonly #header = new RecordBatchHeader()
  readonly #cursor = new RecordBatchCursor()
  readonly #records: RetainedRecord[] = []
  /** What is left of a batch is written there. */
  #bytes = new Uint8Array(0)

  /**
   * What is left of a batch, with its CRC; `null`: nothing. The batch itself, where all of it is; else it is borrowed
   * until the next call.
   *
   * @param batch Exactly one batch, borrowed.
   * @throws RinglogError CORRUPT_MESSAGE for records that cannot be read; UNSUPPORTED_COMPRESSION_TYPE.
   */
  filter(batch: Uint8Array, retention: Retention): FilteredBatch | null {
    const header = this.#header.wrap(batch)
    const { recordsCount } = header
    // Markers of transactions, of a Kafka broker's.
    if (header.isControl) return { bytes: batch, recordsRead: 0, recordsWritten: 0 }
    const plain = decompressBatch(batch)
    const hasTombstones = this.#look(plain, retention)
    const recordsWritten = this.#records.length
    if (recordsWritten === 0) {
      if (!retention.retainsEmpty(header)) return null
      return { bytes: emptied(batch), recordsRead: recordsCount, recordsWritten }
    }
    const getsHorizon = hasTombstones && !header.hasDeleteHorizon
    if (recordsWritten === recordsCount && !getsHorizon) {
      return { bytes: batch, recordsRead: recordsCount, recordsWritten }
    }
    const base = getsHorizon ? retention.deleteHorizonMs : header.baseTimestamp
    const bytes = this.#write(plain, header, base, getsHorizon)
    return { bytes, recordsRead: recordsCount, recordsWritten }
  }

  /** Notes the records that stay; says whether one of them has no value. */
  #look(plain: Uint8Array, retention: Retention): boolean {
    const cursor = this.#cursor
    const header = this.#header
    this.#records.length = 0
    let hasTombstones = false
    cursor.open(plain, 0)
    for (let start = cursor.nextStart; cursor.next(); start = cursor.nextStart) {
      const { offset, timestamp, recordEnd, valueLength } = cursor
      if (!retention.retainsRecord(cursor, header)) continue
      if (valueLength === NONE) hasTombstones = true
      const keyFieldStart = afterTimes(plain, start)
      this.#records.push({ offset, timestamp, keyFieldStart, recordEnd })
    }
    return hasTombstones
  }

  #write(
    plain: Uint8Array,
    header: RecordBatchHeader,
    baseTimestamp: number,
    getsHorizon: boolean,
  ): Uint8Array {
    const { baseOffset, isLogAppendTime, compressionType } = header
    let sizeBytes = BATCH_HEADER_BYTES
    let maxTimestamp = NONE
    const bodies = this.#records.map(({ offset, timestamp, keyFieldStart, recordEnd }) => {
      const times = sizeOfVarlong(timestamp - baseTimestamp) + sizeOfVarint(offset - baseOffset)
      const bodyBytes = 1 + times + recordEnd - keyFieldStart
      sizeBytes += sizeOfVarint(bodyBytes) + bodyBytes
      maxTimestamp = Math.max(maxTimestamp, timestamp)
      return bodyBytes
    })
    if (sizeBytes > this.#bytes.length) this.#bytes = new Uint8Array(2 * sizeBytes)
    const bytes = this.#bytes.subarray(0, sizeBytes)
    bytes.set(plain.subarray(0, BATCH_HEADER_BYTES))
    let at = BATCH_HEADER_BYTES
    for (const [index, record] of this.#records.entries()) {
      at = writeVarint(bytes, at, bodies[index]!)
      bytes[at++] = 0 // attributes: unused
      at = writeVarlong(bytes, at, record.timestamp - baseTimestamp)
      at = writeVarint(bytes, at, record.offset - baseOffset)
      bytes.set(plain.subarray(record.keyFieldStart, record.recordEnd), at)
      at += record.recordEnd - record.keyFieldStart
    }
    writeInt32(bytes, BATCH_LENGTH_BYTE, sizeBytes - BATCH_LENGTH_OVERHEAD_BYTES)
    writeInt64(bytes, BASE_TIMESTAMP_BYTE, baseTimestamp)
    if (!isLogAppendTime) writeInt64(bytes, MAX_TIMESTAMP_BYTE, maxTimestamp)
    writeInt32(bytes, RECORDS_COUNT_BYTE, bodies.length)
    const attributes = readInt16(plain, ATTRIBUTES_BYTE)
    if (getsHorizon) writeInt16(bytes, ATTRIBUTES_BYTE, attributes | DELETE_HORIZON_FLAG)
    const whole =
      compressionType === 0 ? bytes : compressBatch(bytes, COMPRESSION_TYPES[compressionType]!)
    stampCrc(whole, 0, whole.length)
    return whole
  }
}

/** What is left of a batch. */
export interface FilteredBatch {
  readonly bytes: Uint8Array
  readonly recordsRead: number
  readonly recordsWritten: number
}

/** A record that stays. */
interface RetainedRecord {
  readonly offset: number
  readonly timestamp: number
  /** Where its key's length stands: from there on it stays as it is. */
  readonly keyFieldStart: number
  readonly recordEnd: number
}

/** Where the length of a record's key stands: after length, attributes, and the deltas of timestamp and offset. */
function afterTimes(bytes: Uint8Array, recordStart: number): number {
  const attributes = afterVarint(bytes, recordStart)
  return afterVarint(bytes, afterVarint(bytes, attributes + 1))
}

function afterVarint(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at]! >= 0x80) at++
  return at + 1
}

/** A batch without records: it says up to where the log goes, and how far its producer had come. */
function emptied(batch: Uint8Array): Uint8Array {
  const bytes = batch.slice(0, BATCH_HEADER_BYTES)
  const attributes = readInt16(batch, ATTRIBUTES_BYTE)
  writeInt32(bytes, BATCH_LENGTH_BYTE, BATCH_HEADER_BYTES - BATCH_LENGTH_OVERHEAD_BYTES)
  writeInt16(bytes, ATTRIBUTES_BYTE, attributes & ~(COMPRESSION_MASK | DELETE_HORIZON_FLAG))
  writeInt64(bytes, BASE_TIMESTAMP_BYTE, NONE)
  writeInt32(bytes, RECORDS_COUNT_BYTE, 0)
  stampCrc(bytes, 0, bytes.length)
  return bytes
}
