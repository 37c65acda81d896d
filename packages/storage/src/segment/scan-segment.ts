import { RinglogError, partitionName } from '@ringlog/core/internal/storage'
import type { BatchScanner, ScanDepth } from './batch-scanner.ts'
import type { LogFolder } from './log-folder.ts'

/**
 * Goes through the batches of a segment's `.log`.
 *
 * @throws RinglogError KAFKA_STORAGE_ERROR where the file does not hold what was written.
 */
export function scanSegment(
  folder: LogFolder,
  file: string,
  scanner: BatchScanner,
  depth: ScanDepth,
  visit: (scanner: BatchScanner) => void,
): void {
  const { fileSystem } = folder
  const descriptor = fileSystem.open(folder.pathOf(file), 'read')
  try {
    scanner.start(descriptor, 0, fileSystem.sizeOf(descriptor), depth)
    while (scanner.next()) visit(scanner)
  } finally {
    fileSystem.close(descriptor)
  }
  if (scanner.fault === null) return
  const { topic, partition } = folder
  const { fault: reason, filePosition } = scanner
  throw new RinglogError(
    'KAFKA_STORAGE_ERROR',
    `the log is damaged: partition=${partitionName(topic, partition)}, file=${folder.pathOf(file)}, ` +
      `filePosition=${filePosition}: ${reason}`,
    { details: { ...folder.details, file, filePosition, reason } },
  )
}
