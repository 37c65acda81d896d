import { randomUUID } from 'node:crypto'
import { partitionName } from '@ringlog/core/internal/storage'
import { isSystemError, type FileSystem } from '../file-system/file-system.ts'

const DELETE_SUFFIX = '-delete'
/** What a deleted partition's folder is called, by Kafka, too: whatever else ends so is somebody else's. */
const DELETED_FOLDER = /\.[\da-f]{32}-delete$/
/** What a name in a directory may have. */
const MAX_NAME_LENGTH = 255

/**
 * Deletes the folder of a partition whose log is closed, or was never opened. Another name first, durably: a
 * topic may then be created by the same name, and a crash leaves no half of a log.
 *
 * @returns What removes its files: one a step, since a large one takes its time.
 *
 * Source: Apache Kafka, `UnifiedLog.logDeleteDirName`.
 */
export function deletePartitionFolder(
  fileSystem: FileSystem,
  directory: string,
  topic: string,
  partition: number,
): Iterable<void> {
  const name = partitionName(topic, partition)
  if (!fileSystem.list(directory).includes(name)) return []
  const deleted = deletedFolderName(name)
  fileSystem.rename(`${directory}/${name}`, `${directory}/${deleted}`)
  fileSystem.syncDirectory(directory)
  return filesRemoved(fileSystem, `${directory}/${deleted}`)
}

/** A name for a folder that nobody looks into any more: each time another. */
export function deletedFolderName(name: string): string {
  const unique = `.${randomUUID().replaceAll('-', '')}${DELETE_SUFFIX}`
  return name.slice(0, MAX_NAME_LENGTH - unique.length) + unique
}

/** Finishes what was deleted when the last session ended; what cannot be removed stays, and hinders nobody. */
export function removeDeletedFolders(fileSystem: FileSystem, directory: string): void {
  for (const name of fileSystem.list(directory)) {
    if (!DELETED_FOLDER.test(name)) continue
    try {
      for (const _ of filesRemoved(fileSystem, `${directory}/${name}`));
    } catch (error) {
      if (!isSystemError(error)) throw error
    }
  }
}

/** Removes a folder with all that is in it; one that is reached by a symbolic link is emptied, and the link goes. */
function* filesRemoved(fileSystem: FileSystem, path: string): Generator<void> {
  for (const name of fileSystem.list(path)) {
    try {
      fileSystem.unlink(`${path}/${name}`)
    } catch (error) {
      // Nobody here makes a folder in a folder; systems differ in what they say of one.
      if (!isSystemError(error, 'EISDIR') && !isSystemError(error, 'EPERM')) throw error
      yield* filesRemoved(fileSystem, `${path}/${name}`)
    }
    yield
  }
  try {
    fileSystem.removeDirectory(path)
  } catch (error) {
    if (!isSystemError(error, 'ENOTDIR')) throw error
    fileSystem.unlink(path)
  }
}
