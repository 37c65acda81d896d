import { readInt32, writeInt32 } from '@ringlog/core/internal/storage'
import type { FileAccess, FileSystem } from '../file-system/file-system.ts'
import { IndexFile } from './index-file.ts'
import { segmentFileName, type FileState } from './segment-file-names.ts'

/**
 * Where in a segment's `.log` some of its batches start, by offset.
 *
 * ```text
 *  byte  length  field
 *     0       4  relativeOffset  int32   last offset of the batch, less the segment's base offset
 *     4       4  filePosition    int32   where the batch starts
 * ```
 *
 * Source: Apache Kafka, `storage/internals/log/OffsetIndex.java`.
 */
export class OffsetIndex {
  readonly #baseOffset: number
  readonly file: IndexFile
  readonly #entry = new Uint8Array(OFFSET_ENTRY_BYTES)

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
  ): OffsetIndex {
    const path = `${folder}/${segmentFileName(baseOffset, '.index')}${suffix}`
    return new OffsetIndex(baseOffset, IndexFile.open(fileSystem, path, access, OFFSET_ENTRY_BYTES))
  }

  add(lastOffset: number, filePosition: number): void {
    writeInt32(this.#entry, 0, lastOffset - this.#baseOffset)
    writeInt32(this.#entry, 4, filePosition)
    this.file.add(this.#entry)
  }

  /** The newest entry; `null`: there is none. */
  get last(): OffsetIndexEntry | null {
    const entry = this.file.last
    if (entry === null) return null
    return {
      lastOffset: this.#baseOffset + readInt32(entry, 0),
      filePosition: readInt32(entry, 4),
    }
  }
}

export const OFFSET_ENTRY_BYTES = 8

/** What the index says: a batch starts there, whose last offset is that. */
export interface OffsetIndexEntry {
  readonly lastOffset: number
  readonly filePosition: number
}
