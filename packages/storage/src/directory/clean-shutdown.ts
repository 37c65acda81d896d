import type { FileSystem } from '../file-system/file-system.ts'
import { replaceSmallFile } from '../file-system/small-files.ts'

export const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown'
const CONTENT = '{"version":0,"brokerEpoch":-1}'

/**
 * Says whether the last session closed all its logs, and takes that back: while a log is open, a crash must not
 * find the word of an earlier end. Durable when it returns.
 *
 * Source: Apache Kafka, `CleanShutdownFileHandler.java`.
 */
export function takeCleanShutdown(fileSystem: FileSystem, directory: string): boolean {
  const path = `${directory}/${CLEAN_SHUTDOWN_FILE}`
  if (fileSystem.sizeAt(path) === null) return false
  fileSystem.unlink(path)
  fileSystem.syncDirectory(directory)
  return true
}

/** Whether a session has ended so, and none has begun since, by the names in the directory. */
export function isCleanlyEnded(names: readonly string[]): boolean {
  return names.includes(CLEAN_SHUTDOWN_FILE)
}

/** By who has closed all logs, and synced them. */
export function writeCleanShutdown(fileSystem: FileSystem, directory: string): void {
  replaceSmallFile(fileSystem, directory, CLEAN_SHUTDOWN_FILE, Buffer.from(CONTENT))
}
