import { ANSWERS_HELD_WORD, SHOWN_COUNT_WORD } from './lane-layout.ts'

/**
 * Answers of a lane that are held back from its producer. The worker gives them all the same, so that its
 * successor finds the lane as it always does (INV-24); the producer is shown fewer: those that nobody holds back.
 *
 * Thread: the partition worker alone (INV-20).
 */
export class HeldAnswers {
  /** For injected faults: what they hold back ends with the worker. */
  readonly byFaults: AnswerHold
  /** For answers to records that are not on disk yet: what it holds back, a successor holds back as well. */
  readonly byDisk: AnswerHold
  readonly #words: Int32Array
  readonly #holds: readonly AnswerHold[]
  #shownCount = 0

  /**
   * @param words Of the lane.
   * @param isOnDisk Whether answers wait for the disk: `byDisk` holds from now on, and goes on where the former
   *   worker's has stopped. Otherwise what a former worker held back is shown.
   */
  constructor(words: Int32Array, isOnDisk: boolean) {
    this.#words = words
    const onChanged = (): void => this.#show()
    this.byFaults = new AnswerHold(onChanged)
    this.byDisk = new AnswerHold(onChanged)
    this.#holds = [this.byFaults, this.byDisk]
    if (!isOnDisk) words[ANSWERS_HELD_WORD] = 0
    else this.byDisk.begin(Atomics.load(words, SHOWN_COUNT_WORD)) // INV-90: of a new lane, 0
  }

  #show(): void {
    const words = this.#words
    const counts = this.#holds.flatMap((hold) => (hold.isOn ? [hold.shownCount] : []))
    if (counts.length === 0) {
      words[ANSWERS_HELD_WORD] = 0
      return
    }
    const least = counts.reduce((a, b) => (((a - b) | 0) < 0 ? a : b))
    const isOn = words[ANSWERS_HELD_WORD] === 1
    if (isOn && ((least - this.#shownCount) | 0) <= 0) return
    this.#shownCount = least
    Atomics.store(words, SHOWN_COUNT_WORD, least) // INV-90: before it counts
    words[ANSWERS_HELD_WORD] = 1 // INV-90: before the answers that it holds back
  }
}

/** One reason to hold answers back. */
export class AnswerHold {
  readonly #onChanged: () => void
  #isOn = false
  #shownCount = 0

  constructor(onChanged: () => void) {
    this.#onChanged = onChanged
  }

  get isOn(): boolean {
    return this.#isOn
  }

  /** How many answers are not held back by this, wrapping at 32 bits. */
  get shownCount(): number {
    return this.#shownCount
  }

  /**
   * From the next answer on, the producer is shown no more of them than `show` says.
   *
   * @param answeredCount How many frames are answered, wrapping at 32 bits.
   */
  begin(answeredCount: number): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#shownCount = answeredCount
    this.#onChanged()
  }

  /** Shows the first so many answers, as far as nothing else holds them back; the caller then rings the producer. */
  show(answeredCount: number): void {
    if (!this.#isOn || ((answeredCount - this.#shownCount) | 0) <= 0) return
    this.#shownCount = answeredCount
    this.#onChanged()
  }

  /** Holds no answer back any more; the caller then rings the producer. */
  end(): void {
    if (!this.#isOn) return
    this.#isOn = false
    this.#onChanged()
  }
}
