import {
  RecordBatchBuilder,
  RecordBatchHeader,
  type BatchProducer,
} from '@ringlog/core/internal/storage'
import { stampCrc } from '../src/segment/batch-crc.ts'

export interface TestBatch {
  baseOffset: number
  records?: number
  /** Of each record's value. */
  valueBytes?: number
  timestamp?: number
  producer?: BatchProducer
}

/** A batch as a log's file has it: offsets and CRC set. */
export function batchAt({
  baseOffset,
  records = 1,
  valueBytes = 100,
  timestamp = 1_000,
  producer,
}: TestBatch): Uint8Array {
  const builder = new RecordBatchBuilder(new ArrayBuffer(256 + records * (valueBytes + 64)))
  for (let index = 0; index < records; index++) {
    const value = new Uint8Array(valueBytes).fill(baseOffset + index)
    if (!builder.tryAppend(`key-${index}`, value, timestamp)) throw new Error('batch too large')
  }
  const batch = new Uint8Array(builder.seal({ baseOffset, producer }))
  stampCrc(batch, 0, batch.length)
  return batch
}

/** Batches back to back, from an offset on. */
export function batchesFrom(
  baseOffset: number,
  count: number,
  shape: Omit<TestBatch, 'baseOffset'> = {},
): Uint8Array {
  const { records = 1 } = shape
  return Buffer.concat(
    Array.from({ length: count }, (_, index) =>
      batchAt({ ...shape, baseOffset: baseOffset + index * records }),
    ),
  )
}

const header = new RecordBatchHeader()

export function baseOffsetOf(batch: Uint8Array): number {
  return header.wrap(batch).baseOffset
}
