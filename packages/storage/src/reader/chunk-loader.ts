import {
  BATCH_HEADER_BYTES,
  batchSizeAt,
  type PartitionStorage,
} from '@ringlog/core/internal/storage'
import { isSystemError } from '../file-system/file-system.ts'
import { segmentFileName } from '../segment/segment-file-names.ts'
import type { DiskChunk, FilePlace } from './disk-chunk.ts'
import { made, pausing, readFully, sizing, type FileWork } from './file-work.ts'
import { IndexLookup } from './index-lookup.ts'
import type { OpenFile, OpenFiles } from './open-files.ts'
import { SegmentFault, unreadableLog } from './segment-fault.ts'
import { SegmentList } from './segment-list.ts'

/**
 * Finds batches in the files of a log, beside the thread that writes, cleans and deletes them, and without a lock:
 * what is not there any more, or stands elsewhere, is looked for again by a new look at the folder.
 *
 * Thread: the reader's. Several works may be under way at a time.
 */
export class ChunkLoader {
  readonly #directory: string
  readonly #storage: PartitionStorage
  readonly #files: OpenFiles
  /** The paths of those of `#files` that this has opened. */
  readonly #paths = new Set<string>()
  readonly #list: SegmentList
  readonly #indexes: IndexLookup

  constructor(directory: string, storage: PartitionStorage, files: OpenFiles) {
    this.#directory = directory
    this.#storage = storage
    this.#files = files
    this.#list = new SegmentList(directory)
    this.#indexes = new IndexLookup(directory, files)
  }

  /**
   * Fills a chunk with batches from that of `offset` on; `false`: the log starts after it by now.
   *
   * @param upTo Larger than `offset`: all that starts before it is written (INV-140).
   * @param from Where its batch starts, or one before it in the same segment; `null`: that is to be found.
   * @throws RinglogError CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR.
   */
  *load(
    chunk: DiskChunk,
    offset: number,
    upTo: number,
    from: FilePlace | null = null,
  ): FileWork<boolean> {
    let place = from
    let usesIndex = true
    let reason: unknown = 'no file has it'
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (attempt > 0) yield* this.#startOver(attempt)
      if (offset < this.#storage.logStartOffset) return false // INV-113
      try {
        place ??= yield* this.#find(offset, usesIndex)
        let at = place
        while (at !== null && at.baseOffset < upTo) {
          if (yield* this.#read(chunk, offset, upTo, at)) return true
          at = yield* this.#after(at)
        }
      } catch (error) {
        reason = error
        if (error instanceof SegmentFault) {
          // The place may be of a file that another has replaced, or its index may be damaged.
          const isAtPlace = error.filePosition === place?.filePosition
          if (!isAtPlace || !usesIndex || place?.filePosition === 0) throw error.toError(offset)
          usesIndex = from !== null && attempt === 0
        } else if (!isSystemError(error, 'ENOENT')) {
          throw unreadableLog(this.#directory, offset, error)
        }
      }
      place = null
    }
    throw unreadableLog(this.#directory, offset, reason)
  }

  /**
   * The first offset at or after `offset` at which a record of that time or later may stand, by the indexes;
   * `null`: no record below `upTo` is so new.
   */
  *skipOlder(offset: number, upTo: number, timestampMs: number): FileWork<number | null> {
    yield* this.#list.refresh()
    for (let base = this.#list.floor(offset) ?? this.#list.after(offset); base !== null;) {
      if (base >= upTo) return null
      const after: number | null = this.#list.after(base)
      const found = yield* this.#indexes.offsetBeforeTimestamp(base, timestampMs, after !== null)
      if (found !== null) return Math.max(offset, found)
      base = after
    }
    return offset
  }

  /** Closes the files that it has open. */
  close(): void {
    for (const path of this.#paths) this.#files.discard(path)
    this.#paths.clear()
  }

  /** What was found did not lead there: what is known is forgotten, and a moment passes for what goes on there. */
  *#startOver(attempt: number): FileWork<void> {
    this.close()
    if (attempt > 1) yield* made(pausing(2 ** attempt))
    yield* this.#refresh()
  }

  /** The folder itself may be gone. */
  *#refresh(): FileWork<void> {
    try {
      yield* this.#list.refresh()
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error
    }
  }

  /** Where to begin to look for a batch; `null`: in no segment. */
  *#find(offset: number, usesIndex: boolean): FileWork<FilePlace | null> {
    let baseOffset = this.#list.floor(offset)
    if (baseOffset === null) {
      yield* this.#refresh()
      baseOffset = this.#list.floor(offset)
    }
    if (baseOffset === null) return null
    const filePosition = usesIndex ? yield* this.#indexes.filePositionBefore(baseOffset, offset) : 0
    return { baseOffset, filePosition }
  }

  /** The start of the next segment; `null`: there is none. */
  *#after({ baseOffset }: FilePlace): FileWork<FilePlace | null> {
    this.#discard(baseOffset)
    let next = this.#list.after(baseOffset)
    if (next === null) {
      yield* this.#refresh()
      next = this.#list.after(baseOffset)
    }
    return next === null ? null : { baseOffset: next, filePosition: 0 }
  }

  /** Fills the chunk from this place on; `false`: the segment ends before the batch. */
  *#read(
    chunk: DiskChunk,
    offset: number,
    upTo: number,
    { baseOffset, filePosition: startPosition }: FilePlace,
  ): FileWork<boolean> {
    const path = this.#pathOf(baseOffset)
    const file = yield* this.#files.take(path)
    this.#paths.add(path)
    try {
      let filePosition = startPosition
      for (;;) {
        const length = yield* readFully(file.descriptor, chunk.bytes, filePosition)
        const place = { baseOffset, filePosition }
        const passedBytes = chunk.keep({ path, place, length, offset, upTo })
        if (passedBytes < 0) return true
        const isAtEnd = length < chunk.bytes.length
        if (isAtEnd && length - passedBytes < BATCH_HEADER_BYTES) return false
        filePosition += passedBytes
        if (passedBytes === 0) yield* growFor(chunk, file, filePosition)
      }
    } finally {
      this.#files.giveBack(file)
    }
  }

  #discard(baseOffset: number): void {
    const path = this.#pathOf(baseOffset)
    this.#files.discard(path)
    this.#paths.delete(path)
  }

  #pathOf(baseOffset: number): string {
    return `${this.#directory}/${segmentFileName(baseOffset, '.log')}`
  }
}

/** The batch at the start of the chunk is larger than that, or the file ends within it. */
function* growFor(chunk: DiskChunk, file: OpenFile, filePosition: number): FileWork<void> {
  const sizeBytes = batchSizeAt(chunk.bytes, 0)
  const restBytes = (yield* made(sizing(file.descriptor))) - filePosition
  if (sizeBytes <= restBytes && sizeBytes > chunk.bytes.length) return chunk.grow(sizeBytes)
  throw new SegmentFault(file.path, filePosition, 'the file ends within a batch', {
    sizeBytes,
    restBytes,
  })
}

/** How often a batch is looked for that should be there: the pauses between add up to half a second. */
const MAX_ATTEMPTS = 9
