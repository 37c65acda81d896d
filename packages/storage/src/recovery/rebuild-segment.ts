import type { RecordBatchHeader } from '@ringlog/core/internal/storage'
import type { BatchScanner } from '../segment/batch-scanner.ts'
import type { LogFolder } from '../segment/log-folder.ts'
import { segmentFileName } from '../segment/segment-file-names.ts'
import { Segment } from '../segment/segment.ts'

/** The first place in a log that is not what was written. */
export interface LogFault {
  readonly reason: string
  readonly file: string
  readonly filePosition: number
  /** All before this offset is good. */
  readonly offset: number
  /** The offset after the last record that is lost, as far as that can be told. */
  readonly lostTo: number
}

/**
 * Opens a segment, reads all of it, holds each batch against its CRC, and makes the indexes anew.
 *
 * @param allowsGapBefore Compaction leaves gaps between offsets: those before this offset are none of ours.
 * @returns The segment, which ends before the fault; its `.log` may be longer.
 */
export function rebuildSegment(
  folder: LogFolder,
  baseOffset: number,
  scanner: BatchScanner,
  allowsGapBefore: number,
): { segment: Segment; fault: LogFault | null } {
  const segment = Segment.open(folder.fileSystem, folder.path, baseOffset, 'unindexed')
  try {
    const { header } = scanner
    const endPosition = segment.log.fileBytes
    scanner.start(segment.log.descriptor, 0, endPosition, 'whole')
    let reason: string | null = null
    while (reason === null && scanner.next()) {
      reason = findOffsetFault(segment, header.baseOffset, header.lastOffset, allowsGapBefore)
      if (reason === null) segment.note(header, scanner.filePosition)
    }
    reason ??= scanner.fault
    if (reason === null) return { segment, fault: null }
    const fault: LogFault = {
      reason,
      file: segmentFileName(baseOffset, '.log'),
      filePosition: scanner.filePosition,
      offset: segment.endOffset,
      lostTo: lostTo(segment.endOffset, header),
    }
    return { segment, fault }
  } catch (error) {
    segment.close()
    throw error
  }
}

/** A batch that is cut off may still have its header. */
function lostTo(endOffset: number, { baseOffset, lastOffset }: RecordBatchHeader): number {
  return baseOffset === endOffset && lastOffset >= baseOffset ? lastOffset + 1 : endOffset
}

function findOffsetFault(
  segment: Segment,
  baseOffset: number,
  lastOffset: number,
  allowsGapBefore: number,
): string | null {
  const expected = segment.endOffset
  if (baseOffset < expected) {
    return `offsets do not rise: baseOffset=${baseOffset}, expectedOffset=${expected}`
  }
  if (baseOffset > expected && expected >= allowsGapBefore) {
    return `records are missing: baseOffset=${baseOffset}, expectedOffset=${expected}`
  }
  if (!segment.canHold(lastOffset)) {
    return `an offset is too far from the segment's first: lastOffset=${lastOffset}`
  }
  return null
}
