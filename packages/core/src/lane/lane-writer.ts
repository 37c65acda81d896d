import { copyBytes } from '../concurrent/copy-bytes.ts'
import { ErrorSection } from '../errors/error-section.ts'
import { errorCodeOf } from '../errors/error-numbers.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import type { AppendDeadline } from '../protocol/partition-service.ts'
import { ANSWER_REFUSED, isLaneOutcome, type LaneAnswer } from './lane-answer.ts'
import {
  ANSWERS_HELD_WORD,
  ANSWER_APPEND_TIME_NUMBER,
  ANSWER_BASE_OFFSET_NUMBER,
  ANSWER_COUNT_WORD,
  ANSWER_ERROR_NUMBER_WORD,
  ANSWER_FRAME_WORD,
  ANSWER_OUTCOME_WORD,
  CLOSED_BY_PRODUCER,
  ENTRY_NUMBERS,
  ENTRY_WORDS,
  FRAMES_BYTE,
  FRAME_BYTE_INDEX_WORD,
  FRAME_COUNT_WORD,
  FRAME_MAX_BLOCK_NUMBER,
  FRAME_NUMBER_WORD,
  FRAME_REQUEST_DEADLINE_NUMBER,
  FRAME_RESETS_WORD,
  FRAME_SIZE_WORD,
  FRAME_WAITING_SINCE_NUMBER,
  LANE_OPEN,
  PRODUCER_STATE_WORD,
  SHOWN_COUNT_WORD,
  WORKER_STATE_WORD,
  laneBytesOfBatch,
  maxLaneBatchBytesOf,
  openLaneSections,
} from './lane-layout.ts'

/**
 * The producer's end of a lane: hands batches over to one partition's worker, in order, and reads
 * what became of them, in the same order.
 *
 * A batch that is larger than `maxBatchBytes` goes another way, and the order stays exact if the ways
 * take turns (INV-29): nothing else leaves while `unansweredCount` is not 0, and nothing is written
 * here until what left the other way is answered.
 *
 * Thread: the producer's alone (INV-20). Nothing blocks, and nothing is allocated, except by the
 * reading of a refusal.
 */
export class LaneWriter {
  readonly laneBytes: number
  /** The largest batch, in bytes, that goes through: a quarter of the lane. */
  readonly maxBatchBytes: number
  /** How many batches can be unanswered at a time. */
  readonly slots: number
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  readonly #data: Uint8Array
  readonly #answersByte: number
  readonly #refusal: ErrorSection
  readonly #closing: ErrorSection
  readonly #mask: number
  /** The byte position after each unanswered batch, by slot. */
  readonly #ends: Float64Array
  /** Wrapping at 32 bits, as in shared memory. */
  #frameCount: number
  #readCount: number
  /** Answers that are known to be there, read or not. */
  #answerCount: number
  #endPosition = 0
  #startPosition = 0
  #resets = 0
  #state: LaneState = 'open'
  #closedError: RinglogError | null = null
  #hasLostAnswers = false

  /**
   * @param memory Of a lane that no other producer has written to.
   * @throws RinglogError LAYOUT_MISMATCH when `memory` is no lane of this layout.
   */
  constructor(memory: SharedArrayBuffer) {
    const sections = openLaneSections(memory)
    this.laneBytes = sections.laneBytes
    this.maxBatchBytes = maxLaneBatchBytesOf(sections.laneBytes)
    this.slots = sections.slots
    this.#words = new Int32Array(memory, 0, sections.dataByte / 4)
    this.#numbers = new Float64Array(memory, 0, sections.dataByte / 8)
    this.#data = new Uint8Array(memory, sections.dataByte, sections.laneBytes)
    this.#answersByte = sections.answersByte
    this.#refusal = new ErrorSection(memory, sections.refusalByte)
    this.#closing = new ErrorSection(memory, sections.closingByte)
    this.#mask = sections.laneBytes - 1
    this.#ends = new Float64Array(sections.slots)
    this.#frameCount = Atomics.load(this.#words, FRAME_COUNT_WORD) // INV-20: our own word
    this.#readCount = this.#frameCount
    this.#answerCount = this.#frameCount
  }

  get state(): LaneState {
    return this.#state
  }

  /**
   * Why the worker closed the lane, or why its answers make no sense; `null` while it is open, and
   * where the producer closed it.
   */
  get closedError(): RinglogError | null {
    return this.#closedError
  }

  /**
   * What became of the batches that are unanswered when the lane is closed: `false`, none of them was
   * appended, nor will be; `true`, it is not known: the memory is damaged, or some are in the log and not on
   * disk.
   */
  get hasLostAnswers(): boolean {
    return this.#hasLostAnswers
  }

  /** Whether `readAnswer` has something to say, be it that the lane is closed. */
  get hasAnswer(): boolean {
    if (this.#readCount !== this.#answerCount) return true
    if (this.#loadAnswerCount() !== this.#readCount) return true
    return Atomics.load(this.#words, WORKER_STATE_WORD) !== LANE_OPEN // INV-28
  }

  /** Batches handed over whose answer was not read yet. */
  get unansweredCount(): number {
    return (this.#frameCount - this.#readCount) | 0
  }

  /**
   * Hands a batch over; the caller then rings the partition worker. `false`: not now, because there
   * is no room, or the lane is refused or closed; nothing was written.
   *
   * @param bytes Private memory, copied before this returns; at full speed where it is 8-byte
   *   aligned.
   * @param sizeBytes The batch is the first so many of them, at most `maxBatchBytes`.
   * @throws RinglogError INVALID_REQUEST for any other size.
   */
  tryWrite(bytes: Uint8Array, sizeBytes: number, deadline: AppendDeadline): boolean {
    if (!(sizeBytes > 0 && sizeBytes <= this.maxBatchBytes && sizeBytes <= bytes.length)) {
      throw this.#sizeFault(bytes, sizeBytes)
    }
    // INV-22: a slot is taken only once the answer that lay in it was read.
    if (this.#state !== 'open' || this.unansweredCount === this.slots) return false
    const size = laneBytesOfBatch(sizeBytes)
    let position = this.#endPosition
    let byteIndex = position & this.#mask
    const tail = this.laneBytes - byteIndex
    if (size > tail) {
      position += tail
      byteIndex = 0
    }
    const endPosition = position + size
    // INV-22: bytes are overwritten only once the answer of their batch was read.
    if (endPosition - this.#startPosition > this.laneBytes) return false
    copyBytes(bytes, 0, this.#data, byteIndex, sizeBytes)
    this.#writeEntry(byteIndex, sizeBytes, deadline)
    this.#ends[this.#frameCount & (this.slots - 1)] = endPosition
    this.#endPosition = endPosition
    this.#frameCount = (this.#frameCount + 1) | 0
    Atomics.store(this.#words, FRAME_COUNT_WORD, this.#frameCount) // INV-21: publishes
    return true
  }

  /**
   * Reads the answer of the oldest unanswered batch into `answer`, and gives its room back. `false`:
   * there is none yet, or, once `state` is `closed`, there will be none.
   */
  readAnswer(answer: LaneAnswer): boolean {
    if (this.#hasLostAnswers) return false
    if (this.#readCount === this.#answerCount && !this.#findAnswers()) return false
    const slot = this.#readCount & (this.slots - 1)
    const word = this.#answersByte / 4 + slot * ENTRY_WORDS
    const number = this.#answersByte / 8 + slot * ENTRY_NUMBERS
    const outcome = this.#words[word + ANSWER_OUTCOME_WORD]!
    const frame = this.#words[word + ANSWER_FRAME_WORD]!
    const baseOffset = this.#numbers[number + ANSWER_BASE_OFFSET_NUMBER]!
    const logAppendTimeMs = this.#numbers[number + ANSWER_APPEND_TIME_NUMBER]!
    const isForFrame = frame === this.#readCount && isLaneOutcome(outcome)
    if (!isForFrame || !isAnswerNumber(baseOffset) || !isAnswerNumber(logAppendTimeMs)) {
      this.#giveUp(
        `answer=${this.#readCount}, frame=${frame}, outcome=${outcome}, baseOffset=${baseOffset}, ` +
          `logAppendTimeMs=${logAppendTimeMs}`,
      )
      return false
    }
    answer.outcome = outcome
    answer.baseOffset = baseOffset
    answer.logAppendTimeMs = logAppendTimeMs
    answer.error = outcome === ANSWER_REFUSED ? this.#readRefusal(word) : null
    this.#startPosition = this.#ends[slot]!
    this.#readCount = (this.#readCount + 1) | 0
    return true
  }

  /**
   * Opens a refused lane again: what is written from now on is appended. What was written before, and
   * is unanswered, is not (INV-26); the producer can, but need not, wait for these answers first.
   *
   * @throws RinglogError INVALID_STATE when the lane is not refused.
   */
  reset(): void {
    if (this.#state !== 'refused') {
      throw new RinglogError('INVALID_STATE', `a lane that is ${this.#state} cannot be reset`)
    }
    this.#resets = (this.#resets + 1) | 0
    this.#state = 'open'
  }

  /**
   * Writes no more. What was handed over is still appended, and its answers can be read. The caller
   * then rings the partition worker. May be called twice.
   */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    // INV-28: after the last frame.
    Atomics.store(this.#words, PRODUCER_STATE_WORD, CLOSED_BY_PRODUCER)
  }

  #writeEntry(byteIndex: number, sizeBytes: number, deadline: AppendDeadline): void {
    const slot = this.#frameCount & (this.slots - 1)
    const word = FRAMES_BYTE / 4 + slot * ENTRY_WORDS
    const number = FRAMES_BYTE / 8 + slot * ENTRY_NUMBERS
    this.#words[word + FRAME_NUMBER_WORD] = this.#frameCount
    this.#words[word + FRAME_RESETS_WORD] = this.#resets
    this.#words[word + FRAME_BYTE_INDEX_WORD] = byteIndex
    this.#words[word + FRAME_SIZE_WORD] = sizeBytes
    this.#numbers[number + FRAME_REQUEST_DEADLINE_NUMBER] = deadline.requestDeadlineMs
    this.#numbers[number + FRAME_MAX_BLOCK_NUMBER] = deadline.maxBlockMs
    this.#numbers[number + FRAME_WAITING_SINCE_NUMBER] = deadline.waitingSinceMs
  }

  /** Looks for answers that came since; whether there are any. */
  #findAnswers(): boolean {
    let answerCount = this.#loadAnswerCount()
    if (answerCount === this.#readCount) {
      const state = Atomics.load(this.#words, WORKER_STATE_WORD) // INV-28: first the state …
      if (state === LANE_OPEN) return false
      answerCount = this.#loadAnswerCount() // INV-28: … then the count
      if (answerCount === this.#readCount) {
        this.#onClosed(state)
        return false
      }
    }
    const found = (answerCount - this.#readCount) | 0
    if (found < 0 || found > this.unansweredCount) {
      this.#giveUp(`answers=${answerCount}, frames=${this.#frameCount}, read=${this.#readCount}`)
      return false
    }
    this.#answerCount = answerCount
    return true
  }

  /** How many answers there are, of those that are not held back. */
  #loadAnswerCount(): number {
    const answerCount = Atomics.load(this.#words, ANSWER_COUNT_WORD) // INV-23
    if (this.#words[ANSWERS_HELD_WORD] === 0) return answerCount // INV-90: after the count
    const shownCount = Atomics.load(this.#words, SHOWN_COUNT_WORD) // INV-90
    // Where this is the count of an earlier hold, nothing of this one is shown.
    return ((shownCount - this.#readCount) | 0) < 0 ? this.#readCount : shownCount
  }

  /** INV-26: one batch is refused between two resets, and its text stays until the second. */
  #readRefusal(word: number): RinglogError {
    if (this.#state === 'open') this.#state = 'refused'
    const code = errorCodeOf(this.#words[word + ANSWER_ERROR_NUMBER_WORD]!)
    return this.#refusal.read(code ?? 'UNKNOWN_SERVER_ERROR')
  }

  #onClosed(state: number): void {
    if (this.#closedError !== null) return
    const code = errorCodeOf(state)
    if (code === null) this.#giveUp(`state=${state}`)
    else {
      this.#state = 'closed'
      // INV-90: answers that were never shown are of records which the disk may never have.
      const answerCount = Atomics.load(this.#words, ANSWER_COUNT_WORD) // INV-28
      this.#hasLostAnswers = answerCount !== this.#readCount
      this.#closedError = this.#closing.read(code)
    }
  }

  /** The worker's words are damaged: nothing that they say is believed any more. */
  #giveUp(found: string): void {
    this.close()
    this.#hasLostAnswers = true
    this.#closedError ??= new RinglogError(
      'CORRUPT_MESSAGE',
      `answers of a lane make no sense: ${found}; it is not known which of its ` +
        `${this.unansweredCount} unanswered batches were appended`,
    )
  }

  #sizeFault(bytes: Uint8Array, sizeBytes: number): RinglogError {
    return new RinglogError(
      'INVALID_REQUEST',
      `a lane takes batches of 1 to ${this.maxBatchBytes} bytes that lie within their memory, ` +
        `got sizeBytes=${sizeBytes}, memoryBytes=${bytes.length}`,
      { details: { sizeBytes, memoryBytes: bytes.length, maxBatchBytes: this.maxBatchBytes } },
    )
  }
}

/** What an offset or a time may be; -1 is none. */
function isAnswerNumber(value: number): boolean {
  return Number.isSafeInteger(value) && value >= -1
}

/**
 * - `open`: batches go through.
 * - `refused`: a batch was refused, and none behind it is appended until `reset`.
 * - `closed`: nothing goes through any more; `closedError` says why, if it was not the producer.
 */
export type LaneState = 'open' | 'refused' | 'closed'
