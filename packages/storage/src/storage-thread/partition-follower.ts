import {
  Doorbell,
  PartitionStorage,
  STORAGE_FAILED,
  STORAGE_FULL,
  STORAGE_WRITES,
  type Clock,
  type RinglogError,
  type StorageState,
} from '@ringlog/core/internal/storage'
import { isSystemError } from '../file-system/file-system.ts'
import type { SegmentedLog } from '../segment/segmented-log.ts'
import { BatchBoundaries } from './batch-boundaries.ts'
import type { ChunkBuffer } from './chunk-buffer.ts'
import type { FlushConfig, FlushTotals } from './flush-policy.ts'
import { LogSyncs } from './log-syncs.ts'
import { packBatches } from './pack-batches.ts'
import { isPassingError } from './passing-errors.ts'
import { RetentionSchedule, type RetentionConfig } from './retention-schedule.ts'
import { RingChunks } from './ring-chunks.ts'
import { storageError } from './storage-error.ts'
import type { SyncQueue } from './sync-queue.ts'

/** After so long a disk that was full is tried again. */
const RETRY_MS = 1_000

/**
 * Follows one partition's ring on to disk, as a Kafka follower follows its leader: reads what is published, writes
 * it to the log's files, and moves the high watermark, up to which records are acknowledged and visible.
 *
 * ```text
 *  ring ─▶ chunk ─▶ files ─▶ WRITTEN ─▶ [sync thread ─▶ FLUSHED] ─▶ high watermark ─▶ the worker is rung
 * ```
 *
 * - Nothing past the high watermark is evicted from the ring (D-2): what could not be written is read there again.
 * - The high watermark is the last end of a batch at or below what is written, and below what is flushed plus
 *   `flushMessages` (D-1). It never goes back, and stands still once the disk has failed.
 * - One sync at a time: what is written meanwhile is the next one's. So under load records are synced in groups.
 *
 * Thread: the storage thread's. `step` blocks for a read of the ring and a write, and for a quick sync where that is all
 * the thread has to do.
 */
export class PartitionFollower {
  readonly #options: FollowerOptions
  readonly #log: SegmentedLog
  readonly #chunks: RingChunks
  readonly #storage: PartitionStorage
  readonly #worker: Doorbell
  readonly #boundaries = new BatchBoundaries()
  readonly #syncs: LogSyncs
  readonly #retention: RetentionSchedule
  /** The end of what was in the files when this began: all of it is synced. `null`: its place in the ring is known. */
  #startOffset: number | null
  #state: StorageState = STORAGE_WRITES
  /** Why the disk takes nothing; `null`: it does. */
  #failure: RinglogError | null = null
  #retryAtMs = 0

  /** @param options The log's files are synced up to their end. */
  constructor(options: FollowerOptions) {
    const { log, memory, clock } = options
    this.#options = options
    this.#log = log
    this.#chunks = new RingChunks(memory, options.chunk)
    this.#storage = new PartitionStorage(memory)
    this.#worker = new Doorbell(options.workerDoorbell)
    this.#retention = new RetentionSchedule(options.config, clock)
    this.#startOffset = log.endOffset
    this.#syncs = new LogSyncs({
      ...options,
      storage: this.#storage,
      onSealed: () => this.#retention.noteRolled(),
      onEnd: (error, offset) => this.#onSyncEnd(error, offset),
    })
    this.#noteWritten()
    this.#setState(STORAGE_WRITES)
  }

  /** How far the log would survive the loss of power: a recovery may begin there (D-6). */
  get flushedOffset(): number {
    return this.#syncs.flushedOffset
  }

  /** What was counted of its syncs. */
  get flushTotals(): FlushTotals {
    return this.#syncs.totals
  }

  get highWatermark(): number {
    return this.#storage.highWatermark
  }

  get state(): StorageState {
    return this.#state
  }

  get clock(): Clock {
    return this.#options.clock
  }

  /** Whether all that is published is in the files. */
  get isCaughtUp(): boolean {
    return this.#startOffset === null && !this.#chunks.mayHave(this.#log.endOffset)
  }

  /** Whether there is something to do. */
  isDue(nowMs: number): boolean {
    if (this.#state === STORAGE_FAILED) return false
    if (this.#state === STORAGE_FULL) return nowMs >= this.#retryAtMs
    return !this.isCaughtUp || this.#syncs.isDue(nowMs) || nowMs >= this.#retention.dueAtMs
  }

  /** When there is something to do at the latest, whatever is published; `Infinity`: nothing then. */
  get wakeAtMs(): number {
    if (this.#state === STORAGE_FAILED) return Infinity
    if (this.#state === STORAGE_FULL) return this.#retryAtMs
    return Math.min(this.#syncs.dueAtMs, this.#retention.dueAtMs)
  }

  /**
   * Does what is due: writes what is published, at most as much as the chunk holds, or one batch; applies
   * retention; begins a sync. Never throws.
   *
   * @param isAlone Whether this thread has nothing else to do, as far as it knows: then it may sync itself.
   * @returns How many bytes were written.
   */
  step(isAlone = false): number {
    if (this.#state === STORAGE_FAILED) return 0
    let writtenBytes = 0
    try {
      this.#applyRetention()
      writtenBytes = this.#write()
      if (this.#state === STORAGE_FULL) this.#setState(STORAGE_WRITES)
    } catch (error) {
      this.#onFault(error)
    }
    this.#advance()
    this.#syncIfDue(isAlone)
    return writtenBytes
  }

  /**
   * Lets the log start at `offset`, at most at the high watermark.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR.
   */
  deleteBefore(offset: number): void {
    if (this.#state === STORAGE_FAILED) throw this.#failure!
    try {
      this.#log.deleteBefore(offset)
    } catch (error) {
      this.#onFault(error)
      throw storageError(this.#options, error)
    }
  }

  /** Resolves when no sync runs: then nothing of the log is in use any more, if `step` is not called. */
  stop(): Promise<void> {
    return this.#syncs.stop()
  }

  /**
   * Closes the log: all of it is synced, and the high watermark is where it ends. After `stop`.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR where the disk has failed, or is full and something published is not
   *   written; the files are closed.
   */
  close(): void {
    const { endOffset } = this.#log
    if (this.#state === STORAGE_FAILED) {
      this.#log.abandon()
      throw this.#failure!
    }
    const isAllWritten = this.isCaughtUp
    this.#log.close()
    this.#syncs.noteFlushed(endOffset)
    this.#advance()
    if (!isAllWritten) throw this.#failure!
  }

  /** Retention keeps what lies at or past this offset, for groups. */
  holdRetention(offset: number): void {
    this.#retention.holdFrom(offset)
  }

  /** What has become of the files is not known: nothing more is written, or acknowledged. */
  fail(error: unknown): void {
    if (this.#state === STORAGE_FAILED) return
    this.#log.distrust() // D-32: before anybody knows
    this.#setState(STORAGE_FAILED, storageError(this.#options, error))
  }

  /** A full disk is not written before room was made. */
  #applyRetention(): void {
    const { clock } = this.#options
    if (this.#state === STORAGE_WRITES && clock.nowMs() < this.#retention.dueAtMs) return
    this.#retention.noteApplied()
    const upTo = Math.min(this.highWatermark, this.#retention.heldFrom)
    this.#log.applyRetention(clock.wallMs(), upTo)
    this.#noteWritten() // it may have begun a new segment
  }

  #write(): number {
    const { chunk } = this.#options
    const offset = this.#log.endOffset
    const length = this.#chunks.read(offset)
    const { position } = this.#chunks
    if (this.#startOffset !== null) {
      // All that was in the files before is synced; now its end in the ring is known.
      this.#boundaries.push(this.#startOffset, position)
      this.#startOffset = null
    }
    if (length === 0) return 0
    const fileBytes = packBatches(chunk.bytes, length, (nextOffset, endByte) =>
      this.#boundaries.push(nextOffset, position + endByte),
    )
    try {
      this.#log.append(chunk.bytes, fileBytes)
    } finally {
      // Where the chunk goes on in a new segment, a part of it may be written although the rest is not.
      this.#boundaries.dropAfter(this.#log.endOffset)
      if (this.#log.endOffset > offset) {
        this.#noteWritten()
        this.#syncs.noteWritten(this.#log.endOffset, fileBytes)
      }
    }
    return fileBytes
  }

  #noteWritten(): void {
    const { endOffset, activeSegment } = this.#log
    this.#storage.setWritten({
      offset: endOffset,
      segmentBaseOffset: activeSegment.baseOffset,
      fileBytes: activeSegment.fileBytes,
    }) // INV-112
  }

  #advance(): void {
    if (this.#state === STORAGE_FAILED) return
    const limit = Math.min(this.#log.endOffset, this.#syncs.acknowledgeableOffset)
    if (!this.#boundaries.takeUpTo(limit)) return
    const { takenPosition, takenOffset } = this.#boundaries
    // Where the files ended before it, and were written once more, it stands still.
    if (takenPosition < this.#storage.highWatermarkPosition) return
    this.#storage.advanceHighWatermark(takenPosition, takenOffset) // INV-111
    this.#worker.ring()
  }

  #syncIfDue(isAlone = false): void {
    if (this.#state !== STORAGE_FAILED) this.#syncs.beginIfDue(isAlone)
  }

  #onSyncEnd(error: Error | null, offset: number): void {
    if (error !== null) this.fail(error)
    else if (this.#state !== STORAGE_FAILED) this.#syncs.noteFlushed(offset)
    this.#advance()
    this.#syncIfDue()
    this.#options.onSyncEnd?.()
  }

  #onFault(error: unknown): void {
    const isPassing = isSystemError(error) && isPassingError(error.code)
    if (!isPassing) return this.fail(error)
    this.#retryAtMs = this.#options.clock.nowMs() + RETRY_MS
    if (this.#state !== STORAGE_FULL) {
      this.#setState(STORAGE_FULL, storageError(this.#options, error))
    }
  }

  #setState(state: StorageState, error: RinglogError | null = null): void {
    const isChange = this.#state !== state
    this.#state = state
    this.#failure = error
    this.#storage.setState(state) // INV-114
    this.#worker.ring()
    if (isChange) this.#options.onState(state, error)
  }
}

/** What a follower is made of. */
export interface FollowerOptions {
  readonly topic: string
  readonly partition: number
  readonly log: SegmentedLog
  readonly config: FlushConfig & RetentionConfig
  /** The ring. */
  readonly memory: SharedArrayBuffer
  /** The partition worker's, which is rung after each change of what it may look at. */
  readonly workerDoorbell: SharedArrayBuffer
  /** All followers of a storage thread share it: each uses it within one call. */
  readonly chunk: ChunkBuffer
  readonly syncs: SyncQueue
  readonly clock: Clock
  /** A sync has ended, and what was written before it is flushed: perhaps a segment can be compacted. */
  readonly onSyncEnd?: (() => void) | undefined
  /** @param error Why the disk takes nothing; `null`: it does again. */
  readonly onState: (state: StorageState, error: RinglogError | null) => void
}
