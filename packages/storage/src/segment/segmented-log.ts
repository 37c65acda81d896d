import { RecordBatchHeader, batchSizeAt } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import { openLogFolder } from '../recovery/open-log-folder.ts'
import { recoverProducers } from '../recovery/recover-producers.ts'
import {
  SegmentRecovery,
  type RecoveredLog,
  type RecoveredSegments,
  type RecoveryStart,
} from '../recovery/recover-segments.ts'
import { notInOrder, notWritten } from './log-errors.ts'
import type { LogFolder } from './log-folder.ts'
import type { ProducerEntries, ProducerEntry } from './producer-entries.ts'
import { encodeProducerSnapshot } from './producer-snapshot.ts'
import { readBatches, type VisitBatch } from './read-batches.ts'
import { countExpired } from './retention.ts'
import { isRollDue } from './roll-policy.ts'
import { SealedSegments, type SealedSegment } from './sealed-segments.ts'
import { segmentFileName } from './segment-file-names.ts'
import { Segment, type SegmentInfo } from './segment.ts'
import type { SegmentedLogConfig } from './segmented-log-config.ts'

export interface SegmentedLogOptions extends Omit<RecoveryStart, 'isCompacted'> {
  readonly fileSystem: FileSystem
  readonly dataDirectory: string
  readonly topic: string
  readonly partition: number
  /** A UUID, written beside a new log. */
  readonly topicId: string
  readonly config: SegmentedLogConfig
  /**
   * The log is about to start later: the caller makes that known, and durable, before it returns; then the files
   * go (D-7).
   */
  readonly onLogStart: (logStartOffset: number) => void
}

/**
 * A partition's log in files: Kafka's segments, byte for byte.
 *
 * ```text
 *  segment 0         segment 3000        segment 6000: active
 *  sealed, synced    sealed, to be       append ▶ .log   roll ▶ sealed
 *                    synced: takeSealed           .index, .timeindex
 * ```
 *
 * Thread: the storage thread's alone. Every call blocks on the disk. Nothing is synced by it but the names of new
 * files (D-5), and all there is by `open` and `close`.
 *
 * Source: Apache Kafka, `storage/internals/log/UnifiedLog.java`, `LocalLog.java`.
 */
export class SegmentedLog {
  /** Where its files are. */
  readonly folder: LogFolder
  /** The segments that are not appended to any more. */
  readonly sealed: SealedSegments
  readonly #config: SegmentedLogConfig
  readonly #onLogStart: (logStartOffset: number) => void
  readonly #header = new RecordBatchHeader()
  readonly #producers: ProducerEntries
  #active: Segment
  #toSync: SealedSegment[] = []
  #logStartOffset: number

  /** What was found when the log was opened. */
  readonly recovered: RecoveredLog

  /**
   * Opens the log of a partition, and creates its folder where there is none. All that it then holds is synced.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR for damage below the recovery point, and for errors of the system.
   */
  static open(options: SegmentedLogOptions): SegmentedLog {
    const folder = openLogFolder(options)
    const isCompacted = options.config.cleanupPolicy.includes('compact')
    let active: Segment | undefined
    try {
      const segments = new SegmentRecovery(folder, { ...options, isCompacted }).recover()
      active = segments.active
      const all = [...segments.sealed, active.info]
      const producers = recoverProducers(folder, all)
      const log = new SegmentedLog(folder, options, segments, producers)
      log.sealed.dropBefore(log.#logStartOffset)
      return log
    } catch (error) {
      active?.close()
      throw folder.errorOf('opening the log', error)
    }
  }

  private constructor(
    folder: LogFolder,
    options: SegmentedLogOptions,
    segments: RecoveredSegments,
    producers: ProducerEntries,
  ) {
    this.folder = folder
    this.#config = options.config
    this.#onLogStart = options.onLogStart
    this.sealed = new SealedSegments(folder, segments.sealed, segments.active.baseOffset)
    this.#active = segments.active
    this.#producers = producers
    const firstBaseOffset = (segments.sealed[0] ?? segments.active).baseOffset
    this.#logStartOffset = Math.max(options.logStartOffset, firstBaseOffset)
    this.recovered = { truncated: segments.truncated, producers: producers.all() }
  }

  get logStartOffset(): number {
    return this.#logStartOffset
  }

  /** The offset after the last record that is written. */
  get endOffset(): number {
    return this.#active.endOffset
  }

  /** The segment that is appended to. The descriptor is of its `.log`. */
  get activeSegment(): { descriptor: number; baseOffset: number; fileBytes: number } {
    const { baseOffset, fileBytes, log } = this.#active
    return { descriptor: log.descriptor, baseOffset, fileBytes }
  }

  /** All segments, the active one last. */
  get segments(): SegmentInfo[] {
    return [...this.sealed.all, this.#active.info]
  }

  /** Of all `.log` files. */
  get sizeBytes(): number {
    return this.sealed.sizeBytes + this.#active.fileBytes
  }

  /** The latest batch of each producer. */
  get producers(): ProducerEntry[] {
    return this.#producers.all()
  }

  /**
   * Writes whole batches, back to back, with their offsets, leader epoch and CRC; begins new segments where they
   * are due.
   *
   * @throws The system's error, with its `code`. `endOffset` says up to which batch all is written: the file ends
   *   there (D-9), and a later call goes on with the next batch.
   */
  append(bytes: Uint8Array, length: number): void {
    let expectedOffset = this.endOffset
    let start = 0
    let end = 0
    while (end < length) {
      const header = this.#header.wrap(bytes, end)
      const { baseOffset, lastOffset, sizeBytes } = header
      if (baseOffset !== expectedOffset) throw notInOrder(this.folder, baseOffset, expectedOffset)
      if (isRollDue(this.#active, header, { bytes, start, length: end - start }, this.#config)) {
        this.#write(bytes, start, end)
        start = end
        this.roll()
      }
      end += sizeBytes
      expectedOffset = lastOffset + 1
    }
    this.#write(bytes, start, end)
  }

  /**
   * Seals the active segment and begins a new one; does nothing while it is empty.
   *
   * @throws The system's error; the log goes on with the segment that it has.
   */
  roll(): void {
    const segment = this.#active
    if (segment.fileBytes === 0) return
    segment.finishIndexes()
    const { fileSystem, path } = this.folder
    const snapshot = this.#writeSnapshot()
    let next: Segment | undefined
    try {
      next = Segment.open(fileSystem, path, segment.endOffset, 'new')
      this.folder.sync() // D-5
    } catch (error) {
      fileSystem.close(snapshot)
      next?.close()
      throw error
    }
    this.#active = next
    this.sealed.add(segment.info)
    this.#toSync.push({
      baseOffset: segment.baseOffset,
      endOffset: segment.endOffset,
      descriptors: [...segment.descriptors, snapshot],
      close() {
        segment.close()
        fileSystem.close(snapshot)
      },
    })
  }

  /** The segments that were sealed since the last call, oldest first: theirs is to be synced before what follows. */
  takeSealed(): SealedSegment[] {
    const sealed = this.#toSync
    this.#toSync = []
    return sealed
  }

  /**
   * Moves the start of the log, and deletes the segments that lie before it.
   *
   * @throws RinglogError OFFSET_OUT_OF_RANGE past the log's end.
   */
  deleteBefore(offset: number): void {
    if (offset <= this.#logStartOffset) return
    if (offset > this.endOffset) throw notWritten(this.folder, offset, this.endOffset)
    this.#onLogStart(offset) // D-7: before the files go
    this.#logStartOffset = offset
    this.sealed.dropBefore(offset)
  }

  /**
   * Deletes the oldest segments, as `retentionMs` and `retentionBytes` have it.
   *
   * @param upTo The high watermark, or what else is to stay: what ends after this offset does.
   */
  applyRetention(nowMs: number, upTo: number): void {
    const { segments } = this
    const count = countExpired(segments, this.#config, nowMs, upTo)
    if (count === 0) return
    if (count === segments.length) this.roll()
    this.deleteBefore(this.segments[count]!.baseOffset)
  }

  /**
   * Ends the log: all of it is synced, and its files are closed. Segments that were taken to be synced are not
   * its business any more.
   */
  close(): void {
    try {
      this.#active.finishIndexes()
      const snapshot = this.#writeSnapshot()
      try {
        this.#sync(snapshot)
      } finally {
        this.folder.fileSystem.close(snapshot)
      }
    } catch (error) {
      this.distrust()
      throw this.folder.errorOf('closing the log', error)
    } finally {
      this.abandon()
    }
  }

  /** A sync of what is written has failed: the next session is not to take the files for what the disk has (D-32). */
  distrust(): void {
    this.folder.distrust()
  }

  /** Closes the files as they are, with no write and no sync: after a sync that failed (D-8). */
  abandon(): void {
    for (const segment of this.takeSealed()) segment.close()
    this.#active.close()
  }

  /**
   * Reads the log from an offset on: see `readBatches`.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR where the files do not hold what was written.
   */
  readFrom(offset: number, visit: VisitBatch): void {
    readBatches(this.folder, this.segments, offset, visit)
  }

  #write(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) return
    const segment = this.#active
    const firstPosition = segment.fileBytes
    segment.write(bytes, start, end - start)
    for (let byteIndex = start; byteIndex < end; byteIndex += batchSizeAt(bytes, byteIndex)) {
      const header = this.#header.wrap(bytes, byteIndex)
      segment.note(header, firstPosition + byteIndex - start)
      this.#producers.note(header)
    }
  }

  #writeSnapshot(): number {
    const name = segmentFileName(this.endOffset, '.snapshot')
    return this.folder.write(name, encodeProducerSnapshot(this.#producers.all()))
  }

  #sync(snapshot: number): void {
    const { fileSystem } = this.folder
    for (const { descriptors } of this.#toSync) {
      for (const descriptor of descriptors) fileSystem.sync(descriptor)
    }
    this.#active.sync()
    fileSystem.sync(snapshot)
    this.folder.sync()
  }
}
