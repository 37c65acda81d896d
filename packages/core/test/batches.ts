import { RecordBatchBuilder, type BatchSeal } from '@ringlog/core'
import type { Data, HeaderList } from '../src/record/data.ts'

/** A record as a test writes it down. */
export interface PlainRecord {
  key?: Data | null
  value?: Data | null
  timestamp?: number
  headers?: HeaderList
}

/** Encodes records into a batch of their own; its length is exact, its memory 8-byte aligned. */
export function batchOf(
  records: readonly PlainRecord[],
  seal: BatchSeal = {},
  memoryBytes = 1 << 20,
): Uint8Array {
  const builder = new RecordBatchBuilder(new ArrayBuffer(memoryBytes))
  for (const { key = null, value = null, timestamp = 0, headers = [] } of records) {
    if (!builder.tryAppend(key, value, timestamp, headers)) throw new Error('batch too large')
  }
  return new Uint8Array(builder.seal(seal))
}
