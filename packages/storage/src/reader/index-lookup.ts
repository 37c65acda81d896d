import { readInt32, readInt64 } from '@ringlog/core/internal/storage'
import { isSystemError } from '../file-system/file-system.ts'
import { OFFSET_ENTRY_BYTES, type OffsetIndexEntry } from '../segment/offset-index.ts'
import { segmentFileName } from '../segment/segment-file-names.ts'
import { TIME_ENTRY_BYTES } from '../segment/time-index.ts'
import { made, readFully, sizing, type FileWork } from './file-work.ts'
import type { OpenFiles } from './open-files.ts'

/** A look at the indexes of segments, which stand in their files, but for the newest entries of the last one. */
export class IndexLookup {
  readonly #directory: string
  readonly #files: OpenFiles

  constructor(directory: string, files: OpenFiles) {
    this.#directory = directory
    this.#files = files
  }

  /**
   * Where a batch starts in a segment's `.log` that lies at or before `offset`, as near as its index says; `null`: the
   * index has none.
   */
  *entryBefore(
    baseOffset: number,
    offset: number,
    swaps: number,
  ): FileWork<OffsetIndexEntry | null> {
    const path = `${this.#directory}/${segmentFileName(baseOffset, '.index')}`
    const entry = yield* this.#lastEntry(
      path,
      swaps,
      OFFSET_ENTRY_BYTES,
      (bytes) => baseOffset + readInt32(bytes, 0) <= offset,
    )
    if (entry === null) return null
    return { lastOffset: baseOffset + readInt32(entry, 0), filePosition: readInt32(entry, 4) }
  }

  /**
   * The offset after the last record of a segment of which its index says that all up to it are older than
   * `timestampMs`.
   *
   * @param isSealed Whether nothing is appended to the segment any more: so its index is complete.
   * @returns `null`: all records of the segment are older.
   */
  *offsetBeforeTimestamp(
    baseOffset: number,
    timestampMs: number,
    isSealed: boolean,
    swaps: number,
  ): FileWork<number | null> {
    const path = `${this.#directory}/${segmentFileName(baseOffset, '.timeindex')}`
    let isLast = false
    const entry = yield* this.#lastEntry(path, swaps, TIME_ENTRY_BYTES, (bytes, isLastEntry) => {
      const isOlder = readInt64(bytes, 0) < timestampMs
      if (isLastEntry) isLast = isOlder
      return isOlder
    })
    if (entry === null) return baseOffset
    return isLast && isSealed ? null : baseOffset + readInt32(entry, 8) + 1
  }

  /** The last entry for which `isBefore`, which holds for all up to some entry; `null`: for none. */
  *#lastEntry(
    path: string,
    swaps: number,
    entryBytes: number,
    isBefore: (entry: Uint8Array, isLastEntry: boolean) => boolean,
  ): FileWork<Uint8Array | null> {
    let file
    try {
      file = yield* this.#files.take(path, swaps)
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return null // what it says can be found without it
      throw error
    }
    try {
      const count = Math.floor((yield* made(sizing(file.descriptor))) / entryBytes)
      let found: Uint8Array | null = null
      let low = 0
      let high = count
      // The last entry first: most that is looked for comes after it, or decides by it alone.
      let middle = count - 1
      while (low < high) {
        const entry = new Uint8Array(entryBytes)
        yield* readFully(file.descriptor, entry, middle * entryBytes)
        if (isBefore(entry, middle === count - 1)) {
          found = entry
          low = middle + 1
        } else high = middle
        middle = (low + high) >>> 1
      }
      return found
    } finally {
      this.#files.giveBack(file)
      this.#files.discard(file)
    }
  }
}
