import type { BatchScanner } from '../segment/batch-scanner.ts'
import { segmentFileName } from '../segment/segment-file-names.ts'
import { Segment } from '../segment/segment.ts'
import type { LogFolder } from '../segment/log-folder.ts'

/**
 * Opens the last segment of a log whose files are as they were left: goes from the last index entry to the end by
 * the batches' headers.
 *
 * @param isDense Whether each batch follows the one before without a gap: no compaction is at work.
 * @param fileBytes Cuts the `.log` to this first, where it is given.
 * @returns `null`: the files do not fit together, and are to be scanned.
 */
export function resumeSegment(
  folder: LogFolder,
  baseOffset: number,
  scanner: BatchScanner,
  isDense: boolean,
  fileBytes: number | null,
): Segment | null {
  if (!hasIndexes(new Set(folder.list()), baseOffset)) return null
  const segment = Segment.open(folder.fileSystem, folder.path, baseOffset, 'indexed')
  try {
    if (isResumed(segment, scanner, isDense, fileBytes)) return segment
  } catch (error) {
    segment.close()
    throw error
  }
  segment.close()
  return null
}

/** Whether the listing of a folder has both indexes of a segment. */
export function hasIndexes(names: ReadonlySet<string>, baseOffset: number): boolean {
  return (
    names.has(segmentFileName(baseOffset, '.index')) &&
    names.has(segmentFileName(baseOffset, '.timeindex'))
  )
}

function isResumed(
  segment: Segment,
  scanner: BatchScanner,
  isDense: boolean,
  fileBytes: number | null,
): boolean {
  const { log, offsetIndex } = segment
  if (fileBytes !== null && fileBytes > log.fileBytes) return false
  if (fileBytes !== null) log.cut(fileBytes)
  if (log.fileBytes === 0) return offsetIndex.last === null
  scanner.start(log.descriptor, 0, log.fileBytes, 'headers')
  if (!scanner.next() || scanner.header.baseOffset < segment.baseOffset) return false
  const firstTimestamp = scanner.header.maxTimestamp
  const indexed = offsetIndex.last
  if (indexed !== null) {
    if (indexed.filePosition < 0 || indexed.filePosition >= log.fileBytes) return false
    segment.noteIndexed(firstTimestamp)
  }
  scanner.start(log.descriptor, indexed?.filePosition ?? 0, log.fileBytes, 'headers')
  let isFirst = true
  while (scanner.next()) {
    const isIndexed = isFirst && indexed !== null
    if (isIndexed && scanner.header.lastOffset !== indexed.lastOffset) return false
    const { baseOffset } = scanner.header // no CRC covers it
    if (!isIndexed && baseOffset < segment.endOffset) return false
    if (!isIndexed && isDense && baseOffset > segment.endOffset) return false
    segment.note(scanner.header, scanner.filePosition)
    isFirst = false
  }
  return scanner.fault === null
}
