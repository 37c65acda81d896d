import { isSystemError } from '../file-system/file-system.ts'
import { closeAside, made, opening, type FileWork } from './file-work.ts'

/** A file that is open. */
export interface OpenFile {
  readonly path: string
  /** The path, and which of the files that follow one another by that name. */
  readonly key: string
  readonly descriptor: number
  /** By how many works it is read at the moment. */
  uses: number
  /** Whether it is to be closed once none reads it. */
  isDiscarded: boolean
}

/**
 * The files that the readers of a thread have open: so many at most, besides those that are just being read. The
 * one that was read longest ago is closed first, and opened again when it is needed.
 *
 * Thread: one instance belongs to one thread.
 */
export class OpenFiles {
  readonly #maxFiles: number
  /** By key; the one that was read last comes last. */
  readonly #files = new Map<string, OpenFile>()

  constructor(maxFiles: number) {
    this.#maxFiles = maxFiles
  }

  get size(): number {
    return this.#files.size
  }

  /**
   * Opens a file, unless it is open already; the caller gives it back.
   *
   * @param swaps How often files of the log had been swapped when the caller began (INV-150): one that was opened
   *   before the last time is none of its.
   * @throws The system's error.
   */
  *take(path: string, swaps: number): FileWork<OpenFile> {
    const key = `${swaps} ${path}`
    const file = this.#files.get(key) ?? (yield* this.#open(path, key))
    file.uses++
    this.#files.delete(key)
    this.#files.set(key, file)
    this.#closeIdle(this.#maxFiles)
    return file
  }

  giveBack(file: OpenFile): void {
    file.uses--
    if (file.isDiscarded && file.uses === 0) closeAside(file.descriptor)
  }

  /** Closes a file, as soon as nobody reads it: who takes it after this opens it anew. */
  discard(file: OpenFile): void {
    if (this.#files.get(file.key) !== file) return
    this.#files.delete(file.key)
    file.isDiscarded = true
    if (file.uses === 0) closeAside(file.descriptor)
  }

  *#open(path: string, key: string): FileWork<OpenFile> {
    const descriptor = yield* this.#openAtAll(path)
    const other = this.#files.get(key)
    if (other === undefined) return { path, key, descriptor, uses: 0, isDiscarded: false }
    closeAside(descriptor) // another work has opened it meanwhile
    return other
  }

  /** Where the process has too many files open, those that are open here just in case are the first to go. */
  *#openAtAll(path: string): FileWork<number> {
    try {
      return yield* made(opening(path))
    } catch (error) {
      if (!isSystemError(error, 'EMFILE') || this.#closeIdle(0) === 0) throw error
      return yield* made(opening(path))
    }
  }

  /** Closes those that were read longest ago, until no more than `maxFiles` are open; returns how many. */
  #closeIdle(maxFiles: number): number {
    let closed = 0
    for (const file of this.#files.values()) {
      if (this.#files.size <= maxFiles) break
      if (file.uses > 0) continue
      this.discard(file)
      closed++
    }
    return closed
  }
}

/** How many files the readers of a thread keep open. */
const MAX_OPEN_FILES = 256

/** Those of this thread. */
export const threadFiles: OpenFiles = new OpenFiles(MAX_OPEN_FILES)
