import type * as Sqlite from 'node:sqlite'
import { RinglogError } from '@ringlog/core/internal/storage'
import { refuseNetworkFileSystem } from './network-file-system.ts'
import { isSystemError, type FileSystem } from '../file-system/file-system.ts'
import { directoryInUse, writeHolder } from './lock-holder.ts'

const LOCK_FILE = '.lock'

/**
 * Keeps everyone else out of a data directory: other processes, a Kafka broker among them, and other threads of
 * this one. Ends with the process, however that ends.
 *
 * It is SQLite's lock of a file that stays empty: of what Node.js brings along, the only way to a lock that the
 * operating system takes back. On POSIX a process loses its locks of a file as soon as *any* descriptor of the
 * file is closed in it. SQLite knows and minds its own; nothing else may open `.lock`.
 */
export class DirectoryLock {
  readonly #database: Sqlite.DatabaseSync

  private constructor(database: Sqlite.DatabaseSync) {
    this.#database = database
    held.add(this)
  }

  /** @throws RinglogError KAFKA_STORAGE_ERROR that names the process that holds it. */
  static acquire(fileSystem: FileSystem, directory: string): DirectoryLock {
    const { DatabaseSync } = sqlite()
    refuseNetworkFileSystem(directory)
    let database: Sqlite.DatabaseSync | undefined
    try {
      database = new DatabaseSync(`${directory}/${LOCK_FILE}`)
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    } catch (error) {
      database?.close()
      throw refusal(fileSystem, directory, error)
    }
    const lock = new DirectoryLock(database)
    try {
      writeHolder(fileSystem, directory)
    } catch (error) {
      lock.release()
      throw error
    }
    return lock
  }

  release(): void {
    held.delete(this)
    this.#database.close()
  }
}

/** A database that is collected as garbage is closed: whoever takes a lock need not keep hold of it. */
const held = new Set<DirectoryLock>()

const SQLITE_BUSY = 5

function refusal(fileSystem: FileSystem, directory: string, error: unknown): unknown {
  const { errcode } = error as { errcode?: number }
  if (errcode === undefined && !isSystemError(error)) return error
  if (errcode === SQLITE_BUSY) return directoryInUse(fileSystem, directory, error)
  const reason = (error as Error).message
  return new RinglogError(
    'KAFKA_STORAGE_ERROR',
    `the data directory cannot be locked by its file ${LOCK_FILE}: ${reason}: dataDirectory=${directory}`,
    { cause: error, details: { dataDirectory: directory } },
  )
}

/**
 * Node.js 22 warns of SQLite when it is loaded: of its interface, of which we use two calls. The warning would
 * be printed by every program that has a data directory. No other code of this thread runs meanwhile.
 */
function sqlite(): typeof Sqlite {
  const emitWarning = Object.getOwnPropertyDescriptor(process, 'emitWarning')!
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    Object.defineProperty(process, 'emitWarning', emitWarning)
  }
}
