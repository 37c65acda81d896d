import { isSystemError } from '../file-system/file-system.ts'
import { closeAside, made, opening, type FileWork } from './file-work.ts'

/** A file that is open. */
export interface OpenFile {
  readonly path: string
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
  /** By path; the one that was read last comes last. */
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
   * @throws The system's error.
   */
  *take(path: string): FileWork<OpenFile> {
    const file = this.#files.get(path) ?? (yield* this.#open(path))
    file.uses++
    this.#files.delete(path)
    this.#files.set(path, file)
    this.#closeIdle(this.#maxFiles)
    return file
  }

  giveBack(file: OpenFile): void {
    file.uses--
    if (file.isDiscarded && file.uses === 0) closeAside(file.descriptor)
  }

  /** Closes a file, as soon as nobody reads it: who takes it after this opens it anew. */
  discard(path: string): void {
    const file = this.#files.get(path)
    if (file === undefined) return
    this.#files.delete(path)
    file.isDiscarded = true
    if (file.uses === 0) closeAside(file.descriptor)
  }

  *#open(path: string): FileWork<OpenFile> {
    const descriptor = yield* this.#openAtAll(path)
    const other = this.#files.get(path)
    if (other === undefined) return { path, descriptor, uses: 0, isDiscarded: false }
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
    for (const { path, uses } of this.#files.values()) {
      if (this.#files.size <= maxFiles) break
      if (uses > 0) continue
      this.discard(path)
      closed++
    }
    return closed
  }
}

/** How many files the readers of a thread keep open. */
const MAX_OPEN_FILES = 256

/** Those of this thread. */
export const threadFiles: OpenFiles = new OpenFiles(MAX_OPEN_FILES)
