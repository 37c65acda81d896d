import { RecordBatchHeader, RinglogError } from '@ringlog/core/internal/storage'
import type { FileSystem } from '../file-system/file-system.ts'
import { CLEANED_SUFFIX, segmentFileName } from '../segment/segment-file-names.ts'
import { Segment } from '../segment/segment.ts'

/** So much is written at once. */
const BUFFER_BYTES = 1024 * 1024
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
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  #isOpen = true

  constructor(fileSystem: FileSystem, folder: string, baseOffset: number) {
    this.#fileSystem = fileSystem
    this.#folder = folder
    this.#segment = Segment.open(fileSystem, folder, baseOffset, 'new', CLEANED_SUFFIX)
  }

  /** @param batch Whole; borrowed until this returns. @throws The system's error. */
  append(batch: Uint8Array): void {
    this.#pending.push(batch.slice())
    this.#pendingBytes += batch.length
    if (this.#pendingBytes >= BUFFER_BYTES) this.#write()
  }

  /** Writes all of it, syncs it (D-12), and closes the files. @throws The system's error. */
  finish(): { fileBytes: number; largestTimestamp: number } {
    this.#write()
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

  #write(): void {
    const bytes = Buffer.concat(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
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
