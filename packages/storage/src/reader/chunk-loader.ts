import {
  BATCH_HEADER_BYTES,
  STORAGE_FAILED,
  batchSizeAt,
  type PartitionStorage,
} from '@ringlog/core/internal/storage'
import { isSystemError } from '../file-system/file-system.ts'
import { segmentFileName } from '../segment/segment-file-names.ts'
import { KEEPS_NOTHING, KEEPS_SOME, type DiskChunk, type FilePlace } from './disk-chunk.ts'
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
  /** Those of `#files` that this has opened. */
  readonly #opened = new Set<OpenFile>()
  readonly #list: SegmentList
  readonly #indexes: IndexLookup
  /** How often this was closed. */
  #closings = 0

  constructor(directory: string, storage: PartitionStorage, files: OpenFiles) {
    this.#directory = directory
    this.#storage = storage
    this.#files = files
    this.#list = new SegmentList(directory)
    this.#indexes = new IndexLookup(directory, files)
  }

  /**
   * Fills a chunk with batches from that of `offset` on.
   *
   * @param upTo Larger than `offset`: all that starts before it is written (INV-140).
   * @param from Where its batch starts, or one before it in the same segment; `null`: that is to be found.
   * @param maxSwapMs How long to wait while files are being swapped.
   * @throws RinglogError CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR.
   */
  *load(
    chunk: DiskChunk,
    offset: number,
    upTo: number,
    from: FilePlace | null = null,
    maxSwapMs = MAX_SWAP_MS,
  ): FileWork<LoadResult> {
    let place = from
    let usesIndex = true
    let reason: unknown = 'no file has it'
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (!(yield* this.#awaitSwap(maxSwapMs))) return 'swapping'
      const swaps = this.#storage.fileSwaps // INV-150: before anything of the files is looked at
      if (attempt > 0) yield* this.#startOver(attempt, swaps)
      if (offset < this.#storage.logStartOffset) return 'deleted' // INV-113
      if (place?.swaps !== swaps) place = null
      try {
        if (this.#list.swaps !== swaps) {
          this.closeFiles()
          yield* this.#refresh(swaps)
        }
        place ??= yield* this.#find(offset, usesIndex, swaps)
        const result = yield* this.#readFrom(place, chunk, offset, upTo)
        if (result !== null && !this.#wasSwapped(swaps)) return result
      } catch (error) {
        reason = error
        this.closeFiles() // who reads again after the disk was mended opens them anew
        if (!this.#wasSwapped(swaps)) {
          if (error instanceof SegmentFault) {
            // The place may be of a file that another has replaced, or its index may be damaged.
            const isAtPlace = error.filePosition === place?.filePosition
            if (!isAtPlace || !usesIndex || place?.filePosition === 0) throw error.toError(offset)
            usesIndex = from !== null && attempt === 0
          } else if (!isSystemError(error, 'ENOENT')) {
            throw unreadableLog(this.#directory, offset, error)
          }
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
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      if (!(yield* this.#awaitSwap(MAX_SWAP_MS))) break
      const swaps = this.#storage.fileSwaps // INV-150
      if (attempt > 0) yield* this.#startOver(attempt, swaps)
      else yield* this.#list.refresh(swaps)
      const found = yield* this.#skipOlder(offset, upTo, timestampMs, swaps)
      if (!this.#wasSwapped(swaps)) return found
    }
    return offset // nothing is passed over
  }

  *#skipOlder(
    offset: number,
    upTo: number,
    timestampMs: number,
    swaps: number,
  ): FileWork<number | null> {
    for (let base = this.#list.floor(offset) ?? this.#list.after(offset); base !== null;) {
      if (base >= upTo) return null
      const after: number | null = this.#list.after(base)
      const isSealed = after !== null
      const found = yield* this.#indexes.offsetBeforeTimestamp(base, timestampMs, isSealed, swaps)
      if (found !== null) return Math.max(offset, found)
      base = after
    }
    return offset
  }

  /** Closes the files that it has open; who waits for a swap to end waits no more. */
  close(): void {
    this.#closings++
    this.closeFiles()
  }

  /** Closes the files that it has open; works that need them open them again. */
  closeFiles(): void {
    for (const file of this.#opened) this.#files.discard(file)
    this.#opened.clear()
  }

  /** Whether files have been swapped since there were so many swaps, or are at the moment: what was read says nothing. */
  #wasSwapped(swaps: number): boolean {
    return swaps % 2 !== 0 || this.#storage.fileSwaps !== swaps // INV-150
  }

  /**
   * Waits while files are being swapped: for a moment, as a rule; where the storage thread has died in the midst, until
   * its successor has finished them (INV-150). Where the disk has failed, none will.
   *
   * @returns Whether they are in place.
   */
  *#awaitSwap(maxMs: number): FileWork<boolean> {
    const closings = this.#closings
    let pauseMs = 1
    for (let waitedMs = 0; this.#storage.fileSwaps % 2 !== 0; waitedMs += pauseMs) {
      if (this.#storage.state === STORAGE_FAILED || waitedMs >= maxMs) return false // INV-114
      pauseMs = Math.min(2 * pauseMs, MAX_SWAP_PAUSE_MS)
      yield* made(pausing(pauseMs))
      if (closings !== this.#closings) return false
    }
    return true
  }

  /** What was found did not lead there: what is known is forgotten, and a moment passes for what goes on there. */
  *#startOver(attempt: number, swaps: number): FileWork<void> {
    this.closeFiles()
    if (attempt > 1) yield* made(pausing(2 ** attempt))
    yield* this.#refresh(swaps)
  }

  /** The folder itself may be gone. */
  *#refresh(swaps: number): FileWork<void> {
    try {
      yield* this.#list.refresh(swaps)
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error
    }
  }

  /** Where to begin to look for a batch; `null`: in no segment. */
  *#find(offset: number, usesIndex: boolean, swaps: number): FileWork<FilePlace | null> {
    let baseOffset = this.#list.floor(offset)
    if (baseOffset === null) {
      yield* this.#refresh(swaps)
      baseOffset = this.#list.floor(offset)
    }
    if (baseOffset === null) return null
    const entry = usesIndex ? yield* this.#indexes.entryBefore(baseOffset, offset, swaps) : null
    if (entry === null || entry.filePosition <= 0) {
      return { baseOffset, filePosition: 0, indexedOffset: null, swaps }
    }
    const { filePosition, lastOffset: indexedOffset } = entry
    return { baseOffset, filePosition, indexedOffset, swaps }
  }

  /** Fills the chunk from a place on; `null`: no file has it. */
  *#readFrom(
    place: FilePlace | null,
    chunk: DiskChunk,
    offset: number,
    upTo: number,
  ): FileWork<LoadResult | null> {
    for (let at = place; at !== null; at = yield* this.#after(at)) {
      if (at.baseOffset >= upTo) return 'nothing'
      const result = yield* this.#read(chunk, offset, upTo, at)
      if (result !== null) return result
    }
    return null
  }

  /** The start of the next segment; `null`: there is none. */
  *#after({ baseOffset, swaps }: FilePlace): FileWork<FilePlace | null> {
    let next = this.#list.after(baseOffset)
    if (next === null) {
      yield* this.#refresh(swaps)
      next = this.#list.after(baseOffset)
    }
    if (next === null) return null
    return { baseOffset: next, filePosition: 0, indexedOffset: null, swaps }
  }

  /** Fills the chunk from this place on; `null`: the segment ends before the batch. */
  *#read(
    chunk: DiskChunk,
    offset: number,
    upTo: number,
    { filePosition: startPosition, ...segment }: FilePlace,
  ): FileWork<LoadResult | null> {
    const path = this.#pathOf(segment.baseOffset)
    const file = yield* this.#files.take(path, segment.swaps)
    this.#opened.add(file)
    try {
      let filePosition = startPosition
      let { indexedOffset } = segment
      for (;;) {
        const length = yield* readFully(file.descriptor, chunk.bytes, filePosition)
        const place = { ...segment, filePosition, indexedOffset }
        const { highWatermark } = this.#storage // INV-111
        const passedBytes = chunk.keep({ path, place, length, offset, upTo, highWatermark })
        if (passedBytes === KEEPS_SOME) return 'loaded'
        if (passedBytes === KEEPS_NOTHING) return 'nothing'
        const isAtEnd = length < chunk.bytes.length
        if (isAtEnd && length - passedBytes < BATCH_HEADER_BYTES) {
          this.#discard(file)
          return null
        }
        if (passedBytes > 0) indexedOffset = null
        filePosition += passedBytes
        if (passedBytes === 0) yield* growFor(chunk, file, filePosition)
      }
    } finally {
      this.#files.giveBack(file)
    }
  }

  #discard(file: OpenFile): void {
    this.#files.discard(file)
    this.#opened.delete(file)
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

/**
 * - `"loaded"`: the chunk has what was asked for.
 * - `"deleted"`: the log starts after it by now.
 * - `"nothing"`: no batch is left from there on that starts before `upTo`, by compaction.
 * - `"swapping"`: files are being swapped, and that has not ended in time.
 */
export type LoadResult = 'loaded' | 'deleted' | 'nothing' | 'swapping'

/** How often a batch is looked for that should be there: the pauses between add up to half a second. */
const MAX_ATTEMPTS = 9
/** A storage thread that follows one that has died opens all of its partitions, one after the other. */
const MAX_SWAP_MS = 30_000
const MAX_SWAP_PAUSE_MS = 16
