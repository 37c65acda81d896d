import {
  PartitionStorage,
  RinglogError,
  STORAGE_WRITES,
  nextTurn,
  partitionName,
  type TopicPartition,
} from '@ringlog/core/internal/storage'
import type { LogToBackUp } from '../backup/stage-backup.ts'
import { SegmentedLog, type SegmentedLogOptions } from '../segment/segmented-log.ts'
import { NO_FLUSHES } from './flush-policy.ts'
import { PartitionCompaction, type CompactionCheckpoints } from './partition-compaction.ts'
import { PartitionFollower, type FollowerOptions } from './partition-follower.ts'
import type {
  OpenedPartition,
  PartitionStorageMetrics,
  PartitionToOpen,
} from './storage-service.ts'

/**
 * A partition whose files are open: recovered first, then, once there is a ring, followed.
 *
 * Thread: the storage thread's.
 */
export class StoredPartition {
  readonly opened: OpenedPartition
  readonly #partition: PartitionToOpen
  readonly #log: SegmentedLog
  #follower: PartitionFollower | null = null
  #storage: PartitionStorage | null = null
  #compaction: PartitionCompaction | null = null

  /**
   * Opens a partition's files, and recovers what they hold.
   *
   * @param checkpointLogStart Writes down where the log starts, durably, before what lies before is deleted.
   * @throws RinglogError KAFKA_STORAGE_ERROR for damage below the recovery point, and errors of the system.
   */
  constructor(
    partition: PartitionToOpen,
    files: StoredFiles,
    checkpointLogStart: (logStartOffset: number) => void,
  ) {
    const { topic, partition: number, topicId, config, truncateCorrupt, predecessor } = partition
    this.#partition = partition
    this.#log = SegmentedLog.open({
      ...files,
      topic,
      partition: number,
      topicId,
      config,
      truncateCorrupt,
      writtenAtDeath: predecessor?.written,
      onLogStart: (logStartOffset) => {
        this.#storage?.setLogStart(logStartOffset) // INV-113
        checkpointLogStart(logStartOffset)
      },
    })
    const { logStartOffset, endOffset, recovered } = this.#log
    this.opened = { logStartOffset, endOffset, ...recovered }
  }

  get at(): TopicPartition {
    const { topic, partition } = this.#partition
    return { topic, partition }
  }

  /** Up to where the files would survive the loss of power. */
  get flushedOffset(): number {
    return this.#follower?.flushedOffset ?? this.opened.endOffset
  }

  /** `null`: it is not compacted, or not followed yet. */
  get compaction(): PartitionCompaction | null {
    return this.#compaction
  }

  /** Follows the ring, from the end of the files on; one that is followed already goes on. */
  follow(ring: FollowedRing, checkpoints: CompactionCheckpoints): void {
    if (this.#follower !== null) return
    const storage = new PartitionStorage(ring.memory)
    const { topic, partition, config } = this.#partition
    const log = this.#log
    storage.setLogStart(log.logStartOffset) // INV-113
    storage.endFileSwap() // INV-150: the recovery has finished what a predecessor had begun
    const follower = new PartitionFollower({ ...ring, topic, partition, config, log })
    this.#storage = storage
    this.#follower = follower
    if (!config.cleanupPolicy.includes('compact')) return
    this.#compaction = new PartitionCompaction({
      at: this.at,
      config,
      log,
      storage,
      clock: ring.clock,
      checkpoints,
      onHalfChanged: (error) => follower.fail(error),
    })
  }

  /** See `StorageService.holdRetention`. */
  holdRetention(offset: number): void {
    this.#follower?.holdRetention(offset)
  }

  isDue(nowMs: number): boolean {
    return this.#follower?.isDue(nowMs) ?? false
  }

  get wakeAtMs(): number {
    return this.#follower?.wakeAtMs ?? Infinity
  }

  /** See `PartitionFollower.step`. */
  step(isAlone: boolean): number {
    return this.#follower?.step(isAlone) ?? 0
  }

  /**
   * As `StorageService.deleteRecords`.
   *
   * @throws RinglogError OFFSET_OUT_OF_RANGE past the high watermark; KAFKA_STORAGE_ERROR.
   */
  deleteRecords(beforeOffset: number): number {
    const highWatermark = this.#follower?.highWatermark ?? this.#log.endOffset
    if (beforeOffset > highWatermark) {
      const { topic, partition } = this.#partition
      throw new RinglogError(
        'OFFSET_OUT_OF_RANGE',
        `records can be deleted up to the high watermark: partition=${partitionName(topic, partition)}, ` +
          `beforeOffset=${beforeOffset}, highWatermark=${highWatermark}`,
        { details: { topic, partition, beforeOffset, highWatermark } },
      )
    }
    if (this.#follower === null) this.#log.deleteBefore(beforeOffset)
    else this.#follower.deleteBefore(beforeOffset)
    return this.#log.logStartOffset
  }

  /**
   * Writes all that is published, syncs it, and closes the files. Nobody appends any more, nor calls `step`.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR where not all could be written; the files are closed.
   */
  async close(): Promise<void> {
    const follower = this.#follower
    if (follower === null) return this.#log.close()
    do {
      follower.step()
      await nextTurn(follower.clock)
    } while (follower.state === STORAGE_WRITES && !follower.isCaughtUp)
    await follower.stop()
    follower.close()
  }

  /** Closes the files as they are: they are about to be deleted. */
  async abandon(): Promise<void> {
    await this.#follower?.stop()
    this.#log.abandon()
  }

  get toBackUp(): LogToBackUp {
    return { segments: this.#log.segments, flushedOffset: this.flushedOffset }
  }

  get metrics(): PartitionStorageMetrics {
    const { topic, partition } = this.#partition
    const { logStartOffset, endOffset, sizeBytes, segments } = this.#log
    return {
      topic,
      partition,
      logStartOffset,
      endOffset,
      flushedOffset: this.flushedOffset,
      sizeBytes,
      segmentCount: segments.length,
      ...(this.#follower?.flushTotals ?? NO_FLUSHES),
      state: this.#follower?.state ?? STORAGE_WRITES,
      compaction: this.#compaction?.metrics ?? null,
    }
  }
}

/** Where the files are, and what is known of how they were left. */
export type StoredFiles = Pick<
  SegmentedLogOptions,
  'fileSystem' | 'dataDirectory' | 'isClean' | 'recoveryPoint' | 'logStartOffset'
>

/** The ring, and what following it takes. */
export type FollowedRing = Omit<FollowerOptions, 'topic' | 'partition' | 'config' | 'log'>
