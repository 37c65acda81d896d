import { ANSWERS_HELD_WORD, SHOWN_COUNT_WORD } from './lane-layout.ts'

/**
 * Holds answers of a lane back from its producer, for injected faults. The worker gives them all the same,
 * so that its successor finds the lane as it always does (INV-24); the producer is shown fewer.
 *
 * Thread: the partition worker alone (INV-20).
 */
export class AnswerHold {
  readonly #words: Int32Array
  #isOn = false
  #shownCount = 0

  /** Holds nothing back: what a predecessor held back, with the same memory, is shown. */
  constructor(words: Int32Array) {
    this.#words = words
    words[ANSWERS_HELD_WORD] = 0
  }

  get isOn(): boolean {
    return this.#isOn
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
    Atomics.store(this.#words, SHOWN_COUNT_WORD, answeredCount) // INV-90: before it counts
    this.#words[ANSWERS_HELD_WORD] = 1 // INV-90: before the answers that it holds back
  }

  /** Shows the first so many answers; the caller then rings the producer. */
  show(answeredCount: number): void {
    if (((answeredCount - this.#shownCount) | 0) <= 0) return
    this.#shownCount = answeredCount
    Atomics.store(this.#words, SHOWN_COUNT_WORD, answeredCount) // INV-90
  }

  /** Shows all answers, and all that come; the caller then rings the producer. */
  end(): void {
    this.#isOn = false
    this.#words[ANSWERS_HELD_WORD] = 0
  }
}
