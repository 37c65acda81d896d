import { crc32c } from '@node-rs/crc32'
import { RecordBatchHeader } from '@ringlog/core/internal/storage'
import { ProducerEntries } from '../../src/segment/producer-entries.ts'
import type { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { findIndexFault } from './index-faults.ts'
import { recordsOf, type FoundKeyedRecord } from '../cleaner/keyed-batches.ts'
import type { SimulatedFileSystem } from './simulated-file-system.ts'
import type { Expectation } from './storage-session.ts'

/** Holds a log that was recovered against what was written; throws where it is not that. */
export function checkRecovered(
  log: SegmentedLog,
  fileSystem: SimulatedFileSystem,
  expected: Expectation,
): void {
  const { logStartOffset, endOffset, segments } = log
  const { safeOffset, logStartAtMost, checksums, isCompacted } = expected
  const isStart = logStartOffset >= expected.logStartOffset && logStartOffset <= logStartAtMost
  check(isStart, `it starts at ${logStartOffset}`)
  // What was deleted need not be there, synced or not.
  check(endOffset >= safeOffset, `it ends at ${endOffset}, before ${safeOffset}`)
  const header = new RecordBatchHeader()
  const producers = new ProducerEntries()
  const records: FoundKeyedRecord[] = []
  let next = segments[0]!.baseOffset
  log.readFrom(0, (bytes, byteIndex, sizeBytes) => {
    const { baseOffset, lastOffset } = header.wrap(bytes, byteIndex)
    const isNext = isCompacted ? baseOffset >= next : baseOffset === next
    check(isNext, `offset ${next} is followed by ${baseOffset}`)
    const batch = bytes.slice(byteIndex, byteIndex + sizeBytes)
    const isWritten = isCompacted || checksums.get(baseOffset) === crc32c(batch)
    check(isWritten, `the batch at ${baseOffset} is another one`)
    if (isCompacted) records.push(...recordsOf(batch))
    producers.note(header)
    next = lastOffset + 1
  })
  if (isCompacted) checkCompacted(records, expected, logStartOffset, endOffset)
  else check(next === endOffset, `its batches end at ${next}, it says ${endOffset}`)
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

/** What is left of each key is the latest that was written, or nothing where that was a tombstone. */
function checkCompacted(
  found: readonly FoundKeyedRecord[],
  { records }: Expectation,
  logStartOffset: number,
  endOffset: number,
): void {
  const left = new Map<string, number>()
  for (const record of found) {
    const written = records.get(record.offset)
    const isSame = JSON.stringify(record) === JSON.stringify(written)
    check(isSame, `the record at ${record.offset} is another one`)
    left.set(record.key, record.offset)
  }
  const latest = new Map<string, FoundKeyedRecord>()
  for (const record of records.values()) {
    const before = latest.get(record.key)?.offset ?? -1
    if (record.offset < endOffset && record.offset > before) latest.set(record.key, record)
  }
  for (const { key, offset, value } of latest.values()) {
    const mayBeGone = value === null || offset < logStartOffset
    const at = left.get(key)
    const isLeft = at === offset || (at === undefined && mayBeGone)
    // Segments before the log's start may be there still.
    const isDeleted = at !== undefined && at < logStartOffset
    check(isLeft || isDeleted, `of ${key} the record at ${at} is left, not that at ${offset}`)
  }
}

function check(isSo: boolean, fault: string): void {
  if (!isSo) throw new Error(fault)
}
