import { NONE } from '@ringlog/core/internal/storage'
import { parseSegmentFileName, type FileState } from '../segment/segment-file-names.ts'
import type { SegmentInfo } from '../segment/segment.ts'
import { findCleanable } from '../storage-thread/cleanable-log.ts'

/** How far a partition's log is compacted. */
export interface CompactionInspection {
  /** All before it has been compacted: the cleaner's checkpoint. */
  readonly cleanedUpTo: number
  /** The share of the segments but the newest that is not compacted yet, in bytes: 0 to 1. */
  readonly dirtyRatio: number
  /**
   * When the first of the tombstones may go, with the next time that compaction comes by: milliseconds since 1970; `null`:
   * it has come by none.
   */
  readonly earliestDeleteHorizonMs: number | null
}

/**
 * What the segments and the checkpoint of a log say of its compaction.
 *
 * @param cleanedUpTo `null`: there is no checkpoint, so it was never compacted.
 * @param earliestDeleteHorizonMs Of the batches; `null`: none has one.
 */
export function inspectCompaction(
  segments: readonly SegmentInfo[],
  logStartOffset: number,
  cleanedUpTo: number | null,
  earliestDeleteHorizonMs: number | null,
): CompactionInspection | null {
  if (cleanedUpTo === null) return null
  const log = {
    segments,
    logStartOffset,
    cleanerPoint: cleanedUpTo,
    safeUpTo: Infinity,
    firstTimestampOf: () => NONE,
  }
  const dirtyRatio = findCleanable(log, NO_LAG, 0)?.dirtyRatio ?? 0
  return { cleanedUpTo, dirtyRatio, earliestDeleteHorizonMs }
}

const NO_LAG = { minCleanableDirtyRatio: 1, minCompactionLagMs: 0, maxCompactionLagMs: null }

/** Files that are not, or not any more, the log's: of compaction, or of a deletion, that was not finished. */
export function leftoversAmong(names: readonly string[]): string[] {
  return names.filter((name) => STATES.some((state) => isOf(name, state))).sort()
}

const STATES: ReadonlyArray<Exclude<FileState, ''>> = ['.cleaned', '.swap', '.deleted']

function isOf(name: string, state: FileState): boolean {
  return name.endsWith(state) && parseSegmentFileName(name.slice(0, -state.length)) !== null
}
