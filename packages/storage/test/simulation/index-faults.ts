import { RecordBatchHeader } from '@ringlog/core/internal/storage'
import { readSmallFile } from '../../src/file-system/small-files.ts'
import { segmentFileName, type SegmentFileSuffix } from '../../src/segment/segment-file-names.ts'
import type { SimulatedFileSystem } from './simulated-file-system.ts'

/**
 * Holds the indexes of a segment against what its batches give, worked out another way: all of it for a sealed
 * one; of the active one the newest entries may still be in memory. `null`: they are right.
 */
export function findIndexFault(
  fileSystem: SimulatedFileSystem,
  baseOffset: number,
  isSealed: boolean,
): string | null {
  const read = (suffix: SegmentFileSuffix): Buffer => {
    const path = `/data/trades-0/${segmentFileName(baseOffset, suffix)}`
    return Buffer.from(readSmallFile(fileSystem, path) ?? [])
  }
  const expected = entriesOf(read('.log'), baseOffset, isSealed)
  const offsets = chunks(read('.index'), 8).map((entry) => [
    entry.readInt32BE(0),
    entry.readInt32BE(4),
  ])
  const times = chunks(read('.timeindex'), 12).map((entry) => [
    Number(entry.readBigInt64BE(0)),
    entry.readInt32BE(8),
  ])
  const due = isSealed ? expected.offsets : expected.offsets.slice(0, offsets.length)
  if (JSON.stringify(offsets) !== JSON.stringify(due)) {
    return `has the offsets ${JSON.stringify(offsets)}, not ${JSON.stringify(due)}`
  }
  // A clean end in between adds an entry for what was the largest then.
  const isRising = times.every((entry, index) => index === 0 || entry[0]! > times[index - 1]![0]!)
  const isTrue = times.every((entry) => includes(expected.largest, entry))
  const isWhole = !isSealed || expected.times.every((entry) => includes(times, entry))
  if (isRising && isTrue && isWhole) return null
  return `has the times ${JSON.stringify(times)}, not ${JSON.stringify(expected.times)}`
}

function includes(entries: readonly Entry[], entry: Entry): boolean {
  return entries.some((each) => each[0] === entry[0] && each[1] === entry[1])
}

type Entry = readonly number[]

function entriesOf(
  log: Buffer,
  baseOffset: number,
  isSealed: boolean,
): { offsets: Entry[]; times: Entry[]; largest: Entry[] } {
  const header = new RecordBatchHeader()
  const offsets: Entry[] = []
  const times: Entry[] = []
  let bytesSince = 0
  const largest: Entry[] = [[-1, 0]]
  const addTime = (): void => {
    const entry = largest.at(-1)!
    if (entry[0]! > (times.at(-1)?.[0] ?? -1)) times.push(entry)
  }
  for (let at = 0; at < log.length; at += header.sizeBytes) {
    const { lastOffset, maxTimestamp } = header.wrap(log, at)
    if (maxTimestamp > largest.at(-1)![0]!) largest.push([maxTimestamp, lastOffset - baseOffset])
    if (bytesSince > 4096) {
      offsets.push([lastOffset - baseOffset, at])
      addTime()
      bytesSince = 0
    }
    bytesSince += header.sizeBytes
  }
  if (isSealed) addTime()
  return { offsets, times, largest }
}

function chunks(bytes: Buffer, length: number): Buffer[] {
  return Array.from({ length: Math.floor(bytes.length / length) }, (_, index) =>
    bytes.subarray(index * length, (index + 1) * length),
  )
}
