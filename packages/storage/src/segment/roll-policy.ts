import { NONE, readInt64, MAX_TIMESTAMP_BYTE } from '@ringlog/core/internal/storage'
import type { RecordBatchHeader } from '@ringlog/core/internal/storage'
import type { SegmentedLogConfig } from './segmented-log-config.ts'
import type { Segment } from './segment.ts'

/**
 * Whether a batch is to be the first of a new segment. Kafka's third reason, an index that is full, cannot come: a
 * file of 2 GiB gets half of the entries that an index holds.
 *
 * @param pending Batches that go into the segment before it: so many bytes, from `start` on.
 *
 * Source: Apache Kafka, `LogSegment.shouldRoll`.
 */
export function isRollDue(
  segment: Segment,
  header: RecordBatchHeader,
  pending: { bytes: Uint8Array; start: number; length: number },
  config: SegmentedLogConfig,
): boolean {
  const fileBytes = segment.fileBytes + pending.length
  if (fileBytes === 0) return false
  if (fileBytes + header.sizeBytes > config.segmentBytes) return true
  if (!segment.canHold(header.lastOffset)) return true
  const firstTimestamp =
    segment.fileBytes > 0
      ? segment.firstTimestamp
      : readInt64(pending.bytes, pending.start + MAX_TIMESTAMP_BYTE)
  return firstTimestamp !== NONE && header.maxTimestamp - firstTimestamp > maxSegmentMs(config)
}

/**
 * The active segment is not compacted: so that records are within `maxCompactionLagMs`, it must not take longer.
 *
 * Source: Apache Kafka, `LogConfig.maxSegmentMs`.
 */
function maxSegmentMs({
  segmentMs,
  cleanupPolicy,
  maxCompactionLagMs,
}: SegmentedLogConfig): number {
  const isCompacted = cleanupPolicy.includes('compact')
  return isCompacted ? Math.min(segmentMs, maxCompactionLagMs ?? Infinity) : segmentMs
}
