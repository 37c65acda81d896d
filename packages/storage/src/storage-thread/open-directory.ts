import {
  RinglogError,
  nextTurn,
  partitionKey,
  type Clock,
  type ClockTimer,
  type TopicPartition,
} from '@ringlog/core/internal/storage'
import { stageBackup, type LogToBackUp, type StagedBackup } from '../backup/stage-backup.ts'
import { DataDirectory, directoryRefusal } from '../directory/data-directory.ts'
import { DirectoryGuard } from '../directory/directory-guard.ts'
import { removeUnfinishedPartitions } from '../directory/unfinished-partitions.ts'
import { nodeFileSystem } from '../file-system/node-file-system.ts'
import { storageErrorOf } from '../file-system/storage-error.ts'
import type { MetadataLogs } from '../metadata/metadata-logs.ts'
import type { MetadataRecord, MetadataSnapshot } from '../metadata/metadata-record.ts'
import { openMetadataLogs } from '../metadata/open-metadata-logs.ts'
import { Checkpoints } from './checkpoints.ts'
import type { StoredFiles } from './stored-partition.ts'

/** Kafka's `log.flush.offset.checkpoint.interval.ms`. */
const CHECKPOINT_INTERVAL_MS = 60_000

/**
 * The directory of a session, from when it is locked to its end: which files a partition has, how they were left,
 * and what is written down of them.
 *
 * Thread: the storage thread's. Every call blocks on the disk.
 */
export class OpenDirectory {
  readonly #guard: DirectoryGuard
  readonly #directory: DataDirectory
  readonly #checkpoints: Checkpoints
  readonly #clock: Clock
  readonly #recoveryPoints: () => Iterable<[TopicPartition, number]>
  readonly #openedBefore = new Set<string>()
  #metadata: MetadataLogs | null = null
  #timer: ClockTimer | null = null
  #removals: Promise<void> = Promise.resolve()
  /** Nothing is known that the next session would have to look for. */
  #isClean = true

  /**
   * Takes a directory for this process.
   *
   * @param recoveryPoints Of the partitions that are open: how far each is synced.
   * @throws RinglogError KAFKA_STORAGE_ERROR.
   */
  static async open(
    path: string,
    clock: Clock,
    recoveryPoints: () => Iterable<[TopicPartition, number]>,
  ): Promise<OpenDirectory> {
    let guard: DirectoryGuard | undefined
    try {
      guard = await DirectoryGuard.take(nodeFileSystem, path)
      return new OpenDirectory(path, guard, clock, recoveryPoints)
    } catch (error) {
      guard?.release()
      throw directoryRefusal(path, error)
    }
  }

  private constructor(
    path: string,
    guard: DirectoryGuard,
    clock: Clock,
    recoveryPoints: () => Iterable<[TopicPartition, number]>,
  ) {
    this.#guard = guard
    this.#directory = DataDirectory.open(nodeFileSystem, path)
    this.#checkpoints = new Checkpoints(this.#directory)
    this.#clock = clock
    this.#recoveryPoints = recoveryPoints
    this.#scheduleCheckpoint()
  }

  /** What the last session has left of a partition's files. */
  filesOf(at: TopicPartition): StoredFiles {
    const key = partitionKey(at)
    const isClean = this.#directory.isClean && !this.#openedBefore.has(key)
    this.#openedBefore.add(key)
    return {
      fileSystem: nodeFileSystem,
      dataDirectory: this.#directory.path,
      isClean,
      recoveryPoint: this.#checkpoints.recoveryPointOf(at),
      logStartOffset: this.#checkpoints.logStartOf(at),
    }
  }

  /** Writes down where a log starts, before what lies before is deleted (D-7). */
  writeLogStart(at: TopicPartition, logStartOffset: number): void {
    this.#checkpoints.writeLogStart(at, logStartOffset)
  }

  /** Up to where a log has been compacted. */
  cleanerPointOf(at: TopicPartition): number {
    return this.#checkpoints.cleanerPointOf(at)
  }

  writeCleanerPoint(at: TopicPartition, offset: number): void {
    this.#checkpoints.writeCleanerPoint(at, offset)
  }

  /** Writes down how far a log is synced, before what lies before it gets gaps (D-11). */
  writeRecoveryPoint(at: TopicPartition, offset: number): void {
    this.#checkpoints.noteRecoveryPoint(at, offset)
    this.#checkpoints.writeRecoveryPoints()
  }

  noteRecoveryPoint(at: TopicPartition, offset: number): void {
    this.#checkpoints.noteRecoveryPoint(at, offset)
  }

  /** The next session has to look at the files: not all of them could be opened, or closed. */
  noteUnclean(): void {
    this.#isClean = false
  }

  /** Deletes a partition, whose files are closed; they are removed one by one, a turn of the event loop each. */
  deletePartition(at: TopicPartition): void {
    const removal = this.#directory.deletePartition(at.topic, at.partition)
    this.#checkpoints.forget(at)
    this.#removals = this.#removals.then(() => this.#remove(removal))
  }

  /** See `StorageService.openMetadata`. */
  openMetadata(isStart: boolean): MetadataSnapshot {
    this.#metadata ??= openMetadataLogs((topic) => {
      const at = { topic, partition: 0 }
      const onLogStart = (logStartOffset: number): void => this.writeLogStart(at, logStartOffset)
      return { ...this.filesOf(at), onLogStart }
    })
    const { path } = this.#directory
    const snapshot = snapshotOf(this.#metadata, path)
    if (isStart) removeUnfinishedPartitions(nodeFileSystem, path, snapshot.topics)
    return snapshot
  }

  /** See `StorageService.appendMetadata`. */
  appendMetadata(records: readonly MetadataRecord[], isSynced: boolean): void {
    if (this.#metadata === null) {
      throw new RinglogError('INVALID_STATE', 'the metadata of the directory is not open')
    }
    try {
      this.#metadata.append(records, this.#clock.wallMs(), isSynced)
    } catch (error) {
      this.#isClean = false
      throw error
    }
  }

  /**
   * See `stageBackup`.
   *
   * @param logs The partitions that are open, by the names of their folders.
   */
  stageBackup(logs: ReadonlyMap<string, LogToBackUp>): StagedBackup {
    this.#noteRecoveryPoints()
    const all = new Map([...logs, ...(this.#metadata?.toBackUp ?? [])])
    const { path } = this.#directory
    try {
      return stageBackup(nodeFileSystem, path, all, this.#checkpoints.toBackUp)
    } catch (error) {
      const what = `the files cannot be kept for a backup: dataDirectory=${path}`
      throw storageErrorOf(error, what, { dataDirectory: path })
    }
  }

  /** Ends the session; all partitions are closed. */
  async close(): Promise<void> {
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer)
    await this.#removals
    try {
      this.#metadata?.close()
      this.#checkpoint()
    } catch (error) {
      this.#isClean = false
      throw error
    } finally {
      this.#close()
    }
  }

  #close(): void {
    try {
      this.#directory.close(this.#isClean)
    } finally {
      this.#guard.release()
    }
  }

  #scheduleCheckpoint(): void {
    this.#timer = this.#clock.setTimer(() => {
      try {
        this.#checkpoint()
      } catch {
        // A recovery begins at the older points, and reads more.
      }
      this.#scheduleCheckpoint()
    }, CHECKPOINT_INTERVAL_MS)
    this.#timer.unref()
  }

  #checkpoint(): void {
    this.#noteRecoveryPoints()
    this.#checkpoints.writeRecoveryPoints()
  }

  #noteRecoveryPoints(): void {
    for (const [at, offset] of this.#recoveryPoints()) {
      this.#checkpoints.noteRecoveryPoint(at, offset)
    }
    for (const { recoveryPoint, ...at } of this.#metadata?.checkpoints ?? []) {
      this.#checkpoints.noteRecoveryPoint(at, recoveryPoint)
    }
  }

  async #remove(removal: Iterable<void>): Promise<void> {
    try {
      for (const _ of removal) await nextTurn(this.#clock)
    } catch {
      // The next session removes what is left.
    }
  }
}

/** @throws RinglogError KAFKA_STORAGE_ERROR that names the directory. */
function snapshotOf(metadata: MetadataLogs, dataDirectory: string): MetadataSnapshot {
  try {
    return metadata.snapshot
  } catch (cause) {
    if (!RinglogError.is(cause)) throw cause
    const message = `the metadata cannot be read: dataDirectory=${dataDirectory}: ${cause.message}`
    const details = { ...cause.details, dataDirectory }
    throw new RinglogError('KAFKA_STORAGE_ERROR', message, { cause, details })
  }
}
