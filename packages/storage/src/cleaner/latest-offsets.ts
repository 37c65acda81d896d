import {
  NONE,
  RecordBatchCursor,
  decompressBatch,
  type RecordBatchHeader,
} from '@ringlog/core/internal/storage'
import { ProducerEntries } from '../segment/producer-entries.ts'
import type { CleaningJob } from './cleaning-job.ts'
import type { OffsetMap } from './offset-map.ts'
import type { ScannedBatches } from './scanned-batches.ts'

/** What is the latest in the segments of a round. */
export interface LatestOffsets {
  readonly ofKeys: OffsetMap
  /** Up to here that has all keys. */
  readonly coveredUpTo: number
  /** Of the latest batch of each producer, the offset of its last record. */
  readonly ofProducers: ReadonlySet<number>
}

/**
 * Goes through what was written since the last round, and notes the latest offset of each key, as far as the map has
 * room; and through all batches' headers, for the latest of each producer (D-15).
 *
 * @throws RinglogError CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR.
 *
 * Source: Apache Kafka, `Cleaner.buildOffsetMap`.
 */
export function findLatestOffsets(
  { segments, firstDirtyOffset, maxKeys }: CleaningJob,
  scan: ScannedBatches,
  latest: OffsetMap,
): LatestOffsets {
  const producers = new ProducerEntries()
  for (const { baseOffset } of segments) {
    scan.forEachHeader(baseOffset, (header) => producers.note(header))
  }
  const { endOffset } = segments.at(-1)!
  latest.reset(Math.min(maxKeys, endOffset - firstDirtyOffset))
  const cursor = new RecordBatchCursor()
  /** Up to where the map has all keys; the log's end, unless it is full before. */
  let coveredUpTo = endOffset
  const visit = (batch: Uint8Array, header: RecordBatchHeader): boolean => {
    if (header.lastOffset < firstDirtyOffset || header.isControl) return true
    cursor.open(decompressBatch(batch), 0)
    while (cursor.next()) {
      if (cursor.keyLength === NONE || cursor.offset < firstDirtyOffset) continue
      const { bytes, keyStart, keyLength, offset } = cursor
      if (latest.tryPut(bytes, keyStart, keyLength, offset)) continue
      coveredUpTo = offset
      return false
    }
    return true
  }
  for (const segment of segments) {
    if (segment.endOffset <= firstDirtyOffset) continue
    if (!scan.forEach(segment.baseOffset, visit)) break
  }
  const ofProducers = new Set(producers.all().map(({ lastOffset }) => lastOffset))
  return { ofKeys: latest, coveredUpTo, ofProducers }
}
