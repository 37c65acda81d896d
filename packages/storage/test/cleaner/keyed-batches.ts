import {
  COMPRESSION_TYPES,
  RecordBatchBuilder,
  RecordBatchCursor,
  RecordBatchHeader,
  compressBatch,
  decompressBatch,
  type BatchProducer,
} from '@ringlog/core/internal/storage'
import { stampCrc } from '../../src/segment/batch-crc.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'

/** A record of a compacted topic; `null`: its key is deleted. */
export interface KeyedRecord {
  readonly key: string
  readonly value: string | null
  readonly timestamp?: number
  readonly headers?: ReadonlyArray<[string, Buffer]>
}

export interface KeyedBatch {
  readonly baseOffset: number
  readonly records: readonly KeyedRecord[]
  /** By its number: see `COMPRESSION_TYPES`. */
  readonly compression?: number
  readonly attributes?: number
  readonly producer?: BatchProducer | undefined
}

/** A batch as a log's file has it. */
export function keyedBatch({
  baseOffset,
  records,
  compression = 0,
  attributes = 0,
  producer,
}: KeyedBatch): Uint8Array {
  const bytes = records.reduce((sum, { key, value }) => sum + key.length + (value ?? '').length, 0)
  const builder = new RecordBatchBuilder(new ArrayBuffer(256 + bytes + 128 * records.length))
  for (const { key, value, timestamp = 1_000, headers = [] } of records) {
    if (!builder.tryAppend(key, value, timestamp, headers)) throw new Error('too large')
  }
  const plain = new Uint8Array(builder.seal({ baseOffset, producer, attributes }))
  const batch = compression === 0 ? plain : compressBatch(plain, COMPRESSION_TYPES[compression]!)
  stampCrc(batch, 0, batch.length)
  return batch
}

/** A record as it is read back. */
export interface FoundKeyedRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string
  readonly value: string | null
  /** The bytes of the headers, with their count. */
  readonly headers: string
}

/** The records of a batch. */
export function recordsOf(batch: Uint8Array): FoundKeyedRecord[] {
  const cursor = new RecordBatchCursor()
  const plain = decompressBatch(batch)
  cursor.open(plain, 0)
  const found: FoundKeyedRecord[] = []
  const text = (start: number, length: number): string =>
    Buffer.from(plain.subarray(start, start + length)).toString()
  while (cursor.next()) {
    const { offset, timestamp, keyStart, keyLength, valueStart, valueLength } = cursor
    found.push({
      offset,
      timestamp,
      key: text(keyStart, keyLength),
      value: valueLength < 0 ? null : text(valueStart, valueLength),
      headers: text(cursor.headersStart, cursor.recordEnd - cursor.headersStart),
    })
  }
  return found
}

/** All records of a log, and the headers of its batches. */
export function contentOf(log: SegmentedLog): {
  records: FoundKeyedRecord[]
  batches: FoundBatch[]
} {
  const header = new RecordBatchHeader()
  const records: FoundKeyedRecord[] = []
  const batches: FoundBatch[] = []
  log.readFrom(0, (bytes, byteIndex, sizeBytes) => {
    const batch = bytes.slice(byteIndex, byteIndex + sizeBytes)
    const found = recordsOf(batch)
    const { baseOffset, lastOffset, producerId, baseSequence, recordsCount } = header.wrap(batch)
    const { maxTimestamp, hasDeleteHorizon, baseTimestamp, compressionType } = header
    if (found.length !== recordsCount) throw new Error(`${recordsCount}, not ${found.length}`)
    records.push(...found)
    batches.push({
      baseOffset,
      lastOffset,
      producerId,
      baseSequence,
      recordsCount,
      maxTimestamp,
      compressionType,
      deleteHorizonMs: hasDeleteHorizon ? baseTimestamp : null,
    })
  })
  return { records, batches }
}

export interface FoundBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly producerId: number
  readonly baseSequence: number
  readonly recordsCount: number
  readonly maxTimestamp: number
  readonly compressionType: number
  readonly deleteHorizonMs: number | null
}
