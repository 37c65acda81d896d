import { monotonicMs, type Clock } from '@ringlog/core/internal'

/** So long calls may resolve at once, one after the other, before the event loop turns. */
const MAX_TURN_MS = 10

/**
 * Sees to it that the event loop turns. A loop of calls that never have to wait would otherwise starve the timers
 * and messages of its thread. It is the thread's time that they take, whatever clock the log goes by.
 *
 * Thread: the producer's.
 */
export class LoopTurns {
  readonly #clock: Clock
  /** When a call was made first in this turn; `null`: none was. */
  #startMs: number | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A call resolves. Lets the event loop turn before, where it has not for long. */
  async pass(): Promise<void> {
    if (this.#startMs === null) {
      this.#startMs = monotonicMs()
      this.#clock.setTurnEnd(() => (this.#startMs = null))
    } else if (monotonicMs() - this.#startMs >= MAX_TURN_MS) {
      await new Promise<void>((resolve) => this.#clock.setTurnEnd(resolve))
    }
  }
}
