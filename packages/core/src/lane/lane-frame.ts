import type { AppendDeadline } from '../protocol/partition-service.ts'
import { BATCH_ALIGNMENT_BYTES } from '../ring/ring-log-layout.ts'
import {
  ENTRY_NUMBERS,
  ENTRY_WORDS,
  FRAMES_BYTE,
  FRAME_BYTE_INDEX_WORD,
  FRAME_MAX_BLOCK_NUMBER,
  FRAME_NUMBER_WORD,
  FRAME_REQUEST_DEADLINE_NUMBER,
  FRAME_RESETS_WORD,
  FRAME_SIZE_WORD,
  FRAME_WAITING_SINCE_NUMBER,
  laneBytesOfBatch,
  maxLaneBatchBytesOf,
  type LaneSections,
} from './lane-layout.ts'

/**
 * A batch on its way, as its entry in the lane describes it: a private copy, so that what was checked
 * is what is used (INV-27).
 *
 * Thread: the partition worker.
 */
export class LaneFrame implements AppendDeadline {
  /** Bytes of the batch. */
  sizeBytes = 0
  requestDeadlineMs = 0
  waitingSinceMs = 0
  maxBlockMs = 0
  /** Where in the data section the batch starts. */
  byteIndex = 0
  /** How many times the producer had reset the lane. */
  resets = 0
  /** Frames are numbered from 0 on, wrapping at 32 bits. */
  number = 0
  readonly #sections: LaneSections
  readonly #words: Int32Array
  readonly #numbers: Float64Array

  constructor(sections: LaneSections, words: Int32Array, numbers: Float64Array) {
    this.#sections = sections
    this.#words = words
    this.#numbers = numbers
  }

  /** Copies the entry of a frame that was published (INV-21). */
  load(frame: number): void {
    const slot = frame & (this.#sections.slots - 1)
    const word = FRAMES_BYTE / 4 + slot * ENTRY_WORDS
    const number = FRAMES_BYTE / 8 + slot * ENTRY_NUMBERS
    this.number = this.#words[word + FRAME_NUMBER_WORD]!
    this.resets = this.#words[word + FRAME_RESETS_WORD]!
    this.byteIndex = this.#words[word + FRAME_BYTE_INDEX_WORD]!
    this.sizeBytes = this.#words[word + FRAME_SIZE_WORD]!
    this.requestDeadlineMs = this.#numbers[number + FRAME_REQUEST_DEADLINE_NUMBER]!
    this.maxBlockMs = this.#numbers[number + FRAME_MAX_BLOCK_NUMBER]!
    this.waitingSinceMs = this.#numbers[number + FRAME_WAITING_SINCE_NUMBER]!
  }

  /**
   * Says what cannot be in the entry that was loaded, or `null`.
   *
   * @param lastResets Of the frame before, and whether that was refused: only then can one more
   *   reset have come in between (INV-26).
   */
  findFault(frame: number, lastResets: number, wasRefused: boolean): string | null {
    const { laneBytes } = this.#sections
    if (this.number !== frame) {
      return `has a frame of another number: number=${this.number}, expected=${frame}`
    }
    const maxBatchBytes = maxLaneBatchBytesOf(laneBytes)
    const { sizeBytes, byteIndex, resets, requestDeadlineMs, waitingSinceMs, maxBlockMs } = this
    if (sizeBytes < 1 || sizeBytes > maxBatchBytes) {
      return `has a length that cannot be: sizeBytes=${sizeBytes}, maxBatchBytes=${maxBatchBytes}`
    }
    const endIndex = byteIndex + laneBytesOfBatch(sizeBytes)
    if (byteIndex < 0 || byteIndex % BATCH_ALIGNMENT_BYTES !== 0 || endIndex > laneBytes) {
      return `has a place that cannot be: byteIndex=${byteIndex}, sizeBytes=${sizeBytes}, laneBytes=${laneBytes}`
    }
    if (resets !== lastResets && !(wasRefused && resets === ((lastResets + 1) | 0))) {
      return `has a reset that cannot be: resets=${resets}, before=${lastResets}, wasRefused=${wasRefused}`
    }
    const isNoTime = Number.isNaN(requestDeadlineMs) || Number.isNaN(waitingSinceMs + maxBlockMs)
    if (isNoTime || !(maxBlockMs >= 0)) {
      return (
        `has deadlines that cannot be: requestDeadlineMs=${requestDeadlineMs}, ` +
        `waitingSinceMs=${waitingSinceMs}, maxBlockMs=${maxBlockMs}`
      )
    }
    return null
  }
}
