import type { CleanedSegment } from '../cleaner/cleaning-job.ts'
import type { LogFolder } from './log-folder.ts'
import type { SegmentInfo } from './segment.ts'
import { swapFiles } from './swap-files.ts'

/**
 * The segments of a log that are not appended to any more, oldest first, and what is done to them as a whole.
 *
 * Thread: the storage thread's alone.
 */
export class SealedSegments {
  readonly #folder: LogFolder
  readonly #segments: SegmentInfo[]
  #sizeBytes: number

  /** @param activeBaseOffset Where the segment begins that follows the last. */
  constructor(folder: LogFolder, segments: readonly SegmentInfo[], activeBaseOffset: number) {
    this.#folder = folder
    // One that was compacted, and read since, ends for the scanner with its last batch.
    this.#segments = segments.map((segment, index) => ({
      ...segment,
      endOffset: segments[index + 1]?.baseOffset ?? activeBaseOffset,
    }))
    this.#sizeBytes = segments.reduce((sum, { fileBytes }) => sum + fileBytes, 0)
  }

  get all(): readonly SegmentInfo[] {
    return this.#segments
  }

  /** Of their `.log` files. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Takes the segment that was sealed last. */
  add(segment: SegmentInfo): void {
    this.#segments.push(segment)
    this.#sizeBytes += segment.fileBytes
  }

  /** Deletes those that end at or before `offset`. @throws The system's error. */
  dropBefore(offset: number): void {
    while (this.#segments.length > 0 && this.#segments[0]!.endOffset <= offset) {
      const { baseOffset, fileBytes } = this.#segments[0]!
      this.#folder.deleteSegment(baseOffset)
      this.#segments.shift()
      this.#sizeBytes -= fileBytes
    }
  }

  /** Whether there are these, one after the other. */
  has(baseOffsets: readonly number[]): boolean {
    const at = this.#segments.findIndex(({ baseOffset }) => baseOffset === baseOffsets[0])
    return (
      at >= 0 && baseOffsets.every((base, index) => this.#segments[at + index]?.baseOffset === base)
    )
  }

  /**
   * Puts a segment that the cleaner has made in the place of those that it was made from. It `has` all of these; they are
   * synced, and the recovery point on disk is past them (D-11).
   *
   * @throws The system's error: the files are half changed, and the next start finishes it.
   */
  replace({ baseOffset, replaced, fileBytes, largestTimestamp }: CleanedSegment): void {
    swapFiles(this.#folder, replaced)
    const at = this.#segments.findIndex((segment) => segment.baseOffset === baseOffset)
    const { endOffset } = this.#segments[at + replaced.length - 1]!
    const cleaned: SegmentInfo = { baseOffset, endOffset, fileBytes, largestTimestamp }
    const old = this.#segments.splice(at, replaced.length, cleaned)
    for (const segment of old) this.#sizeBytes -= segment.fileBytes
    this.#sizeBytes += fileBytes
  }
}

/** A segment that is not appended to any more, and not synced yet. */
export interface SealedSegment {
  readonly baseOffset: number
  /** The offset after its last record. */
  readonly endOffset: number
  /** Of all its files: each is to be synced. */
  readonly descriptors: readonly number[]
  /** Closes them: by the storage thread, once they are synced. */
  close(): void
}
