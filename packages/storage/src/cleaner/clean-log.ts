import type { FileSystem } from '../file-system/file-system.ts'
import type { BatchFilter, Retention } from './batch-filter.ts'
import { CleanedFiles } from './cleaned-files.ts'
import type {
  CleanedSegment,
  CleaningJob,
  CleaningResult,
  CleaningStats,
  SegmentToClean,
} from './cleaning-job.ts'
import type { CleaningMemory } from './cleaning-memory.ts'
import { groupSegments } from './group-segments.ts'
import { findLatestOffsets } from './latest-offsets.ts'
import { RetentionByKey } from './retention-by-key.ts'
import { ScannedBatches } from './scanned-batches.ts'

/** What a round is made with, and who hears of it. */
export interface CleanLogOptions {
  readonly fileSystem: FileSystem
  readonly job: CleaningJob
  /** No other round uses it meanwhile. */
  readonly memory: CleaningMemory
  /** Throws once the round is not wanted any more. */
  readonly assertWanted: () => void
  /** A segment's files are written and synced; those that it is made of may go. Oldest first. */
  readonly onCleaned: (segment: CleanedSegment) => void
}

/**
 * Compacts a log: first finds the latest offset of each key that was written since the last round, then writes each
 * segment anew, from the log's first one on, without what is outdated.
 *
 * Thread: the cleaner's. Blocks for as long as it takes. It reads segments, and writes files of its own beside them.
 *
 * @throws What `assertWanted` throws; RinglogError CORRUPT_MESSAGE; the system's error. Of the segment that it has not
 *   finished nothing is left.
 *
 * Source: Apache Kafka, `storage/internals/log/Cleaner.java`.
 */
export function cleanLog(options: CleanLogOptions): CleaningResult {
  const { fileSystem, job, memory, assertWanted, onCleaned } = options
  const { scanner, filter, pending } = memory
  const scan = new ScannedBatches(fileSystem, job.folder, scanner, assertWanted)
  const latest = findLatestOffsets(job, scan, memory.latest)
  const { coveredUpTo } = latest
  const retention = new RetentionByKey(latest, job)
  const stats = { bytesRead: 0, bytesWritten: 0, recordsRead: 0, recordsWritten: 0 }
  const segments = job.segments.filter(({ baseOffset }) => baseOffset < coveredUpTo)
  for (const group of groupSegments(segments, job.segmentBytes)) {
    const files = new CleanedFiles(fileSystem, job.folder, group[0]!.baseOffset, pending)
    try {
      for (const { baseOffset } of group) {
        scan.forEach(baseOffset, (batch) => {
          keep(batch, filter, retention, files, stats)
          return true
        })
      }
      onCleaned(cleanedSegment(group, files))
    } catch (error) {
      files.drop()
      throw error
    }
  }
  return { cleanedUpTo: coveredUpTo, stats }
}

function keep(
  batch: Uint8Array,
  filter: BatchFilter,
  retention: Retention,
  files: CleanedFiles,
  stats: Counts,
): void {
  stats.bytesRead += batch.length
  const left = filter.filter(batch, retention)
  if (left === null) return
  files.append(left.bytes)
  stats.bytesWritten += left.bytes.length
  stats.recordsRead += left.recordsRead
  stats.recordsWritten += left.recordsWritten
}

/** `CleaningStats` that grow. */
type Counts = { -readonly [Name in keyof CleaningStats]: CleaningStats[Name] }

function cleanedSegment(group: readonly SegmentToClean[], files: CleanedFiles): CleanedSegment {
  const { fileBytes, largestTimestamp } = files.finish()
  const replaced = group.map(({ baseOffset }) => baseOffset)
  return { baseOffset: replaced[0]!, replaced, fileBytes, largestTimestamp }
}
