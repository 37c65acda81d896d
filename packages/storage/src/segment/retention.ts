import { NONE } from '@ringlog/core/internal/storage'
import type { SegmentedLogConfig } from './segmented-log-config.ts'
import type { SegmentInfo } from './segment.ts'

/**
 * How many of the oldest segments retention gives up: while the largest timestamp is longer ago than `retentionMs`,
 * or the log without the segment still has `retentionBytes`. A segment without timestamps does not age.
 *
 * @param segments All of a log, oldest first.
 * @param upTo What ends after this offset stays.
 *
 * Source: Apache Kafka, `UnifiedLog.deleteRetentionMsBreachedSegments`, `deleteRetentionSizeBreachedSegments`.
 */
export function countExpired(
  segments: readonly SegmentInfo[],
  { retentionMs, retentionBytes, cleanupPolicy }: SegmentedLogConfig,
  nowMs: number,
  upTo: number,
): number {
  if (!cleanupPolicy.includes('delete')) return 0
  let restBytes = segments.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  let count = 0
  for (const [index, { endOffset, fileBytes, largestTimestamp }] of segments.entries()) {
    restBytes -= fileBytes
    const isActive = index === segments.length - 1
    const isOld =
      retentionMs !== null && largestTimestamp !== NONE && nowMs - largestTimestamp > retentionMs
    const isTooMuch = retentionBytes !== null && restBytes >= retentionBytes
    // Compaction may have left nothing of a segment.
    const isEmpty = fileBytes === 0
    if ((isEmpty && isActive) || endOffset > upTo || !(isEmpty || isOld || isTooMuch)) break
    count++
  }
  return count
}
