import { NONE, type RecordBatchHeader } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import { GrowingFile } from './growing-file.ts'
import { OffsetIndex } from './offset-index.ts'
import { segmentFileName, type FileState } from './segment-file-names.ts'
import { TimeIndex } from './time-index.ts'

/** A batch gets an index entry once more than so many bytes followed the one that had the last: Kafka's default. */
const INDEX_INTERVAL_BYTES = 4096
const MAX_INT32 = 2 ** 31 - 1

/**
 * A segment of a log whose files are open: `.log`, and the two indexes of it.
 *
 * Thread: that of who writes it: the storage thread, or the cleaner.
 *
 * Source: Apache Kafka, `storage/internals/log/LogSegment.java`.
 */
export class Segment {
  readonly baseOffset: number
  readonly log: GrowingFile
  readonly offsetIndex: OffsetIndex
  readonly timeIndex: TimeIndex
  #endOffset: number
  #bytesSinceIndexEntry = 0
  #firstTimestamp = NONE
  #largestTimestamp = NONE
  #offsetOfLargest: number

  private constructor(
    baseOffset: number,
    log: GrowingFile,
    offsetIndex: OffsetIndex,
    timeIndex: TimeIndex,
  ) {
    this.baseOffset = baseOffset
    this.log = log
    this.offsetIndex = offsetIndex
    this.timeIndex = timeIndex
    this.#endOffset = baseOffset
    this.#offsetOfLargest = baseOffset
  }

  /**
   * Opens a segment's files.
   *
   * - `"new"`: creates them, empty. The caller syncs the directory before a byte of them counts (D-5).
   * - `"indexed"`: goes on with those that there are. `noteIndexed` and `note` say what they hold.
   * - `"unindexed"`: goes on with the `.log`; the indexes are emptied, and made anew by `note`.
   *
   * @param suffix What the files' names end with.
   */
  static open(
    fileSystem: FileSystem,
    folder: string,
    baseOffset: number,
    kind: 'new' | 'indexed' | 'unindexed',
    suffix: FileState = '',
  ): Segment {
    const path = `${folder}/${segmentFileName(baseOffset, '.log')}${suffix}`
    const indexAccess = kind === 'indexed' ? 'write' : 'create'
    const log = GrowingFile.open(fileSystem, path, kind === 'new' ? 'create' : 'write')
    let offsetIndex: OffsetIndex | undefined
    try {
      offsetIndex = OffsetIndex.open(fileSystem, folder, baseOffset, indexAccess, suffix)
      const timeIndex = TimeIndex.open(fileSystem, folder, baseOffset, indexAccess, suffix)
      return new Segment(baseOffset, log, offsetIndex, timeIndex)
    } catch (error) {
      log.close()
      offsetIndex?.file.close()
      throw error
    }
  }

  /** The offset after the last record. */
  get endOffset(): number {
    return this.#endOffset
  }

  get fileBytes(): number {
    return this.log.fileBytes
  }

  /** Of all its records, milliseconds since 1970; -1: it has none. */
  get largestTimestamp(): number {
    return this.#largestTimestamp
  }

  /** Of its first batch; -1: it has none. */
  get firstTimestamp(): number {
    return this.#firstTimestamp
  }

  get descriptors(): number[] {
    return [this.log.descriptor, this.offsetIndex.file.descriptor, this.timeIndex.file.descriptor]
  }

  /** Whether an index entry can hold the offset. */
  canHold(offset: number): boolean {
    return offset - this.baseOffset <= MAX_INT32
  }

  /**
   * Writes whole batches, back to back, at the end; `note` is then called with each.
   *
   * @throws The system's error; nothing is written then.
   */
  write(bytes: Uint8Array, start: number, length: number): void {
    this.offsetIndex.file.writeMany()
    this.timeIndex.file.writeMany()
    this.log.append(bytes, start, length)
  }

  /** Takes a batch that the `.log` holds into account: the indexes' entries, the end, the timestamps. */
  note(header: RecordBatchHeader, filePosition: number): void {
    const { lastOffset, maxTimestamp } = header
    if (filePosition === 0) this.#firstTimestamp = maxTimestamp
    if (maxTimestamp > this.#largestTimestamp) {
      this.#largestTimestamp = maxTimestamp
      this.#offsetOfLargest = lastOffset
    }
    if (this.#bytesSinceIndexEntry > INDEX_INTERVAL_BYTES) {
      this.offsetIndex.add(lastOffset, filePosition)
      this.timeIndex.addIfLarger(this.#largestTimestamp, this.#offsetOfLargest)
      this.#bytesSinceIndexEntry = 0
    }
    this.#bytesSinceIndexEntry += header.sizeBytes
    this.#endOffset = lastOffset + 1
  }

  /** Takes into account what the indexes say of the batches before their last entry. */
  noteIndexed(firstTimestamp: number): void {
    this.#firstTimestamp = firstTimestamp
    const last = this.timeIndex.last
    if (last === null) return
    this.#largestTimestamp = last.timestamp
    this.#offsetOfLargest = last.lastOffset
  }

  /** Writes what the indexes hold in memory, and the last entry of the time index. May be called again. */
  finishIndexes(): void {
    this.timeIndex.addIfLarger(this.#largestTimestamp, this.#offsetOfLargest)
    this.timeIndex.file.writeAll()
    this.offsetIndex.file.writeAll()
  }

  sync(): void {
    this.log.sync()
    this.offsetIndex.file.sync()
    this.timeIndex.file.sync()
  }

  close(): void {
    this.log.close()
    this.offsetIndex.file.close()
    this.timeIndex.file.close()
  }

  /** What is kept of it when its files are closed. */
  get info(): SegmentInfo {
    const { baseOffset, endOffset, fileBytes, largestTimestamp } = this
    return { baseOffset, endOffset, fileBytes, largestTimestamp }
  }
}

/** A segment of a log. */
export interface SegmentInfo {
  readonly baseOffset: number
  /** The offset after its last record; of one that was compacted it may be later. */
  readonly endOffset: number
  /** The size of its `.log`. */
  readonly fileBytes: number
  /** Of all its records, milliseconds since 1970; -1: it has none. */
  readonly largestTimestamp: number
}
