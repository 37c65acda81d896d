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

/** Finishes what was deleted when the last session ended. */
export function removeDeletedFolders(fileSystem: FileSystem, directory: string): void {
  for (const name of fileSystem.list(directory)) {
    if (!name.endsWith(DELETE_SUFFIX)) continue
    for (const _ of filesRemoved(fileSystem, `${directory}/${name}`));
  }
}

function* filesRemoved(fileSystem: FileSystem, path: string): Generator<void> {
  for (const name of fileSystem.list(path)) {
    fileSystem.unlink(`${path}/${name}`)
    yield
  }
  fileSystem.removeDirectory(path)
}
