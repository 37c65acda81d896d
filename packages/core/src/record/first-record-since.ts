import type { FoundRecord } from '../ring/log-reader.ts'
import { decompressBatch } from './compression.ts'
import { RecordBatchCursor } from './record-batch-cursor.ts'

/**
 * The first record of a batch from `fromOffset` on whose timestamp is at least `timestampMs`, or `null`.
 *
 * Ownership: the batch is borrowed. Cost: decompresses it, and allocates for that.
 *
 * @param batch Exactly one, in private memory, 8-byte aligned.
 */
export function firstRecordSince(
  batch: Uint8Array,
  timestampMs: number,
  fromOffset: number,
): FoundRecord | null {
  const cursor = new RecordBatchCursor()
  cursor.open(decompressBatch(batch), 0)
  while (cursor.next()) {
    if (cursor.timestamp >= timestampMs && cursor.offset >= fromOffset) {
      return { offset: cursor.offset, timestamp: cursor.timestamp }
    }
  }
  return null
}
