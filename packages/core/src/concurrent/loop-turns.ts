import { monotonicMs } from './clock.ts'
import { nextTurn, systemClock } from './system-clock.ts'

/** So long calls may resolve at once, one after the other, before the event loop turns. */
const MAX_TURN_MS = 10

/**
 * Sees to it that the event loop turns. A loop of calls that never have to wait would otherwise starve the timers
 * and messages of its thread. It is the thread's time that they take, and its loop that turns, whatever clock the log
 * goes by.
 *
 * Thread: that of the producer or consumer whose calls they are.
 */
export class LoopTurns {
  /** When a call was made first in this turn; `null`: none was, as far as is known. */
  #startMs: number | null = null

  /** The event loop has turned, or is about to. */
  turned(): void {
    this.#startMs = null
  }

  /** A call is made: whether the event loop is to turn first, as it has not for long. */
  isDue(): boolean {
    const nowMs = monotonicMs()
    this.#startMs ??= nowMs
    return nowMs - this.#startMs >= MAX_TURN_MS
  }

  /** Resolves when the event loop has turned. */
  async turn(): Promise<void> {
    await nextTurn(systemClock)
    this.turned()
  }

  /** Lets the event loop turn where that is due. For calls whose maker does not know when it turns otherwise. */
  async pass(): Promise<void> {
    if (this.#startMs === null) systemClock.setTurnEnd(() => this.turned())
    if (this.isDue()) await this.turn()
  }
}
