import { crc32c } from '@node-rs/crc32'
import { DataDirectory } from '../../src/directory/data-directory.ts'
import type { FileSystem } from '../../src/file-system/file-system.ts'
import { cleanLog } from '../../src/cleaner/clean-log.ts'
import { CleaningMemory } from '../../src/cleaner/cleaning-memory.ts'
import type { CleanedSegment, CleaningResult } from '../../src/cleaner/cleaning-job.ts'
import { ProducerEntries } from '../../src/segment/producer-entries.ts'
import { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { findCleanable } from '../../src/storage-thread/cleanable-log.ts'
import { keyedBatch, recordsOf, type FoundKeyedRecord } from '../cleaner/keyed-batches.ts'
import { baseOffsetOf, batchAt, lastOffsetOf } from '../log-batches.ts'
import { TOPIC_ID } from '../open-log.ts'
import { pick } from './simulated-file.ts'
import type { SimulatedFileSystem } from './simulated-file-system.ts'

/**
 * What is done wrong on purpose, to see that it is noticed:
 *
 * - `"D-5"`: the names of new files are not synced.
 * - `"D-6"`: the recovery point is what is written.
 * - `"D-6 indexes"`: of sealed segments the `.log` alone is synced.
 * - `"D-7"`: files go before the log's new start is durable.
 * - `"D-9"`: what a failed write has left stays.
 * - `"D-11"`: files get gaps before the recovery point on disk is past these.
 * - `"D-12"`: what the cleaner has made is not synced before it takes the place of what it was made from.
 * - `"D-12 names"`: of what the cleaner has made, the `.log` gets its name first.
 * - `"D-13"`: records are dropped for the sake of such as are not synced.
 * - `"D-14"`: what the cleaner has made takes its place from the newest segment to the oldest.
 * - `"D-15"`: a batch of which no record is left goes, also a producer's latest.
 * - `"D-32"`: the session after a failed sync takes the files for what the disk has.
 */
export type Mutant = (typeof MUTANTS)[number]

const MUTANTS_OF_LOGS = ['D-5', 'D-6', 'D-6 indexes', 'D-7', 'D-9', 'D-32'] as const
const MUTANTS_OF_COMPACTION = ['D-11', 'D-12', 'D-12 names', 'D-13', 'D-14', 'D-15'] as const
export const MUTANTS = [...MUTANTS_OF_LOGS, ...MUTANTS_OF_COMPACTION] as const

/** Whether compaction does it wrong. */
export function isOfCompaction(mutant: Mutant): boolean {
  return (MUTANTS_OF_COMPACTION as readonly Mutant[]).includes(mutant)
}

/** A sync has failed: the process ends, the operating system does not. */
export class SyncFailed extends Error {}

/** What must be there after a crash, and what may be. */
export interface Expectation {
  /** Whether the topic is compacted. */
  readonly isCompacted: boolean
  /** Of the batches that were written last, by base offset. */
  readonly checksums: Map<number, number>
  /** The records that were written last, by offset; of a compacted topic. */
  readonly records: Map<number, FoundKeyedRecord>
  /** All before this offset survives. */
  flushedOffset: number
  /** What was deleted before this offset does not come back. */
  logStartOffset: number
  /** A deletion up to this offset had begun. */
  logStartAtMost: number
}

const DIRECTORY = '/data'
const SEGMENT_BYTES = 16_000
const TIMESTAMP_MS = 1_000_000

/**
 * A broker's life with one partition on disk, as a storage thread and its sync thread lead it; any call may lose the
 * power.
 */
export class StorageSession {
  readonly #fileSystem: SimulatedFileSystem
  readonly #seen: FileSystem
  readonly #expected: Expectation
  readonly #mutant: Mutant | null
  readonly #directory: DataDirectory
  readonly log: SegmentedLog
  readonly #memory: CleaningMemory
  #unwritten: Uint8Array[] = []

  constructor(fileSystem: SimulatedFileSystem, expected: Expectation, mutant: Mutant | null) {
    this.#fileSystem = fileSystem
    this.#expected = expected
    this.#mutant = mutant
    this.#seen = mutated(fileSystem, mutant)
    this.#memory = new CleaningMemory(fileSystem, new Uint8Array(16))
    this.#directory = DataDirectory.open(this.#seen, DIRECTORY, () => ({ release() {} }))
    this.log = SegmentedLog.open({
      fileSystem: this.#seen,
      dataDirectory: DIRECTORY,
      topic: 'trades',
      partition: 0,
      topicId: TOPIC_ID,
      config: {
        segmentBytes: SEGMENT_BYTES,
        segmentMs: 1e9,
        retentionMs: null,
        retentionBytes: 2 * SEGMENT_BYTES,
        cleanupPolicy: expected.isCompacted ? ['compact', 'delete'] : ['delete'],
        maxCompactionLagMs: null,
      },
      isClean: this.#directory.isClean,
      recoveryPoint: this.#directory.recoveryPoints.read()[0]?.offset ?? 0,
      logStartOffset: this.#directory.logStarts.read()[0]?.offset ?? 0,
      truncateCorrupt: false,
      onLogStart: (offset) => this.#startsAt(offset),
    })
  }

  /** What was recovered is synced, and so counts as flushed. */
  noteOpened(): void {
    this.#expected.flushedOffset = this.log.endOffset
  }

  /** One thing that such threads do. */
  step(random: () => number): void {
    const choice = random()
    // Of a compacted topic, more goes by compaction than by deletion.
    if (this.#expected.isCompacted && choice >= 0.8 && random() < 0.7) this.#clean(random)
    else if (choice < 0.5) this.#append(random)
    else if (choice < 0.62) this.#sync()
    else if (choice < 0.72) this.#fillDisk(random)
    else if (choice < 0.8) this.log.roll()
    else if (choice < 0.86) this.#checkpoint()
    else if (choice < 0.92) this.#deleteBefore(random)
    else if (choice < 0.93) this.#failSync(random)
    else this.#retain()
  }

  /** Ends as a broker does that is told to. */
  end(): void {
    this.log.close()
    this.#expected.flushedOffset = this.log.endOffset
    this.#checkpoint()
    this.#directory.close(true)
  }

  /** What a failed write has left out is written first, as it stands in the ring. */
  #append(random: () => number): void {
    this.#unwritten = this.#unwritten.filter((batch) => baseOffsetOf(batch) >= this.log.endOffset)
    let offset = this.log.endOffset
    for (let count = 1 + Math.floor(random() * 5); count > 0; count--) {
      const batch = this.#unwritten.find((each) => baseOffsetOf(each) === offset)
      offset = 1 + (batch === undefined ? this.#newBatch(offset, random) : lastOffsetOf(batch))
    }
    const bytes = Buffer.concat(this.#unwritten)
    this.log.append(bytes, bytes.length)
  }

  #newBatch(baseOffset: number, random: () => number): number {
    const records = 1 + Math.floor(random() * 4)
    const valueBytes = 50 + Math.floor(random() * 900)
    const timestamp = TIMESTAMP_MS + Math.floor(random() * 1_000)
    const producerId = Math.floor(random() * 4)
    const producer = { producerId, producerEpoch: 0, baseSequence: baseOffset }
    const batch = this.#expected.isCompacted
      ? keyedBatch({
          baseOffset,
          records: Array.from({ length: records }, () => ({
            key: `key-${Math.floor(random() * 6)}`,
            value: random() < 0.4 ? null : `${baseOffset} `.padEnd(valueBytes, '.'),
            timestamp,
          })),
          producer,
        })
      : batchAt({ baseOffset, records, valueBytes, timestamp, producer })
    this.#unwritten.push(batch)
    this.#expected.checksums.set(baseOffset, crc32c(batch))
    for (const record of recordsOf(batch)) this.#expected.records.set(record.offset, record)
    return lastOffsetOf(batch)
  }

  /** A round of the cleaner. What is synced by now is acknowledged. */
  #clean(random: () => number): void {
    const { log } = this
    const nowMs = TIMESTAMP_MS + this.#expected.records.size
    const cleanable = findCleanable(
      {
        segments: log.segments,
        logStartOffset: log.logStartOffset,
        cleanerPoint: this.#directory.cleanerPoints.read()[0]?.offset ?? 0,
        safeUpTo: this.#mutant === 'D-13' ? log.endOffset : this.#expected.flushedOffset,
        firstTimestampOf: () => -1,
      },
      { minCleanableDirtyRatio: 0, minCompactionLagMs: 0, maxCompactionLagMs: null },
      nowMs,
    )
    if (cleanable === null) return
    const made: CleanedSegment[] = []
    const isBackwards = this.#mutant === 'D-14'
    const clean = (): CleaningResult =>
      cleanLog({
        fileSystem: this.#mutant === 'D-12' ? withoutSync(this.#seen) : this.#seen,
        job: {
          folder: log.folder.path,
          segments: cleanable.segments,
          firstDirtyOffset: cleanable.firstDirtyOffset,
          nowMs,
          deleteRetentionMs: pick([0, 0, 20], random),
          segmentBytes: pick([0, SEGMENT_BYTES], random),
          maxKeys: pick([2, 4, 1_000], random),
        },
        memory: this.#memory,
        assertWanted: () => undefined,
        onCleaned: (segment) => (isBackwards ? made.unshift(segment) : this.#replace(segment)),
      })
    const { cleanedUpTo } = this.#mutant === 'D-15' ? withoutProducers(clean) : clean()
    for (const segment of made) this.#replace(segment)
    const offset = cleanedUpTo
    this.#directory.cleanerPoints.write([{ topic: 'trades', partition: 0, offset }])
  }

  #replace(segment: CleanedSegment): void {
    if (this.#mutant !== 'D-11') this.#checkpoint()
    this.log.sealed.replace(segment)
  }

  /** The disk takes some more bytes, then none; later it does again. */
  #fillDisk(random: () => number): void {
    this.#fileSystem.freeBytes = Math.floor(random() * 3_000)
    try {
      this.#append(random)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      this.#fileSystem.freeBytes = Infinity
    }
  }

  #sync(): void {
    const { endOffset } = this.log
    for (const segment of this.log.takeSealed()) {
      const { descriptors } = segment
      const synced = this.#mutant === 'D-6 indexes' ? descriptors.slice(0, 1) : descriptors
      for (const descriptor of synced) this.#seen.sync(descriptor)
      segment.close()
    }
    this.#seen.sync(this.log.activeSegment.descriptor)
    this.#expected.flushedOffset = endOffset
  }

  /** As a follower does: the log is closed as it is, and the session after this one is to look. */
  #failSync(random: () => number): void {
    this.#fileSystem.failsNextSync = random
    try {
      this.#sync()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EIO') throw error
      if (this.#mutant !== 'D-32') this.log.distrust()
      throw new SyncFailed()
    }
  }

  #checkpoint(): void {
    const offset = this.#mutant === 'D-6' ? this.log.endOffset : this.#expected.flushedOffset
    this.#directory.recoveryPoints.write([{ topic: 'trades', partition: 0, offset }])
  }

  #deleteBefore(random: () => number): void {
    const { logStartOffset, endOffset } = this.log
    const offset = logStartOffset + Math.floor(random() * (endOffset - logStartOffset + 1))
    this.log.deleteBefore(offset)
    this.#expected.logStartOffset = this.log.logStartOffset
  }

  #retain(): void {
    this.log.applyRetention(
      TIMESTAMP_MS,
      pick([this.log.endOffset, 0], () => 0.2),
    )
    this.#expected.logStartOffset = this.log.logStartOffset
  }

  #startsAt(offset: number): void {
    this.#expected.logStartAtMost = offset
    if (this.#mutant === 'D-7') return
    this.#directory.logStarts.write([{ topic: 'trades', partition: 0, offset }])
  }
}

/** The cleaner knows no producers. */
function withoutProducers<Result>(clean: () => Result): Result {
  const { prototype } = ProducerEntries
  const { all } = Object.getOwnPropertyDescriptors(prototype)
  prototype.all = () => []
  try {
    return clean()
  } finally {
    Object.defineProperty(prototype, 'all', all)
  }
}

function withoutSync(fileSystem: FileSystem): FileSystem {
  return new Proxy(fileSystem, {
    get(target, name: keyof FileSystem) {
      if (name === 'sync') return () => {}
      return (target[name] as (...given: unknown[]) => unknown).bind(target)
    },
  })
}

/** Renames the `.log` of the cleaner's files before its indexes. */
function withLogFirst(fileSystem: SimulatedFileSystem): FileSystem['rename'] {
  return (from, to) => {
    const log = from.replace(/\.(index|timeindex)\.cleaned$/, '.log.cleaned')
    const isFirst = from.endsWith('.index.cleaned') && fileSystem.sizeAt(log) !== null
    if (isFirst) fileSystem.rename(log, log.replace('.cleaned', '.swap'))
    if (from.endsWith('.log.cleaned') && fileSystem.sizeAt(from) === null) return
    fileSystem.rename(from, to)
  }
}

function mutated(fileSystem: SimulatedFileSystem, mutant: Mutant | null): FileSystem {
  if (mutant !== 'D-5' && mutant !== 'D-9' && mutant !== 'D-12 names') return fileSystem
  return new Proxy(fileSystem, {
    get(target, name: keyof FileSystem) {
      const method = target[name] as (...given: unknown[]) => unknown
      if (mutant === 'D-5' && name === 'syncDirectory') {
        return (path: string) => {
          if (path === DIRECTORY) target.syncDirectory(path)
        }
      }
      if (mutant === 'D-12 names' && name === 'rename') return withLogFirst(target)
      if (mutant === 'D-9' && name === 'truncate') return () => {}
      return method.bind(target)
    },
  })
}
