import { statSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import type { FileSystem } from '../file-system/file-system.ts'
import { isSystemError } from '../file-system/file-system.ts'
import { directoryInUse } from './lock-holder.ts'

/**
 * Keeps everyone else out of a data directory, beside the lock, which this process would lose if any code in it opened
 * `.lock` and closed it again. It is a socket of Linux's that has no file, and ends with the process: the directory's
 * device and inode are its name, so two paths to one directory meet. Another network namespace has other sockets: two
 * containers have the lock alone between them.
 *
 * Thread: the storage thread's; it ends with the thread.
 */
export class DirectoryGuard {
  /** `null`: the system has no such sockets, or gives none to this process. */
  readonly #socket: Server | null

  private constructor(socket: Server | null) {
    this.#socket = socket
  }

  /** @throws RinglogError KAFKA_STORAGE_ERROR that names the process that has it; the system's error. */
  static async take(fileSystem: FileSystem, directory: string): Promise<DirectoryGuard> {
    fileSystem.makeDirectory(directory)
    if (process.platform !== 'linux') return new DirectoryGuard(null)
    const { dev, ino } = statSync(directory, { bigint: true })
    try {
      return new DirectoryGuard(await listen(`\0ringlog-directory-${dev}-${ino}`))
    } catch (error) {
      if (isSystemError(error, 'EADDRINUSE')) throw directoryInUse(fileSystem, directory, error)
      return new DirectoryGuard(null) // the lock is what counts
    }
  }

  release(): void {
    this.#socket?.close()
  }
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => connection.destroy())
    server.unref() // the storage thread lives as long as its control port
    server.on('error', reject) // also those of connections that it could not take, when it does nothing
    server.listen(path, () => resolve(server))
  })
}
