import { baseOffsetsOf } from '../segment/segment-file-names.ts'
import { listing, made, type FileWork } from './file-work.ts'

/**
 * The segments of a log, by the names in its folder: as they were when it was last looked at. Segments come and
 * go meanwhile, so what is not found by an old list is looked for in a new one.
 */
export class SegmentList {
  readonly #directory: string
  /** Ascending. */
  #baseOffsets: number[] = []
  #swaps = -1

  constructor(directory: string) {
    this.#directory = directory
  }

  /** How often files had been swapped when the folder was looked at (INV-150). */
  get swaps(): number {
    return this.#swaps
  }

  /** Looks at the folder anew; a look that was begun before a swap does not replace a later one. @throws The system's error. */
  *refresh(swaps: number): FileWork<void> {
    const names = yield* made(listing(this.#directory))
    if (swaps < this.#swaps) return
    this.#baseOffsets = baseOffsetsOf(names, '.log')
    this.#swaps = swaps
  }

  /** The base offset of the segment that has `offset`, if any does; `null`: all begin after it. */
  floor(offset: number): number | null {
    return this.#baseOffsets[this.#indexAfter(offset) - 1] ?? null
  }

  /** The base offset of the segment that follows; `null`: none is known. */
  after(baseOffset: number): number | null {
    return this.#baseOffsets[this.#indexAfter(baseOffset)] ?? null
  }

  /** The index of the first that begins after `offset`. */
  #indexAfter(offset: number): number {
    let low = 0
    let high = this.#baseOffsets.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#baseOffsets[middle]! <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
