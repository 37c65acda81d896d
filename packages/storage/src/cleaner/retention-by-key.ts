import {
  NONE,
  type RecordBatchCursor,
  type RecordBatchHeader,
} from '@ringlog/core/internal/storage'
import type { Retention } from './batch-filter.ts'
import type { CleaningJob } from './cleaning-job.ts'
import type { LatestOffsets } from './latest-offsets.ts'

/**
 * What compaction keeps of a log: of each key the latest record, and that only until its batch's delete horizon where
 * it has no value; all past what the map covers.
 *
 * Source: Apache Kafka, `Cleaner.shouldRetainRecord`, `cleanInto`.
 */
export class RetentionByKey implements Retention {
  readonly #latest: LatestOffsets
  readonly #nowMs: number
  readonly #endOffset: number
  readonly deleteHorizonMs: number

  constructor(latest: LatestOffsets, job: CleaningJob) {
    this.#latest = latest
    this.#nowMs = job.nowMs
    this.#endOffset = job.segments.at(-1)!.endOffset
    this.deleteHorizonMs = job.nowMs + job.deleteRetentionMs
  }

  retainsRecord(cursor: RecordBatchCursor, batch: RecordBatchHeader): boolean {
    const { bytes, offset, keyStart, keyLength, valueLength } = cursor
    if (offset >= this.#latest.coveredUpTo) return true
    if (keyLength === NONE) return false
    if (offset < this.#latest.ofKeys.get(bytes, keyStart, keyLength)) return false
    return valueLength !== NONE || !batch.hasDeleteHorizon || this.#nowMs < batch.baseTimestamp
  }

  /** A producer's latest batch says where its sequence goes on (D-15); the round's last one, where what follows begins. */
  retainsEmpty({ lastOffset, producerId }: RecordBatchHeader): boolean {
    if (producerId !== NONE && this.#latest.ofProducers.has(lastOffset)) return true
    return lastOffset + 1 === this.#endOffset
  }
}
