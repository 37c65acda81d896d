import { crc32c } from '@node-rs/crc32'
import { RecordBatchHeader } from '@ringlog/core/internal/storage'
import { ProducerEntries } from '../../src/segment/producer-entries.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { findIndexFault } from './index-faults.ts'
import type { SimulatedFileSystem } from './simulated-file-system.ts'
import type { Expectation } from './storage-session.ts'

/** Holds a log that was recovered against what was written; throws where it is not that. */
export function checkRecovered(
  log: SegmentedLog,
  fileSystem: SimulatedFileSystem,
  expected: Expectation,
): void {
  const { logStartOffset, endOffset, segments } = log
  const { flushedOffset, logStartAtMost, checksums } = expected
  const isStart = logStartOffset >= expected.logStartOffset && logStartOffset <= logStartAtMost
  check(isStart, `it starts at ${logStartOffset}`)
  // What was deleted need not be there, synced or not.
  check(endOffset >= flushedOffset, `it ends at ${endOffset}, before ${flushedOffset}`)
  const header = new RecordBatchHeader()
  const producers = new ProducerEntries()
  let next = segments[0]!.baseOffset
  log.readFrom(0, (bytes, byteIndex, sizeBytes) => {
    const { baseOffset, lastOffset } = header.wrap(bytes, byteIndex)
    check(baseOffset === next, `offset ${next} is followed by ${baseOffset}`)
    const checksum = crc32c(bytes.subarray(byteIndex, byteIndex + sizeBytes))
    check(checksums.get(baseOffset) === checksum, `the batch at ${baseOffset} is another one`)
    producers.note(header)
    next = lastOffset + 1
  })
  check(next === endOffset, `its batches end at ${next}, it says ${endOffset}`)
  const entries = new Map(log.producers.map((entry) => [entry.producerId, entry]))
  for (const entry of producers.all()) {
    const found = entries.get(entry.producerId)
    check(
      JSON.stringify(found) === JSON.stringify(entry),
      `producer ${entry.producerId} is ${JSON.stringify(found)}, not ${JSON.stringify(entry)}`,
    )
  }
  for (const [index, { baseOffset }] of segments.entries()) {
    const fault = findIndexFault(fileSystem, baseOffset, index < segments.length - 1)
    check(fault === null, `an index of segment ${baseOffset} ${fault}`)
  }
}

function check(isSo: boolean, fault: string): void {
  if (!isSo) throw new Error(fault)
}
