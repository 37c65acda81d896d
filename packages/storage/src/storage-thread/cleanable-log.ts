import { NONE, type ResolvedTopicConfig } from '@ringlog/core/internal/storage'
import type { SegmentInfo } from '../segment/segment.ts'

/** What of a topic's options says when, and how, it is compacted. */
export type CompactionConfig = Pick<
  ResolvedTopicConfig,
  'minCleanableDirtyRatio' | 'minCompactionLagMs' | 'maxCompactionLagMs'
>

/** A log as compaction looks at it. */
export interface LogToCompact {
  /** All, oldest first; the last one is appended to. */
  readonly segments: readonly SegmentInfo[]
  readonly logStartOffset: number
  /** All before it has been compacted, as the checkpoint says. */
  readonly cleanerPoint: number
  /** Below it, records are acknowledged and synced: what is outdated by one of these does not come back. */
  readonly safeUpTo: number
  /** Of a segment's first batch, milliseconds since 1970; -1: it has none. */
  firstTimestampOf(baseOffset: number): number
}

/** What of a log can be compacted now. */
export interface CleanableLog {
  /** From its first one on. */
  readonly segments: readonly SegmentInfo[]
  readonly firstDirtyOffset: number
  /** The share of these segments that is not compacted yet, in bytes. */
  readonly dirtyRatio: number
  /** By the options' say. */
  readonly isDue: boolean
}

/**
 * What of a log can be compacted: never the active segment, nothing that is not acknowledged and synced (D-13), nothing
 * from the first segment on with a record that is younger than `minCompactionLagMs`.
 *
 * @returns `null`: there is nothing new.
 *
 * Source: Apache Kafka, `LogCleanerManager.cleanableOffsets`, `grabFilthiestCompactedLog`.
 */
export function findCleanable(
  log: LogToCompact,
  config: CompactionConfig,
  nowMs: number,
): CleanableLog | null {
  const firstDirtyOffset = Math.max(log.cleanerPoint, log.logStartOffset)
  const youngest = config.minCompactionLagMs > 0 ? nowMs - config.minCompactionLagMs : Infinity
  const segments: SegmentInfo[] = []
  for (const segment of log.segments.slice(0, -1)) {
    const isDirty = segment.endOffset > firstDirtyOffset
    if (segment.endOffset > log.safeUpTo) break
    if (isDirty && segment.largestTimestamp > youngest) break
    segments.push(segment)
  }
  const dirty = segments.filter(({ endOffset }) => endOffset > firstDirtyOffset)
  const dirtyBytes = bytesOf(dirty)
  if (dirtyBytes === 0) return null
  const dirtyRatio = dirtyBytes / bytesOf(segments)
  const isDue =
    dirtyRatio > config.minCleanableDirtyRatio ||
    isLate(log, dirty, config.maxCompactionLagMs, nowMs)
  return { segments, firstDirtyOffset, dirtyRatio, isDue }
}

function bytesOf(segments: readonly SegmentInfo[]): number {
  return segments.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
}

/** Whether a segment begins with a record that should have been compacted by now. */
function isLate(
  log: LogToCompact,
  dirty: readonly SegmentInfo[],
  maxCompactionLagMs: number | null,
  nowMs: number,
): boolean {
  if (maxCompactionLagMs === null) return false
  return dirty.some(({ baseOffset }) => {
    const timestamp = log.firstTimestampOf(baseOffset)
    return timestamp !== NONE && nowMs - timestamp > maxCompactionLagMs
  })
}
