import { RecordBatchHeader, RinglogError } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import { CLEANED_SUFFIX, segmentFileName } from '../segment/segment-file-names.ts'
import { Segment } from '../segment/segment.ts'
import type { PendingBatches } from './pending-batches.ts'

/** What an index can say of a place in a file. */
const MAX_FILE_BYTES = 2 ** 31 - 1

/**
 * The files of a segment that the cleaner makes: its names end with `.cleaned` until the storage thread takes them.
 *
 * Thread: the cleaner's.
 */
export class CleanedFiles {
  readonly #fileSystem: FileSystem
  readonly #folder: string
  readonly #segment: Segment
  readonly #header = new RecordBatchHeader()
  readonly #pending: PendingBatches
  #isOpen = true

  /** @param pending Used by these files alone until they are finished, or dropped. */
  constructor(fileSystem: FileSystem, folder: string, baseOffset: number, pending: PendingBatches) {
    this.#fileSystem = fileSystem
    this.#folder = folder
    this.#pending = pending
    pending.clear()
    this.#segment = Segment.open(fileSystem, folder, baseOffset, 'new', CLEANED_SUFFIX)
  }

  /** @param batch Whole; borrowed until this returns. @throws The system's error. */
  append(batch: Uint8Array): void {
    if (this.#pending.tryAdd(batch)) return
    this.#writePending()
    if (!this.#pending.tryAdd(batch)) this.#write(batch)
  }

  /** Writes all of it, syncs it (D-12), and closes the files. @throws The system's error. */
  finish(): { fileBytes: number; largestTimestamp: number } {
    this.#writePending()
    const segment = this.#segment
    segment.finishIndexes()
    segment.sync() // D-12
    const { fileBytes, largestTimestamp } = segment
    this.#close()
    return { fileBytes, largestTimestamp }
  }

  /** Unlinks the files. */
  drop(): void {
    this.#close()
    dropCleaned(this.#fileSystem, this.#folder, this.#segment.baseOffset)
  }

  #writePending(): void {
    this.#write(this.#pending.bytes)
    this.#pending.clear()
  }

  #write(bytes: Uint8Array): void {
    const segment = this.#segment
    const firstPosition = segment.fileBytes
    if (firstPosition + bytes.length > MAX_FILE_BYTES) throw tooLarge(this.#folder, segment)
    segment.write(bytes, 0, bytes.length)
    for (let at = 0; at < bytes.length; at += this.#header.sizeBytes) {
      segment.note(this.#header.wrap(bytes, at), firstPosition + at)
    }
  }

  #close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#segment.close()
  }
}

/** Unlinks what there is of the files that the cleaner has made; nothing where they are gone. */
export function dropCleaned(fileSystem: FileSystem, folder: string, baseOffset: number): void {
  for (const suffix of ['.log', '.index', '.timeindex'] as const) {
    const path = `${folder}/${segmentFileName(baseOffset, suffix)}${CLEANED_SUFFIX}`
    if (fileSystem.sizeAt(path) !== null) fileSystem.unlink(path)
  }
}

/** By compression that is worse than the producer's. */
function tooLarge(folder: string, { baseOffset }: Segment): RinglogError {
  return new RinglogError(
    'KAFKA_STORAGE_ERROR',
    `a segment would get larger by compaction than its index can say: folder=${folder}, ` +
      `baseOffset=${baseOffset}, maxFileBytes=${MAX_FILE_BYTES}`,
    { details: { folder, baseOffset, maxFileBytes: MAX_FILE_BYTES } },
  )
}
