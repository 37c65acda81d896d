import { Doorbell, spinMicrosOf, type WaitStrategy } from '@ringlog/core/internal'

/** What waits for answers of partition workers. */
export interface AnswerReader {
  readonly unansweredCount: number
  readonly hasAnswer: boolean
  readonly waitStrategy: WaitStrategy
  collect(): void
}

/**
 * Waits for the answers to what a client's producers handed over by lanes: one wait, at the client's
 * one doorbell, for all of them.
 *
 * Thread: the client's.
 */
export class LaneAnswers {
  readonly doorbell = new Doorbell()
  readonly #keepAlive: () => () => void
  #readers: AnswerReader[] = []
  #isWaiting = false

  /** @param keepAlive Keeps the thread alive until the returned function is called. */
  constructor(keepAlive: () => () => void) {
    this.#keepAlive = keepAlive
  }

  /** Collects the answers of a reader, for as long as it has unanswered batches. */
  watch(reader: AnswerReader): void {
    if (!this.#readers.includes(reader)) this.#readers.push(reader)
    if (!this.#isWaiting) void this.#wait()
  }

  async #wait(): Promise<void> {
    this.#isWaiting = true
    const letGo = this.#keepAlive()
    const isOver = (): boolean =>
      this.#readers.some((reader) => reader.hasAnswer || reader.unansweredCount === 0)
    while (this.#readers.length > 0) {
      await this.doorbell.waitAsync(isOver, { strategy: this.#longestSpin() })
      for (const reader of this.#readers) if (reader.hasAnswer) reader.collect()
      this.#readers = this.#readers.filter(({ unansweredCount }) => unansweredCount > 0)
    }
    letGo()
    this.#isWaiting = false
  }

  /** Producers of one client wait together: who spins longest, of those that do when it begins, decides. */
  #longestSpin(): WaitStrategy {
    let longest: WaitStrategy = 'park'
    for (const { waitStrategy } of this.#readers) {
      if (spinMicrosOf(waitStrategy) > spinMicrosOf(longest)) longest = waitStrategy
    }
    return longest
  }
}
