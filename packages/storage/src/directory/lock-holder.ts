import { RinglogError } from '@ringlog/core/internal/storage'
import { readSmallFile, writeSmallFile } from '../file-system/small-files.ts'
import type { FileSystem } from '../file-system/file-system.ts'

/** Beside the lock, as nobody may open that. */
const HOLDER_FILE = '.lock-holder'

/** Writes down that this process has the directory. */
export function writeHolder(fileSystem: FileSystem, directory: string): void {
  const content = Buffer.from(`${process.pid}\n`)
  fileSystem.close(writeSmallFile(fileSystem, `${directory}/${HOLDER_FILE}`, content))
}

/** Somebody else has the directory: names the process, as far as that is known. */
export function directoryInUse(
  fileSystem: FileSystem,
  directory: string,
  cause: unknown,
): RinglogError {
  const holder = holderOf(fileSystem, directory)
  const by = holder === null ? 'another process' : `process ${holder}`
  return new RinglogError(
    'KAFKA_STORAGE_ERROR',
    `the data directory is in use by ${holder === process.pid ? 'this process' : by}: dataDirectory=${directory}`,
    { cause, details: { dataDirectory: directory, holderPid: holder } },
  )
}

function holderOf(fileSystem: FileSystem, directory: string): number | null {
  try {
    const content = readSmallFile(fileSystem, `${directory}/${HOLDER_FILE}`)
    const pid = Number(Buffer.from(content ?? []).toString())
    return Number.isSafeInteger(pid) && pid > 0 ? pid : null
  } catch {
    return null // who holds it is only a hint
  }
}
