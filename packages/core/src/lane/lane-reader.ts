import { copyBytes } from '../concurrent/copy-bytes.ts'
import { ErrorSection } from '../errors/error-section.ts'
import { errorCodeOf, errorNumberOf } from '../errors/error-numbers.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { NONE } from '../record/record-batch-format.ts'
import {
  ANSWER_APPENDED,
  ANSWER_BEHIND_REFUSED,
  ANSWER_REFUSED,
  type LaneOutcome,
} from './lane-answer.ts'
import { HeldAnswers } from './answer-hold.ts'
import { LaneFrame } from './lane-frame.ts'
import {
  ANSWER_APPEND_TIME_NUMBER,
  ANSWER_BASE_OFFSET_NUMBER,
  ANSWER_COUNT_WORD,
  ANSWER_ERROR_NUMBER_WORD,
  ANSWER_FRAME_WORD,
  ANSWER_OUTCOME_WORD,
  ANSWER_RESETS_WORD,
  CLOSED_BY_PRODUCER,
  ENTRY_WORDS,
  FRAME_COUNT_WORD,
  LANE_OPEN,
  PENDING_APPEND_TIME_NUMBER,
  PENDING_BASE_OFFSET_NUMBER,
  PENDING_END_POSITION_NUMBER,
  PENDING_FRAME_WORD,
  PENDING_RESETS_WORD,
  PRODUCER_STATE_WORD,
  WORKER_STATE_WORD,
  openLaneSections,
} from './lane-layout.ts'

const NO_ERROR_NUMBER = 0

/** The producer has handed over no batch that is not answered. */
export const LANE_EMPTY = 0
/** A batch is there: `frame`. It is to be answered by `acknowledge` or `refuse`. */
export const LANE_BATCH = 1
/** A batch is there that came behind a refused one: it is to be answered by `skip`. */
export const LANE_BATCH_BEHIND_REFUSED = 2
/** No batch will come: the producer closed the lane and all are answered; or there is a `closedError`. */
export const LANE_CLOSED = 3

export type LaneStatus =
  typeof LANE_EMPTY | typeof LANE_BATCH | typeof LANE_BATCH_BEHIND_REFUSED | typeof LANE_CLOSED

/**
 * The partition worker's end of a lane: takes batches out, one at a time and in order, and answers
 * each of them. Appending one through a lane, so that it is in the log exactly once even if the
 * worker dies in between:
 *
 * ```text
 *   peek                     is there a batch?
 *   copyTo                   into private memory; validate it there, make room in the ring
 *   notePending              where the ring will end, and which offset the batch gets       INV-24
 *   RingLogWriter.append     publishes it
 *   acknowledge              answers it and goes on to the next, in one store               INV-23
 * ```
 *
 * A successor opens the same memory and calls `recover` on every lane before it appends anything
 * (INV-25).
 *
 * Thread: the partition worker alone (INV-20). Nothing blocks, and nothing is allocated, except for
 * an error. After each answer, and when `closedError` appears, the caller rings the producer.
 */
export class LaneReader {
  /** The batch that `peek` found, until it is answered. */
  readonly frame: LaneFrame
  readonly heldAnswers: HeldAnswers
  readonly #words: Int32Array
  readonly #numbers: Float64Array
  readonly #data: Uint8Array
  readonly #slots: number
  readonly #answersByte: number
  readonly #refusal: ErrorSection
  readonly #closing: ErrorSection
  /** Wrapping at 32 bits, as in shared memory: also the number of the frame to be answered next. */
  #answerCount: number
  /** Frames that are known to be there, answered or not. */
  #frameCount: number
  #hasFrame = false
  /** A note was made for the frame that is answered next. */
  #hasNote = false
  /** Resets at the time of the last answer, and whether that was a refusal, or behind one. */
  #resets: number
  #isRefusing: boolean
  #isClosed = false
  #closedError: RinglogError | null = null

  /**
   * On the memory of a lane that another reader had, goes on where that one stopped; see `recover`.
   *
   * @param isOnDisk Whether answers wait until what they answer is on disk: see `HeldAnswers`.
   * @throws RinglogError LAYOUT_MISMATCH when `memory` is no lane of this layout.
   */
  constructor(memory: SharedArrayBuffer, isOnDisk = false) {
    const sections = openLaneSections(memory)
    this.#words = new Int32Array(memory, 0, sections.dataByte / 4)
    this.#numbers = new Float64Array(memory, 0, sections.dataByte / 8)
    this.#data = new Uint8Array(memory, sections.dataByte, sections.laneBytes)
    this.#slots = sections.slots
    this.#answersByte = sections.answersByte
    this.#refusal = new ErrorSection(memory, sections.refusalByte)
    this.#closing = new ErrorSection(memory, sections.closingByte)
    this.frame = new LaneFrame(sections, this.#words, this.#numbers)
    this.heldAnswers = new HeldAnswers(this.#words, isOnDisk)

    this.#answerCount = Atomics.load(this.#words, ANSWER_COUNT_WORD) // INV-20, INV-23
    this.#frameCount = this.#answerCount
    // INV-26: the last answer alone says whether the lane is refused. (New memory: all 0.)
    const last = this.#answerWord((this.#answerCount - 1) | 0)
    this.#resets = this.#words[last + ANSWER_RESETS_WORD]!
    this.#isRefusing = isRefusal(this.#words[last + ANSWER_OUTCOME_WORD]!)
    const state = Atomics.load(this.#words, WORKER_STATE_WORD) // INV-20: our own word
    if (state !== LANE_OPEN) {
      this.#isClosed = true
      this.#closedError = this.#closing.read(errorCodeOf(state) ?? 'UNKNOWN_SERVER_ERROR')
    }
  }

  /** Why the worker closed the lane; `null` where it did not. */
  get closedError(): RinglogError | null {
    return this.#closedError
  }

  /** How many frames are answered so far, wrapping at 32 bits. */
  get answeredCount(): number {
    return this.#answerCount
  }

  /** How many frames were handed over so far, wrapping at 32 bits. */
  get handedOverCount(): number {
    return Atomics.load(this.#words, FRAME_COUNT_WORD) // INV-21
  }

  /**
   * For a successor of a worker that died: finishes what it was doing. A batch that it had noted is in
   * the ring, so it is acknowledged; or it is not, and `peek` finds it again.
   *
   * INV-25: call it on every lane of a partition before anything is appended to the ring.
   *
   * @param ringEndPosition Where the ring ended when this worker opened it.
   * @returns Whether a batch was acknowledged: the caller then rings the producer.
   * @throws RinglogError INVALID_STATE when something was appended before this call: it is not known
   *   any more whether the batch is in the ring.
   */
  recover(ringEndPosition: number): boolean {
    const pendingFrame = Atomics.load(this.#words, PENDING_FRAME_WORD) // INV-24
    if (pendingFrame !== this.#answerCount || this.#isClosed) return false
    const endPosition = this.#numbers[PENDING_END_POSITION_NUMBER]!
    // Also where the note is no number: whatever it says, it is not believed.
    if (!(ringEndPosition <= endPosition)) {
      throw new RinglogError(
        'INVALID_STATE',
        'a lane must be recovered before anything is appended to its ring: ' +
          `ringEndPosition=${ringEndPosition}, pendingEndPosition=${endPosition}`,
        { details: { ringEndPosition, pendingEndPosition: endPosition } },
      )
    }
    if (ringEndPosition < endPosition) {
      this.#dropNote()
      return false
    }
    this.#hasNote = true
    this.#isRefusing = false
    this.#resets = this.#words[PENDING_RESETS_WORD]!
    this.#answer(
      ANSWER_APPENDED,
      NO_ERROR_NUMBER,
      this.#numbers[PENDING_BASE_OFFSET_NUMBER]!,
      this.#numbers[PENDING_APPEND_TIME_NUMBER]!,
    )
    this.#frameCount = this.#answerCount
    return true
  }

  /**
   * Looks for the next batch. A lane in which anything makes no sense is closed here, with
   * CORRUPT_MESSAGE.
   */
  peek(): LaneStatus {
    if (this.#isClosed) return LANE_CLOSED
    if (!this.#hasFrame) {
      const status = this.#frameCount === this.#answerCount ? this.#findFrames() : LANE_BATCH
      if (status !== LANE_BATCH) return status
      this.frame.load(this.#answerCount)
      const fault = this.frame.findFault(this.#answerCount, this.#resets, this.#isRefusing)
      if (fault !== null) return this.#closeCorrupt(fault)
      this.#hasFrame = true
    }
    return this.#isBehindRefused ? LANE_BATCH_BEHIND_REFUSED : LANE_BATCH
  }

  /**
   * Copies the batch, `frame.sizeBytes` long, out of the lane; at full speed where the target is
   * 8-byte aligned.
   *
   * @param target Private memory. (Or memory that no other thread writes: the free part of the ring.)
   * @throws RinglogError INVALID_REQUEST when it does not fit.
   */
  copyTo(target: Uint8Array, targetByte: number): void {
    this.#assertFound(LANE_BATCH)
    const { byteIndex, sizeBytes } = this.frame
    if (sizeBytes > target.length - targetByte) {
      throw new RinglogError(
        'INVALID_REQUEST',
        `a batch does not fit into its target: sizeBytes=${sizeBytes}, ` +
          `targetByte=${targetByte}, targetBytes=${target.length}`,
      )
    }
    copyBytes(this.#data, byteIndex, target, targetByte, sizeBytes)
  }

  /**
   * Notes, right before the batch is published, what publishing it will make of the ring. Nothing else
   * is appended to the ring until the batch is answered.
   *
   * @param ringEndPosition Where the ring will end.
   * @param baseOffset The offset that the batch will get.
   * @param logAppendTimeMs The same that `acknowledge` will be called with.
   */
  notePending(ringEndPosition: number, baseOffset: number, logAppendTimeMs: number): void {
    this.#assertFound(LANE_BATCH)
    this.#words[PENDING_RESETS_WORD] = this.frame.resets
    this.#numbers[PENDING_END_POSITION_NUMBER] = ringEndPosition
    this.#numbers[PENDING_BASE_OFFSET_NUMBER] = baseOffset
    this.#numbers[PENDING_APPEND_TIME_NUMBER] = logAppendTimeMs
    Atomics.store(this.#words, PENDING_FRAME_WORD, this.#answerCount) // INV-24
    this.#hasNote = true
  }

  /**
   * The batch is in the log, now or (a duplicate, for which no note is made) since before: answers it
   * and gives its place in the lane back.
   */
  acknowledge(baseOffset: number, logAppendTimeMs: number): void {
    this.#assertFound(LANE_BATCH)
    this.#isRefusing = false
    this.#resets = this.frame.resets
    this.#answer(ANSWER_APPENDED, NO_ERROR_NUMBER, baseOffset, logAppendTimeMs)
  }

  /** The batch is not in the log, and nothing behind it will be until the producer resets the lane. */
  refuse(error: RinglogError): void {
    this.#assertFound(LANE_BATCH)
    this.#refusal.write(error)
    this.#isRefusing = true
    this.#resets = this.frame.resets
    this.#answer(ANSWER_REFUSED, errorNumberOf(error.code), NONE, NONE)
  }

  /** Answers a batch that came behind a refused one; the worker does not read it. */
  skip(): void {
    this.#assertFound(LANE_BATCH_BEHIND_REFUSED)
    this.#answer(ANSWER_BEHIND_REFUSED, NO_ERROR_NUMBER, NONE, NONE)
  }

  /**
   * Takes nothing more out of the lane, for the reason given. What is not answered was not appended,
   * and the producer knows it (INV-28); what is answered and not on disk is lost to it: see
   * `LaneWriter.hasLostAnswers`. May be called twice; the first error stays.
   */
  close(error: RinglogError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#hasFrame = false
    this.#closedError = error
    this.#closing.write(error)
    this.heldAnswers.byFaults.end() // INV-90: before the state
    // INV-28: after the last answer.
    Atomics.store(this.#words, WORKER_STATE_WORD, errorNumberOf(error.code))
  }

  get #isBehindRefused(): boolean {
    return this.#isRefusing && this.frame.resets === this.#resets
  }

  /** Looks for frames that came since. */
  #findFrames(): LaneStatus {
    let frameCount = Atomics.load(this.#words, FRAME_COUNT_WORD) // INV-21
    if (frameCount === this.#answerCount) {
      const state = Atomics.load(this.#words, PRODUCER_STATE_WORD) // INV-28: first the state …
      if (state === LANE_OPEN) return LANE_EMPTY
      if (state !== CLOSED_BY_PRODUCER) return this.#closeCorrupt(`has state=${state}`)
      frameCount = Atomics.load(this.#words, FRAME_COUNT_WORD) // INV-28: … then the count
      if (frameCount === this.#answerCount) return LANE_CLOSED
    }
    const found = (frameCount - this.#answerCount) | 0
    if (found < 0 || found > this.#slots) {
      return this.#closeCorrupt(
        `has counts that cannot be: frames=${frameCount}, answers=${this.#answerCount}, slots=${this.#slots}`,
      )
    }
    this.#frameCount = frameCount
    return LANE_BATCH
  }

  /** INV-27: nothing is taken out of a lane that makes no sense. */
  #closeCorrupt(fault: string): LaneStatus {
    this.close(new RinglogError('CORRUPT_MESSAGE', `lane ${fault}; it is closed`))
    return LANE_CLOSED
  }

  /** INV-23: one store answers the frame, and goes on to the next. */
  #answer(
    outcome: LaneOutcome,
    errorNumber: number,
    baseOffset: number,
    logAppendTimeMs: number,
  ): void {
    const word = this.#answerWord(this.#answerCount)
    const number = word / 2
    this.#words[word + ANSWER_FRAME_WORD] = this.#answerCount
    this.#words[word + ANSWER_OUTCOME_WORD] = outcome
    this.#words[word + ANSWER_RESETS_WORD] = this.#resets
    this.#words[word + ANSWER_ERROR_NUMBER_WORD] = errorNumber
    this.#numbers[number + ANSWER_BASE_OFFSET_NUMBER] = baseOffset
    this.#numbers[number + ANSWER_APPEND_TIME_NUMBER] = logAppendTimeMs
    if (!this.#hasNote) this.#dropNote()
    this.#hasNote = false
    this.#hasFrame = false
    this.#answerCount = (this.#answerCount + 1) | 0
    // INV-22: the batch was copied out before. INV-23: the entry was written before.
    Atomics.store(this.#words, ANSWER_COUNT_WORD, this.#answerCount)
  }

  /** Makes the note one of a frame that is answered, so that it can never be taken for another's. */
  #dropNote(): void {
    Atomics.store(this.#words, PENDING_FRAME_WORD, (this.#answerCount - 1) | 0) // INV-25
  }

  #answerWord(frame: number): number {
    return this.#answersByte / 4 + (frame & (this.#slots - 1)) * ENTRY_WORDS
  }

  #assertFound(status: typeof LANE_BATCH | typeof LANE_BATCH_BEHIND_REFUSED): void {
    const isBehind = status === LANE_BATCH_BEHIND_REFUSED
    if (this.#hasFrame && this.#isBehindRefused === isBehind) return
    throw new RinglogError(
      'INVALID_STATE',
      this.#hasFrame
        ? `the lane's batch ${isBehind ? 'is not' : 'is'} behind a refused one`
        : 'the lane has no batch that peek found and that is not answered',
    )
  }
}

function isRefusal(outcome: number): boolean {
  return outcome === ANSWER_REFUSED || outcome === ANSWER_BEHIND_REFUSED
}
