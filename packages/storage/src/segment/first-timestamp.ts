import { BATCH_HEADER_BYTES, NONE, RecordBatchHeader } from '@ringlog/core/internal/storage'
import { isSystemError } from '../file-system/file-system.ts'
import { readFully } from '../file-system/small-files.ts'
import type { LogFolder } from './log-folder.ts'
import { segmentFileName } from './segment-file-names.ts'

/** The largest timestamp of a segment's first batch, milliseconds since 1970; -1: it has none, or cannot be read now. */
export function firstTimestampOf(folder: LogFolder, baseOffset: number): number {
  try {
    return readFirstTimestamp(folder, baseOffset)
  } catch (error) {
    if (isSystemError(error)) return NONE
    throw error
  }
}

function readFirstTimestamp(folder: LogFolder, baseOffset: number): number {
  const { fileSystem } = folder
  const header = new Uint8Array(BATCH_HEADER_BYTES)
  const descriptor = fileSystem.open(folder.pathOf(segmentFileName(baseOffset, '.log')), 'read')
  try {
    const length = readFully(fileSystem, descriptor, header, 0, BATCH_HEADER_BYTES, 0)
    return length < BATCH_HEADER_BYTES ? NONE : new RecordBatchHeader().wrap(header).maxTimestamp
  } finally {
    fileSystem.close(descriptor)
  }
}
