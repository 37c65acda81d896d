import { RecordBatchBuilder, type BatchSeal } from '@ringlog/core'
import type { Data, HeaderList } from '../src/record/data.ts'

/** A record as a test writes it down. */
export interface PlainRecord {
  key?: Data | null
  value?: Data | null
  timestamp?: number
  headers?: HeaderList
}

const sizeOf = (data: Data | null): number => (data === null ? 0 : Buffer.byteLength(data))

/** More than a batch of them takes; a whole megabyte for each would be most of what a test does. */
function roomFor(records: readonly PlainRecord[]): number {
  return records.reduce(
    (sum, { key = null, value = null, headers = [] }) =>
      headers.reduce(
        (ofHeaders, [name, data]) => ofHeaders + sizeOf(name) + sizeOf(data) + 16,
        sum + sizeOf(key) + sizeOf(value) + 64,
      ),
    256,
  )
}

/** Encodes records into a batch of their own; its length is exact, its memory 8-byte aligned. */
export function batchOf(
  records: readonly PlainRecord[],
  seal: BatchSeal = {},
  memoryBytes = roomFor(records),
): Uint8Array {
  const builder = new RecordBatchBuilder(new ArrayBuffer(memoryBytes))
  for (const { key = null, value = null, timestamp = 0, headers = [] } of records) {
    if (!builder.tryAppend(key, value, timestamp, headers)) throw new Error('batch too large')
  }
  return new Uint8Array(builder.seal(seal))
}
