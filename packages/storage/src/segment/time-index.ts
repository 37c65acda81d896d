import { NONE, readInt32, readInt64, writeInt32, writeInt64 } from '@ringlog/core/internal/storage'
import type { FileAccess, FileSystem } from '../file-system/file-system.ts'
import { IndexFile } from './index-file.ts'
import { segmentFileName, type FileState } from './segment-file-names.ts'

/**
 * The largest timestamp up to some of a segment's batches.
 *
 * ```text
 *  byte  length  field
 *     0       8  timestamp       int64   the largest of all records up to here, milliseconds since 1970
 *     8       4  relativeOffset  int32   last offset of the batch that has it, less the segment's base offset
 * ```
 *
 * Source: Apache Kafka, `storage/internals/log/TimeIndex.java`.
 */
export class TimeIndex {
  readonly #baseOffset: number
  readonly file: IndexFile
  readonly #entry = new Uint8Array(TIME_ENTRY_BYTES)

  private constructor(baseOffset: number, file: IndexFile) {
    this.#baseOffset = baseOffset
    this.file = file
  }

  static open(
    fileSystem: FileSystem,
    folder: string,
    baseOffset: number,
    access: FileAccess,
    suffix: FileState = '',
  ): TimeIndex {
    const path = `${folder}/${segmentFileName(baseOffset, '.timeindex')}${suffix}`
    return new TimeIndex(baseOffset, IndexFile.open(fileSystem, path, access, TIME_ENTRY_BYTES))
  }

  /** Adds an entry where the timestamp is larger than that of the newest. */
  addIfLarger(timestamp: number, lastOffset: number): void {
    if (timestamp <= (this.last?.timestamp ?? NONE)) return
    writeInt64(this.#entry, 0, timestamp)
    writeInt32(this.#entry, 8, lastOffset - this.#baseOffset)
    this.file.add(this.#entry)
  }

  /** The newest entry; `null`: there is none. */
  get last(): { timestamp: number; lastOffset: number } | null {
    const entry = this.file.last
    if (entry === null) return null
    return { timestamp: readInt64(entry, 0), lastOffset: this.#baseOffset + readInt32(entry, 8) }
  }
}

export const TIME_ENTRY_BYTES = 12
