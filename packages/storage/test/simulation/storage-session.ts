import { crc32c } from '@node-rs/crc32'
import { DataDirectory } from '../../src/directory/data-directory.ts'
import type { FileSystem } from '../../src/file-system/file-system.ts'
import { cleanLog } from '../../src/cleaner/clean-log.ts'
import { CleaningMemory } from '../../src/cleaner/cleaning-memory.ts'
import type { CleanedSegment, CleaningResult } from '../../src/cleaner/cleaning-job.ts'
import { SegmentedLog } from '../../src/segment/segmented-log.ts'
import { findCleanable } from '../../src/storage-thread/cleanable-log.ts'
import { keyedBatch, recordsOf, type FoundKeyedRecord } from '../cleaner/keyed-batches.ts'
import { baseOffsetOf, batchAt } from '../log-batches.ts'
import { TOPIC_ID } from '../open-log.ts'
import { asInFile } from '../storage-thread/ring-rig.ts'
import { FollowedLog } from './followed-log.ts'
import {
  LateSync,
  mutateLog,
  mutated,
  whileSyncsAreWorthAll,
  withSync,
  withoutProducers,
  type Mutant,
} from './mutants.ts'
import { pick } from './simulated-file.ts'
import { PowerLoss, type SimulatedFileSystem } from './simulated-file-system.ts'

/** A sync has failed: the process ends, the operating system does not. */
export class SyncFailed extends Error {}

/** What must be there after a crash, and what may be. */
export interface Expectation {
  /** Whether the topic is compacted. */
  readonly isCompacted: boolean
  readonly flushMessages: number | null
  /** Of the batches that were written last, by base offset. */
  readonly checksums: Map<number, number>
  /** The records that were written last, by offset; of a compacted topic. */
  readonly records: Map<number, FoundKeyedRecord>
  /** All before this offset survives: it was synced, or acknowledged. */
  safeOffset: number
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
  readonly #directory: DataDirectory
  readonly log: SegmentedLog
  readonly #memory: CleaningMemory
  readonly #lateSync = new LateSync()
  readonly #mutant: Mutant | null
  /** Made by `begin`, before anything is done to the log. */
  #followed!: FollowedLog

  constructor(fileSystem: SimulatedFileSystem, expected: Expectation, mutant: Mutant | null) {
    this.#fileSystem = fileSystem
    this.#expected = expected
    this.#mutant = mutant
    this.#seen = mutated(fileSystem, mutant, DIRECTORY)
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

  /** A ring is followed from now on. All that was recovered is synced. */
  begin(): void {
    const { flushMessages } = this.#expected
    const asked = this.#mutant === 'D-1' ? null : flushMessages
    mutateLog(this.log, this.#mutant)
    this.#followed = new FollowedLog(this.log, this.#fileSystem, asked)
    this.#expected.safeOffset = this.log.endOffset
  }

  /** One thing that such threads do. */
  step(random: () => number): void {
    this.#act(() => this.#step(random))
  }

  /** Ends as a broker does that is told to. */
  end(): void {
    this.#act(() => {
      this.#followed.close()
      this.#checkpoint()
      this.#directory.close(true)
    })
  }

  /** The threads take the loss of power for an error of the system's; what they do after that has no effect. */
  #act(act: () => void): void {
    try {
      act()
    } catch (error) {
      if (!this.#fileSystem.hasLostPower && !this.#followed.hasFailed) throw error
    } finally {
      const expected = this.#expected
      expected.safeOffset = Math.max(expected.safeOffset, this.#safeOffset)
    }
    if (this.#fileSystem.hasLostPower) throw new PowerLoss()
    if (this.#followed.hasFailed) throw new SyncFailed()
  }

  /** What is synced, and what is acknowledged with `flushMessages`. */
  get #safeOffset(): number {
    const { flushMessages } = this.#expected
    const { flushedOffset, highWatermark } = this.#followed
    if (flushMessages === null) return flushedOffset
    return Math.max(flushedOffset, highWatermark - flushMessages + 1)
  }

  #step(random: () => number): void {
    const choice = random()
    // Of a compacted topic, more goes by compaction than by deletion.
    if (this.#expected.isCompacted && choice >= 0.8 && random() < 0.7) this.#clean(random)
    else if (choice < 0.5) this.#append(random)
    else if (choice < 0.62) this.#endSync()
    else if (choice < 0.72) this.#fillDisk(random)
    else if (choice < 0.8) this.log.roll()
    else if (choice < 0.86) this.#checkpoint()
    else if (choice < 0.92) this.#deleteBefore(random)
    else if (choice < 0.93) this.#failSync(random)
    else this.#retain()
  }

  /** Batches come, as far as the ring has room; the storage thread has a turn, or has none yet. */
  #append(random: () => number): void {
    for (let count = 1 + Math.floor(random() * 5); count > 0; count--) {
      const batch = this.#newBatch(this.#followed.endOffset, random)
      if (!this.#followed.tryAppend(batch)) break
      this.#note(batch)
    }
    if (random() < 0.8) this.#follow(random() < 0.6)
  }

  #follow(isAlone: boolean): void {
    const follow = (): void => this.#followed.follow(isAlone)
    if (this.#mutant === 'D-1 own sync') this.#lateSync.during(this.log, follow)
    else follow()
  }

  #endSync(): void {
    const end = (): void => this.#followed.endSync()
    if (this.#mutant === 'D-4') whileSyncsAreWorthAll(this.log, end)
    else end()
  }

  #newBatch(baseOffset: number, random: () => number): Uint8Array {
    const records = 1 + Math.floor(random() * 4)
    const valueBytes = 50 + Math.floor(random() * 900)
    const timestamp = TIMESTAMP_MS + Math.floor(random() * 1_000)
    const producerId = Math.floor(random() * 4)
    const producer = { producerId, producerEpoch: 0, baseSequence: baseOffset }
    if (!this.#expected.isCompacted) {
      return batchAt({ baseOffset, records, valueBytes, timestamp, producer })
    }
    return keyedBatch({
      baseOffset,
      records: Array.from({ length: records }, () => ({
        key: `key-${Math.floor(random() * 6)}`,
        value: random() < 0.4 ? null : `${baseOffset} `.padEnd(valueBytes, '.'),
        timestamp,
      })),
      producer,
    })
  }

  #note(batch: Uint8Array): void {
    const { checksums, records } = this.#expected
    checksums.set(baseOffsetOf(batch), crc32c(asInFile(batch)))
    for (const record of recordsOf(batch)) records.set(record.offset, record)
  }

  /** A round of the cleaner, in half of all cases over all that there is. */
  #clean(random: () => number): void {
    if (random() < 0.5) {
      this.log.roll()
      this.#follow(false)
      this.#endSync()
    }
    const { log } = this
    const { highWatermark, flushedOffset } = this.#followed
    const nowMs = TIMESTAMP_MS + this.#expected.records.size
    const cleanable = findCleanable(
      {
        segments: log.segments,
        logStartOffset: log.logStartOffset,
        cleanerPoint: this.#directory.cleanerPoints.read()[0]?.offset ?? 0,
        safeUpTo: this.#mutant === 'D-13' ? log.endOffset : Math.min(highWatermark, flushedOffset),
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
        fileSystem: this.#mutant === 'D-12' ? withSync(this.#seen, () => undefined) : this.#seen,
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
    this.#append(random)
    this.#fileSystem.freeBytes = Infinity
  }

  /** Where a sync is due, it fails: the follower ends, and the session after this one is to look. */
  #failSync(random: () => number): void {
    if (this.#expected.flushMessages === null) this.log.roll()
    this.#fileSystem.failsNextSync = random
    this.#append(random)
    this.#endSync()
    this.#fileSystem.failsNextSync = null
  }

  #checkpoint(): void {
    const offset = this.#mutant === 'D-6' ? this.log.endOffset : this.#followed.flushedOffset
    this.#directory.recoveryPoints.write([{ topic: 'trades', partition: 0, offset }])
  }

  #deleteBefore(random: () => number): void {
    const { logStartOffset } = this.log
    const { highWatermark } = this.#followed
    const offset = logStartOffset + Math.floor(random() * (highWatermark - logStartOffset + 1))
    this.#followed.deleteBefore(offset)
    this.#expected.logStartOffset = this.log.logStartOffset
  }

  #retain(): void {
    this.log.applyRetention(
      TIMESTAMP_MS,
      pick([this.#followed.highWatermark, 0], () => 0.2),
    )
    this.#expected.logStartOffset = this.log.logStartOffset
  }

  #startsAt(offset: number): void {
    this.#expected.logStartAtMost = offset
    if (this.#mutant === 'D-7') return
    this.#directory.logStarts.write([{ topic: 'trades', partition: 0, offset }])
  }
}
