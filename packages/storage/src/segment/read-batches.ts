import { BatchScanner } from './batch-scanner.ts'
import type { LogFolder } from './log-folder.ts'
import { scanSegment } from './scan-segment.ts'
import { segmentFileName } from './segment-file-names.ts'
import type { SegmentInfo } from './segment.ts'

/** Looks at a batch; the memory is lent until this returns. */
export type VisitBatch = (bytes: Uint8Array, byteIndex: number, sizeBytes: number) => void

/**
 * Visits the batches of a log that end after an offset, in order.
 *
 * @throws RinglogError KAFKA_STORAGE_ERROR where the files do not hold what was written.
 */
export function readBatches(
  folder: LogFolder,
  segments: readonly SegmentInfo[],
  offset: number,
  visit: VisitBatch,
): void {
  const scanner = new BatchScanner(folder.fileSystem)
  for (const { baseOffset, endOffset } of segments) {
    if (endOffset <= offset) continue
    const file = segmentFileName(baseOffset, '.log')
    scanSegment(folder, file, scanner, 'whole', ({ header }) => {
      if (header.lastOffset >= offset) visit(scanner.bytes, scanner.byteIndex, scanner.sizeBytes)
    })
  }
}
