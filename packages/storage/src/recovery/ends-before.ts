import { readInt32 } from '@ringlog/core/internal/storage'
import { readFully } from '../file-system/small-files.ts'
import type { BatchScanner } from '../segment/batch-scanner.ts'
import type { LogFolder } from '../segment/log-folder.ts'
import { OFFSET_ENTRY_BYTES } from '../segment/offset-index.ts'
import { segmentFileName } from '../segment/segment-file-names.ts'

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
  const { fileSystem } = folder
  const index = fileSystem.open(folder.pathOf(segmentFileName(baseOffset, '.index')), 'read')
  try {
    const count = Math.floor(fileSystem.sizeOf(index) / OFFSET_ENTRY_BYTES)
    if (count === 0) return 0
    const entry = new Uint8Array(OFFSET_ENTRY_BYTES)
    const at = (count - 1) * OFFSET_ENTRY_BYTES
    readFully(fileSystem, index, entry, 0, OFFSET_ENTRY_BYTES, at)
    return readInt32(entry, 4)
  } finally {
    fileSystem.close(index)
  }
}
