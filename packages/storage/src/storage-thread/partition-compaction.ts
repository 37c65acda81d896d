import {
  NONE,
  STORAGE_FAILED,
  type Clock,
  type PartitionCompactionMetrics,
  type PartitionStorage,
  type ResolvedTopicConfig,
  type TopicPartition,
} from '@ringlog/core/internal/storage'
import type { CleanedSegment, CleaningJob, CleaningResult } from '../cleaner/cleaning-job.ts'
import { firstTimestampOf } from '../segment/first-timestamp.ts'
import type { SegmentedLog } from '../segment/segmented-log.ts'
import { findCleanable, type CleanableLog } from './cleanable-log.ts'

/** The partition whose log is compacted. */
export interface PartitionCompactionOptions {
  readonly at: TopicPartition
  readonly config: ResolvedTopicConfig
  readonly log: SegmentedLog
  readonly storage: PartitionStorage
  readonly clock: Clock
  readonly checkpoints: CompactionCheckpoints
  /** The log's files are half changed: nothing more may be done to them. */
  readonly onHalfChanged: (error: unknown) => void
}

/** What is written down of it. */
export interface CompactionCheckpoints {
  /** All before it has been compacted. */
  cleanerPointOf(at: TopicPartition): number
  writeCleanerPoint(at: TopicPartition, offset: number): void
  /** Durable once it returns. */
  writeRecoveryPoint(at: TopicPartition, offset: number): void
}

/**
 * A partition's log as far as it is compacted: what of it can be, and what is done to its files.
 *
 * Thread: the storage thread's.
 */
export class PartitionCompaction {
  readonly #options: PartitionCompactionOptions
  /** Of the segment that was active when `takeNewSegment` said so last. */
  #activeBaseOffset = NONE
  #roundCount = 0
  #lastRound: PartitionCompactionMetrics['lastRound'] = null
  #isUncleanable = false

  /** @throws RinglogError KAFKA_STORAGE_ERROR. */
  constructor(options: PartitionCompactionOptions) {
    const { at, log, checkpoints } = options
    this.#options = options
    // What was cut off the log's end after it was compacted is about to be written anew.
    if (checkpoints.cleanerPointOf(at) > log.endOffset) {
      checkpoints.writeCleanerPoint(at, log.endOffset)
    }
  }

  /** Whether a segment was sealed, and is synced, since this was asked last. */
  takeNewSegment(): boolean {
    const { log, storage } = this.#options
    const { baseOffset } = log.activeSegment
    if (baseOffset === this.#activeBaseOffset || storage.flushedOffset < baseOffset) return false
    this.#activeBaseOffset = baseOffset
    return true
  }

  get at(): TopicPartition {
    return this.#options.at
  }

  get metrics(): PartitionCompactionMetrics {
    return {
      dirtyRatio: this.findCleanable()?.dirtyRatio ?? 0,
      roundCount: this.#roundCount,
      lastRound: this.#lastRound,
      isUncleanable: this.#isUncleanable,
    }
  }

  /** What can be compacted now; `null`: nothing. */
  findCleanable(): CleanableLog | null {
    const { at, config, log, storage, clock, checkpoints } = this.#options
    if (this.#isUncleanable || storage.state === STORAGE_FAILED) return null
    const looked = {
      segments: log.segments,
      logStartOffset: log.logStartOffset,
      cleanerPoint: checkpoints.cleanerPointOf(at),
      // D-13: what outdates another record is acknowledged, and survives.
      safeUpTo: Math.min(storage.highWatermark, storage.flushedOffset),
      firstTimestampOf: (baseOffset: number) => firstTimestampOf(log.folder, baseOffset),
    }
    return findCleanable(looked, config, clock.wallMs())
  }

  jobFor({ segments, firstDirtyOffset }: CleanableLog, maxKeys: number): CleaningJob {
    const { config, log, clock } = this.#options
    return {
      folder: log.folder.path,
      segments,
      firstDirtyOffset,
      nowMs: clock.wallMs(),
      deleteRetentionMs: config.deleteRetentionMs,
      segmentBytes: config.segmentBytes,
      maxKeys,
    }
  }

  /**
   * Puts a segment that the cleaner has made in the place of those that it was made from.
   *
   * @returns `false`: that is not possible any more.
   */
  replaceSegments(segment: CleanedSegment): boolean {
    const { at, log, storage, checkpoints, onHalfChanged } = this.#options
    if (!log.sealed.has(segment.replaced)) return false
    try {
      checkpoints.writeRecoveryPoint(at, storage.flushedOffset) // D-11
    } catch {
      return false
    }
    try {
      storage.beginFileSwap() // INV-150
      log.sealed.replace(segment)
      storage.endFileSwap() // INV-150
      return true
    } catch (error) {
      onHalfChanged(error)
      return false
    }
  }

  /** Unlinks what a round has left that has not come to its end. */
  dropLeftovers(): void {
    this.#options.log.folder.dropCleaned()
  }

  /** @throws RinglogError KAFKA_STORAGE_ERROR: what was compacted is so once more, in time. */
  noteRound({ cleanedUpTo, stats }: CleaningResult, durationMs: number): void {
    const { at, checkpoints } = this.#options
    this.#roundCount++
    this.#lastRound = { ...stats, durationMs }
    checkpoints.writeCleanerPoint(at, cleanedUpTo)
  }

  noteUncleanable(): void {
    this.#isUncleanable = true
  }
}
