import { BatchScanner } from '../segment/batch-scanner.ts'
import type { LogFolder } from '../segment/log-folder.ts'
import { ProducerEntries, type ProducerEntry } from '../segment/producer-entries.ts'
import { decodeProducerSnapshot } from '../segment/producer-snapshot.ts'
import { scanSegment } from '../segment/scan-segment.ts'
import { baseOffsetsOf, segmentFileName } from '../segment/segment-file-names.ts'
import type { SegmentInfo } from '../segment/segment.ts'

/**
 * The producers at the end of a log: those of the newest whole snapshot, and of the batches that follow it.
 * Snapshots that nobody will read go.
 *
 * @param segments All of the log, oldest first.
 *
 * Source: Apache Kafka, `ProducerStateManager.truncateAndReload`, `removeStraySnapshots`.
 */
export function recoverProducers(
  folder: LogFolder,
  segments: readonly SegmentInfo[],
): ProducerEntries {
  const endOffset = segments.at(-1)!.endOffset
  const newest = findNewest(folder, endOffset)
  dropStrays(folder, segments, newest?.offset ?? -1)
  const producers = new ProducerEntries()
  for (const producer of newest?.producers ?? []) producers.add(producer)
  const from = newest?.offset ?? 0
  const scanner = new BatchScanner(folder.fileSystem)
  for (const segment of segments) {
    if (segment.endOffset <= from) continue
    const file = segmentFileName(segment.baseOffset, '.log')
    scanSegment(folder, file, scanner, 'headers', ({ header }) => {
      if (header.baseOffset >= from) producers.note(header)
    })
  }
  return producers
}

interface Snapshot {
  readonly offset: number
  readonly producers: readonly ProducerEntry[]
}

function findNewest(folder: LogFolder, endOffset: number): Snapshot | null {
  for (const offset of baseOffsetsOf(folder.list(), '.snapshot').toReversed()) {
    if (offset > endOffset) continue
    const content = folder.read(segmentFileName(offset, '.snapshot'))
    const producers = content === null ? null : decodeProducerSnapshot(content)
    if (producers !== null) return { offset, producers }
  }
  return null
}

/** Each segment's start keeps its snapshot: a truncation may come back to it. */
function dropStrays(folder: LogFolder, segments: readonly SegmentInfo[], newest: number): void {
  const kept = new Set(segments.map(({ baseOffset }) => baseOffset).filter((at) => at <= newest))
  kept.add(newest)
  for (const offset of baseOffsetsOf(folder.list(), '.snapshot')) {
    if (!kept.has(offset))
      folder.fileSystem.unlink(folder.pathOf(segmentFileName(offset, '.snapshot')))
  }
}
