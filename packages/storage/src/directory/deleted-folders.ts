import { randomUUID } from 'node:crypto'
import { partitionName } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'

const DELETE_SUFFIX = '-delete'
/** What a name in a directory may have. */
const MAX_NAME_LENGTH = 255

/**
 * Deletes the folder of a partition whose log is closed, or was never opened. Another name first, durably: a
 * topic may then be created by the same name, and a crash leaves no half of a log.
 *
 * Source: Apache Kafka, `UnifiedLog.logDeleteDirName`.
 */
export function deletePartitionFolder(
  fileSystem: FileSystem,
  directory: string,
  topic: string,
  partition: number,
): void {
  const name = partitionName(topic, partition)
  if (!fileSystem.list(directory).includes(name)) return
  const unique = `.${randomUUID().replaceAll('-', '')}${DELETE_SUFFIX}`
  const deleted = name.slice(0, MAX_NAME_LENGTH - unique.length) + unique
  fileSystem.rename(`${directory}/${name}`, `${directory}/${deleted}`)
  fileSystem.syncDirectory(directory)
  removeFolder(fileSystem, `${directory}/${deleted}`)
}

/** Finishes what was deleted when the last session ended. */
export function removeDeletedFolders(fileSystem: FileSystem, directory: string): void {
  for (const name of fileSystem.list(directory)) {
    if (name.endsWith(DELETE_SUFFIX)) removeFolder(fileSystem, `${directory}/${name}`)
  }
}

function removeFolder(fileSystem: FileSystem, path: string): void {
  for (const name of fileSystem.list(path)) fileSystem.unlink(`${path}/${name}`)
  fileSystem.removeDirectory(path)
}
