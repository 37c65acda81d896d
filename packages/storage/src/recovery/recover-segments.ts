import { NONE, RinglogError, partitionName, readInt64 } from '@ringlog/core/internal/storage'
import type { WrittenLog } from '@ringlog/core/internal/storage'
import { isSystemError } from '../file-system/file-system.ts'
import { BatchScanner } from '../segment/batch-scanner.ts'
import type { LogFolder } from '../segment/log-folder.ts'
import { baseOffsetsOf, segmentFileName } from '../segment/segment-file-names.ts'
import type { ProducerEntry } from '../segment/producer-entries.ts'
import { Segment, type SegmentInfo } from '../segment/segment.ts'
import { TIME_ENTRY_BYTES } from '../segment/time-index.ts'
import { endsBefore } from './ends-before.ts'
import { readIndexEnd } from './index-end.ts'
import { rebuildSegment, type LogFault } from './rebuild-segment.ts'
import { hasIndexes, resumeSegment } from './resume-segment.ts'

/** How the last session ended, and what the checkpoints say. */
export interface RecoveryStart {
  /** Nothing was open when the process ended: what the files hold needs no look. */
  readonly isClean: boolean
  /** All before this offset was synced: a fault there is damage. */
  readonly recoveryPoint: number
  /** The log starts here, whatever files there are before. */
  readonly logStartOffset: number
  /** Damage, too, ends the log where it is, and what follows is dropped. */
  readonly truncateCorrupt: boolean
  /** Compaction has been at work: offsets have gaps. */
  readonly isCompacted: boolean
  /** How far the files reach, where the thread died that wrote them, and the process did not. */
  readonly writtenAtDeath?: WrittenLog | undefined
}

/** What a recovery has cut off the end of a log. */
export interface TruncatedLog {
  /** Of `.log` files. */
  readonly bytes: number
  readonly fromOffset: number
  /** The offset after the last record that is known to be lost. */
  readonly toOffset: number
}

/** What was found when a log was opened. */
export interface RecoveredLog {
  /** What was cut off its end; `null`: nothing. */
  readonly truncated: TruncatedLog | null
  /** The latest batch of each producer. */
  readonly producers: readonly ProducerEntry[]
}

export interface RecoveredSegments {
  readonly sealed: SegmentInfo[]
  readonly active: Segment
  readonly truncated: TruncatedLog | null
}

/**
 * Opens what a log's folder holds. After the loss of power, or of the process, reads all from the recovery point's
 * segment on, and ends the log before the first fault. Then all files are synced, and their names are.
 *
 * A crash in the midst of it leaves what is recovered in the same way again: files go from the end, then the last
 * one that stays is cut.
 *
 * Source: Apache Kafka, `storage/internals/log/LogLoader.java`.
 */
export class SegmentRecovery {
  readonly #folder: LogFolder
  readonly #start: RecoveryStart
  readonly #scanner: BatchScanner
  /** A sync has failed, and the process ended: the files may show what the disk has not (D-32). */
  readonly #isDistrusted: boolean
  readonly #sealed: SegmentInfo[] = []
  #active: Segment | null = null
  /** Of the folder's files, when they are opened. */
  #names: ReadonlySet<string> = new Set<string>()

  constructor(folder: LogFolder, start: RecoveryStart) {
    this.#folder = folder
    this.#start = start
    this.#scanner = new BatchScanner(folder.fileSystem)
    this.#isDistrusted = !start.isClean && !folder.isTrusted
  }

  /** @throws RinglogError KAFKA_STORAGE_ERROR for damage below the recovery point. */
  recover(): RecoveredSegments {
    try {
      this.#dropWhatFollowsDeath()
      const truncated = this.#openAll()
      this.#startAtLogStart()
      this.#active!.sync()
      this.#folder.trust() // D-32: all of it is synced now
      this.#folder.sync()
      return { sealed: this.#sealed, active: this.#active!, truncated }
    } catch (error) {
      if (isSystemError(error)) this.#folder.distrust() // perhaps it was a sync that failed
      this.#active?.close()
      throw error
    }
  }

  #openAll(): TruncatedLog | null {
    const names = this.#folder.list()
    this.#names = new Set(names)
    const baseOffsets = baseOffsetsOf(names, '.log')
    for (const [index, baseOffset] of baseOffsets.entries()) {
      const fault = this.#findGap(baseOffset)
      if (fault !== null) return this.#truncate(fault, baseOffsets.slice(index))
      const followers = baseOffsets.slice(index + 1)
      const faultWithin = this.#openOne(baseOffset, followers[0] ?? null)
      if (faultWithin !== null) return this.#truncate(faultWithin, followers)
    }
    const endOffset = this.#active?.endOffset ?? 0
    if (endOffset < this.#start.recoveryPoint) {
      this.#refuseDamage({
        reason: 'the log ends before what was synced',
        file: segmentFileName(this.#active?.baseOffset ?? 0, '.log'),
        filePosition: this.#active?.fileBytes ?? 0,
        offset: endOffset,
        lostTo: this.#start.recoveryPoint,
      })
    }
    return null
  }

  /** Opens the next segment; the one before is sealed. `nextBaseOffset` is `null` for the last. */
  #openOne(baseOffset: number, nextBaseOffset: number | null): LogFault | null {
    this.#seal()
    const { isClean, recoveryPoint, writtenAtDeath } = this.#start
    const isWhole = isClean || (writtenAtDeath !== undefined && !this.#isDistrusted)
    if (nextBaseOffset === null && isWhole) {
      this.#own(baseOffset)
      const fileBytes = writtenAtDeath?.fileBytes ?? null
      const isDense = !this.#start.isCompacted
      this.#active = resumeSegment(this.#folder, baseOffset, this.#scanner, isDense, fileBytes)
      if (this.#active !== null) return null
    } else if (nextBaseOffset !== null && (isWhole || nextBaseOffset < recoveryPoint)) {
      // D-6: had the recovery point come to its end alone, its indexes might not be synced.
      const info = this.#infoOf(baseOffset, nextBaseOffset)
      if (info !== null) {
        // Perhaps the thread that died had not come to it.
        if (writtenAtDeath !== undefined && nextBaseOffset >= recoveryPoint) {
          this.#folder.syncSegment(baseOffset)
        }
        this.#sealed.push(info)
        return null
      }
    }
    this.#own(baseOffset)
    const { segment, fault } = rebuildSegment(
      this.#folder,
      baseOffset,
      this.#scanner,
      this.#start.isCompacted ? recoveryPoint : NONE,
    )
    this.#active = segment
    return fault
  }

  /**
   * The log is about to be cut, or appended to, or taken for synced: none of that is done to a file that a backup
   * has as well (D-30), or that shows what the disk has not (D-32).
   */
  #own(baseOffset: number): void {
    const name = segmentFileName(baseOffset, '.log')
    const isShared = this.#folder.fileSystem.linkCount(this.#folder.pathOf(name)) > 1
    if (isShared || this.#isDistrusted) this.#folder.renew(name)
  }

  #seal(): void {
    const segment = this.#active
    if (segment === null) return
    segment.finishIndexes()
    segment.sync()
    this.#sealed.push(segment.info)
    this.#active = null
    segment.close()
  }

  /** What the sizes and the indexes say of a segment; `null`: they do not say it. */
  #infoOf(baseOffset: number, endOffset: number): SegmentInfo | null {
    if (!hasIndexes(this.#names, baseOffset)) return null
    const { fileSystem } = this.#folder
    const fileBytes = fileSystem.sizeAt(this.#folder.pathOf(segmentFileName(baseOffset, '.log')))
    const largestTimestamp = this.#lastTimestampOf(segmentFileName(baseOffset, '.timeindex'))
    if (fileBytes === null || largestTimestamp === null) return null
    if (largestTimestamp === NONE && fileBytes > 0) return null
    const info = { baseOffset, endOffset, fileBytes, largestTimestamp }
    if (endOffset <= this.#start.logStartOffset) return info // it is about to be deleted
    if (largestTimestamp !== NONE && fileBytes === 0) this.#refuseEmptied(baseOffset, endOffset)
    // Compaction leaves gaps at a segment's end as well.
    if (this.#start.isCompacted) return info
    return endsBefore(endOffset, this.#folder, baseOffset, this.#scanner) ? info : null
  }

  /** Of a time index's last entry; -1: it has none; `null`: it is not made of whole entries. */
  #lastTimestampOf(name: string): number | null {
    const { entry, isWhole } = readIndexEnd(this.#folder, name, TIME_ENTRY_BYTES)
    if (!isWhole) return null
    return entry === null ? NONE : readInt64(entry, 0)
  }

  /** Where the segment before was read, this one must go on where it ended. */
  #findGap(baseOffset: number): LogFault | null {
    const before = this.#active
    if (before === null || before.endOffset === baseOffset) return null
    if (this.#start.isCompacted && before.endOffset < this.#start.recoveryPoint) return null
    return {
      reason: `records are missing: the next segment starts at ${baseOffset}`,
      file: segmentFileName(before.baseOffset, '.log'),
      filePosition: before.fileBytes,
      offset: before.endOffset,
      lostTo: before.endOffset,
    }
  }

  /** Ends the log before a fault of the segment that is open, and drops the segments that follow. */
  #truncate(fault: LogFault, followers: readonly number[]): TruncatedLog {
    if (fault.offset < this.#start.recoveryPoint) this.#refuseDamage(fault)
    const active = this.#active!
    let bytes = active.fileBytes - fault.filePosition
    for (const baseOffset of followers.toReversed()) {
      const path = this.#folder.pathOf(segmentFileName(baseOffset, '.log'))
      bytes += this.#folder.fileSystem.sizeAt(path) ?? 0
      this.#folder.deleteSegment(baseOffset)
    }
    this.#folder.sync()
    active.log.cut(fault.filePosition)
    return {
      bytes,
      fromOffset: fault.offset,
      toOffset: Math.max(fault.lostTo, followers.at(-1) ?? 0),
    }
  }

  /** A file that has nothing, of which its time index says that it had something. */
  #refuseEmptied(baseOffset: number, endOffset: number): void {
    const file = segmentFileName(baseOffset, '.log')
    const reason = 'the file is empty, and its index is not'
    this.#refuseDamage({ reason, file, filePosition: 0, offset: baseOffset, lostTo: endOffset })
  }

  #refuseDamage({ reason, file, filePosition, offset }: LogFault): void {
    const { recoveryPoint, logStartOffset, truncateCorrupt } = this.#start
    // Where all that was synced has been deleted since, none of it need be there.
    if (truncateCorrupt || recoveryPoint <= logStartOffset) return
    const { topic, partition, path } = this.#folder
    throw new RinglogError(
      'KAFKA_STORAGE_ERROR',
      `the log is damaged below what was synced: partition=${partitionName(topic, partition)}, ` +
        `file=${path}/${file}, filePosition=${filePosition}, offset=${offset}, ` +
        `recoveryPoint=${recoveryPoint}: ${reason}`,
      { details: { ...this.#folder.details, file, filePosition, offset, recoveryPoint, reason } },
    )
  }

  /** A log that ends before its start has lost all that it had: a new one begins at the start. */
  #startAtLogStart(): void {
    const { logStartOffset } = this.#start
    const isNew = this.#active === null
    if (!isNew && this.#active!.endOffset >= logStartOffset) return
    this.#active?.close()
    this.#active = null
    for (const baseOffset of baseOffsetsOf(this.#folder.list(), '.log').toReversed()) {
      this.#folder.deleteSegment(baseOffset)
    }
    this.#sealed.length = 0
    const { fileSystem, path } = this.#folder
    this.#active = Segment.open(fileSystem, path, logStartOffset, 'new')
  }

  /** A roll that the thread did not come to the end of. */
  #dropWhatFollowsDeath(): void {
    const { writtenAtDeath } = this.#start
    if (writtenAtDeath === undefined) return
    for (const baseOffset of baseOffsetsOf(this.#folder.list(), '.log').toReversed()) {
      if (baseOffset > writtenAtDeath.segmentBaseOffset) this.#folder.deleteSegment(baseOffset)
    }
  }
}
