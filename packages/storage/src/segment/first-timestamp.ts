import { BATCH_HEADER_BYTES, NONE, RecordBatchHeader } from '@ringlog/core/internal/storage'
import { readFully } from '../file-system/small-files.ts'
import type { LogFolder } from './log-folder.ts'
import { segmentFileName } from './segment-file-names.ts'

/** The largest timestamp of a segment's first batch, milliseconds since 1970; -1: it has none. */
export function firstTimestampOf(folder: LogFolder, baseOffset: number): number {
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
