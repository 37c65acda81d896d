import { readInt32 } from '@ringlog/core/internal/storage'
import type { BatchScanner } from '../segment/batch-scanner.ts'
import type { LogFolder } from '../segment/log-folder.ts'
import { OFFSET_ENTRY_BYTES } from '../segment/offset-index.ts'
import { segmentFileName } from '../segment/segment-file-names.ts'
import { readIndexEnd } from './index-end.ts'

/**
 * Whether the last batch of a sealed segment is the one before `nextBaseOffset`, by the headers from its last index
 * entry on: a file that was emptied, cut short or put in its place ends elsewhere, and so does one whose successor is
 * missing.
 */
export function endsBefore(
  nextBaseOffset: number,
  folder: LogFolder,
  baseOffset: number,
  scanner: BatchScanner,
): boolean {
  const { fileSystem } = folder
  const from = lastIndexedPosition(folder, baseOffset)
  const log = fileSystem.open(folder.pathOf(segmentFileName(baseOffset, '.log')), 'read')
  try {
    const fileBytes = fileSystem.sizeOf(log)
    if (from < 0 || from >= fileBytes) return false
    let endOffset = baseOffset
    scanner.start(log, from, fileBytes, 'headers')
    while (scanner.next()) endOffset = scanner.header.lastOffset + 1
    return scanner.fault === null && endOffset === nextBaseOffset
  } finally {
    fileSystem.close(log)
  }
}

/** Where the index's last entry leads to; 0: it has none. */
function lastIndexedPosition(folder: LogFolder, baseOffset: number): number {
  const { entry } = readIndexEnd(folder, segmentFileName(baseOffset, '.index'), OFFSET_ENTRY_BYTES)
  return entry === null ? 0 : readInt32(entry, 4)
}
