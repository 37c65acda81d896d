import { RecordBatchBuilder } from '@ringlog/core'
import type { Stage } from '../define-scenario.ts'
import { patternValue } from '../metrics/stamped-value.ts'

/** Of a batch with one record, beyond its value. */
const LARGEST_OVERHEAD_BYTES = 128
/** What a storage thread writes at a time, and a reader reads. */
const CHUNK_BYTES = 1024 * 1024

export interface EncodedRecords {
  readonly bytes: Uint8Array
  readonly records: number
}

/** The batch that a producer would send: full of records of the measured size; padded as in a ring. */
export function encodedBatch(stage: Pick<Stage, 'number'>): EncodedRecords {
  const value = patternValue(stage.number('recordSizeBytes'), 0)
  // A value that is too large for a batch of that size gets one of its own, as from a producer.
  const batchBytes = Math.max(stage.number('batchSizeBytes'), value.length + LARGEST_OVERHEAD_BYTES)
  const builder = new RecordBatchBuilder(new ArrayBuffer(batchBytes))
  while (builder.tryAppend(null, value, 0)) continue
  const batch = builder.seal()
  const bytes = new Uint8Array((batch.length + 7) & ~7)
  bytes.set(batch)
  return { bytes, records: builder.recordCount }
}

/** Such batches one after the other, as many as are written to a file at a time. */
export function encodedChunk(stage: Pick<Stage, 'number'>): EncodedRecords {
  const batch = encodedBatch(stage)
  const count = Math.max(1, Math.floor(CHUNK_BYTES / batch.bytes.length))
  const bytes = new Uint8Array(count * batch.bytes.length)
  for (let i = 0; i < count; i++) bytes.set(batch.bytes, i * batch.bytes.length)
  return { bytes, records: count * batch.records }
}
