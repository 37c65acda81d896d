import type { FileAccess, FileSystem } from '../file-system/file-system.ts'
import { GrowingFile } from './growing-file.ts'

/** So many entries are written at once: 256 KiB of a log. */
const ENTRIES_PER_WRITE = 64

/**
 * An index of a segment: entries of one size, ascending. The newest stand in memory until some are there to be
 * written together; who reads the file meanwhile has a little further to scan.
 *
 * Thread: that of who writes it: the storage thread, or the cleaner.
 */
export class IndexFile {
  readonly #file: GrowingFile
  readonly #entryBytes: number
  #pending: Uint8Array
  #pendingBytes = 0
  readonly #last: Uint8Array
  #isEmpty: boolean

  private constructor(file: GrowingFile, entryBytes: number) {
    this.#file = file
    this.#entryBytes = entryBytes
    this.#pending = new Uint8Array(2 * ENTRIES_PER_WRITE * entryBytes)
    this.#last = new Uint8Array(entryBytes)
    this.#isEmpty = file.fileBytes < entryBytes
  }

  /** Opens a file to go on at its end; the piece of an entry that may stand there is cut off. */
  static open(
    fileSystem: FileSystem,
    path: string,
    access: FileAccess,
    entryBytes: number,
  ): IndexFile {
    const file = GrowingFile.open(fileSystem, path, access)
    try {
      const rest = file.fileBytes % entryBytes
      if (rest > 0) file.cut(file.fileBytes - rest)
      const index = new IndexFile(file, entryBytes)
      if (!index.#isEmpty) file.read(index.#last, 0, entryBytes, file.fileBytes - entryBytes)
      return index
    } catch (error) {
      file.close()
      throw error
    }
  }

  get descriptor(): number {
    return this.#file.descriptor
  }

  /** The newest entry, written or not; `null`: there is none. Borrowed until the next call. */
  get last(): Uint8Array | null {
    return this.#isEmpty ? null : this.#last
  }

  /** Adds an entry, in memory. */
  add(entry: Uint8Array): void {
    if (this.#pendingBytes === this.#pending.length) {
      const larger = new Uint8Array(2 * this.#pending.length)
      larger.set(this.#pending)
      this.#pending = larger
    }
    this.#pending.set(entry, this.#pendingBytes)
    this.#pendingBytes += this.#entryBytes
    this.#last.set(entry)
    this.#isEmpty = false
  }

  /** Writes what stands in memory, if that is worth a write. */
  writeMany(): void {
    if (this.#pendingBytes >= ENTRIES_PER_WRITE * this.#entryBytes) this.writeAll()
  }

  /** Writes all that stands in memory. Where that fails, it stays there. */
  writeAll(): void {
    if (this.#pendingBytes === 0) return
    this.#file.append(this.#pending, 0, this.#pendingBytes)
    this.#pendingBytes = 0
  }

  sync(): void {
    this.#file.sync()
  }

  close(): void {
    this.#file.close()
  }
}
