import { Doorbell, spinMicrosOf, type WaitStrategy } from '@ringlog/core/internal'

/**
 * Waits for the answers to the batches that a client's producers put into their lanes: one wait, at the
 * client's one doorbell, for all of them.
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

  /**
   * Producers of one client wait together: for as long as the one that spins longest spins when the wait
   * begins.
   */
  #longestSpin(): WaitStrategy {
    let longest: WaitStrategy = 'park'
    for (const { waitStrategy } of this.#readers) {
      if (spinMicrosOf(waitStrategy) > spinMicrosOf(longest)) longest = waitStrategy
    }
    return longest
  }
}

/** An appender that waits for answers of a partition worker. */
export interface AnswerReader {
  readonly unansweredCount: number
  readonly hasAnswer: boolean
  readonly waitStrategy: WaitStrategy
  collect(): void
}
