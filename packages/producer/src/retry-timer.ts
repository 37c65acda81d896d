import { exponentialBackoffMs, type Clock, type ClockTimer } from '@ringlog/core/internal'

/** Calls back when the time until the next attempt is over. */
export class RetryTimer {
  readonly #clock: Clock
  readonly #retryBackoffMs: number
  readonly #onOver: () => void
  #timer: ClockTimer | null = null
  #isStopped = false

  constructor(clock: Clock, retryBackoffMs: number, onOver: () => void) {
    this.#clock = clock
    this.#retryBackoffMs = retryBackoffMs
    this.#onOver = onOver
  }

  /** @param attempts How many there were. */
  start(attempts: number): void {
    if (this.#timer !== null || this.#isStopped) return
    const delayMs = exponentialBackoffMs(this.#retryBackoffMs, attempts, this.#clock.random())
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = null
      this.#onOver()
    }, delayMs)
  }

  /** There is no next attempt. */
  stop(): void {
    this.#isStopped = true
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer)
    this.#timer = null
  }
}
