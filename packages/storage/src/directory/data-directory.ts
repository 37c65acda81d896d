import type { FileSystem } from '../file-system/file-system.ts'
import { storageErrorOf } from '../file-system/storage-error.ts'
import { TEMPORARY_SUFFIX } from '../file-system/small-files.ts'
import { CLEAN_SHUTDOWN_FILE, takeCleanShutdown, writeCleanShutdown } from './clean-shutdown.ts'
import { deletePartitionFolder, removeDeletedFolders } from './deleted-folders.ts'
import { DirectoryLock } from './directory-lock.ts'
import { refuseUnfinishedBackup } from './unfinished-backup.ts'
import { META_PROPERTIES_FILE, openMetaProperties, type MetaProperties } from './meta-properties.ts'
import { CHECKPOINT_FILES, OffsetCheckpoint } from './offset-checkpoint.ts'

/**
 * A broker's data directory: the lock of it, who it is, and what holds for all its partitions.
 *
 * ```text
 *  .lock  .lock-holder                 who is in it, beside the guard: see `DirectoryGuard`
 *  meta.properties                     what it is
 *  .kafka_cleanshutdown                there while nothing is open
 *  …-offset-checkpoint                 an offset of each partition
 *  <topic>-<partition>/                a log
 *  <topic>-<partition>.<id>-delete/    one that is being deleted
 * ```
 *
 * Thread: one storage thread's, for all.
 */
export class DataDirectory {
  readonly #fileSystem: FileSystem
  readonly #lock: Releasable
  readonly path: string
  readonly properties: MetaProperties
  /** Whether the last session has closed all its logs. */
  readonly isClean: boolean
  readonly recoveryPoints: OffsetCheckpoint
  readonly logStarts: OffsetCheckpoint
  readonly cleanerPoints: OffsetCheckpoint

  /**
   * Locks a directory, which is created where there is none, and finishes what the last session had begun.
   *
   * @throws RinglogError KAFKA_STORAGE_ERROR where it is in use, cannot be used, or is of a newer Ringlog.
   */
  static open(
    fileSystem: FileSystem,
    path: string,
    acquireLock: AcquireLock = (...where) => DirectoryLock.acquire(...where),
  ): DataDirectory {
    let lock: Releasable | undefined
    try {
      fileSystem.makeDirectory(path)
      lock = acquireLock(fileSystem, path)
      return new DataDirectory(fileSystem, path, lock)
    } catch (error) {
      lock?.release()
      throw directoryRefusal(path, error)
    }
  }

  private constructor(fileSystem: FileSystem, path: string, lock: Releasable) {
    this.#fileSystem = fileSystem
    this.#lock = lock
    this.path = path
    refuseUnfinishedBackup(path, fileSystem.list(path))
    this.properties = openMetaProperties(fileSystem, path)
    this.isClean = takeCleanShutdown(fileSystem, path)
    const [recoveryPoints, logStarts, cleanerPoints] = CHECKPOINT_FILES
    this.recoveryPoints = new OffsetCheckpoint(fileSystem, path, recoveryPoints)
    this.logStarts = new OffsetCheckpoint(fileSystem, path, logStarts)
    this.cleanerPoints = new OffsetCheckpoint(fileSystem, path, cleanerPoints)
    removeDeletedFolders(fileSystem, path)
    const names = fileSystem.list(path)
    for (const name of SMALL_FILES.map((file) => file + TEMPORARY_SUFFIX)) {
      if (names.includes(name)) fileSystem.unlink(`${path}/${name}`)
    }
  }

  /**
   * Deletes a partition, whose log is closed: it is gone when this returns, also after a crash.
   *
   * @returns What removes its files, one a step; where nobody does, the next session removes them.
   */
  deletePartition(topic: string, partition: number): Iterable<void> {
    return deletePartitionFolder(this.#fileSystem, this.path, topic, partition)
  }

  /**
   * Unlocks it.
   *
   * @param isClean Whether all logs are closed and synced, and the checkpoints written.
   */
  close(isClean: boolean): void {
    try {
      if (isClean) writeCleanShutdown(this.#fileSystem, this.path)
    } catch (error) {
      throw directoryRefusal(this.path, error)
    } finally {
      this.#lock.release()
    }
  }
}

/** The files that are replaced as a whole; whatever else is called temporary is somebody else's. */
const SMALL_FILES: readonly string[] = [
  META_PROPERTIES_FILE,
  CLEAN_SHUTDOWN_FILE,
  ...CHECKPOINT_FILES,
]

interface Releasable {
  release(): void
}

type AcquireLock = (fileSystem: FileSystem, directory: string) => Releasable

/** Says that a directory cannot be used, of an error of the system's; leaves others as they are. */
export function directoryRefusal(path: string, error: unknown): unknown {
  const what = `the data directory cannot be used: dataDirectory=${path}`
  return storageErrorOf(error, what, { dataDirectory: path })
}
