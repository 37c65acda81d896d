import type { ProducerClock, ProducerTimer } from './producer-clock.ts'

/** Kafka's `retry.backoff.max.ms`. */
const MAX_BACKOFF_MS = 1000
const FACTOR = 2
const JITTER = 0.2

/**
 * How long to wait before the next attempt: twice as long each time, up to a second, and up to a
 * fifth more or less, so that what failed together does not come back together.
 *
 * Source: Apache Kafka, `common/utils/ExponentialBackoff.java`, `CommonClientConfigs.java`.
 *
 * @param attempts How many there were: at least 1.
 * @param random From 0 to 1.
 */
export function retryBackoff(retryBackoffMs: number, attempts: number, random: number): number {
  const maxMs = Math.max(retryBackoffMs, MAX_BACKOFF_MS)
  const plainMs = Math.min(retryBackoffMs * FACTOR ** (attempts - 1), maxMs)
  return plainMs * (1 + JITTER * (2 * random - 1))
}

/** Lets the next attempt wait. */
export class RetryTimer {
  readonly #clock: ProducerClock
  readonly #retryBackoffMs: number
  readonly #onOver: () => void
  #timer: ProducerTimer | null = null
  #isStopped = false

  constructor(clock: ProducerClock, retryBackoffMs: number, onOver: () => void) {
    this.#clock = clock
    this.#retryBackoffMs = retryBackoffMs
    this.#onOver = onOver
  }

  /** Whether the next attempt has to wait. */
  get isRunning(): boolean {
    return this.#timer !== null
  }

  /** @param attempts How many there were. */
  start(attempts: number): void {
    if (this.#timer !== null || this.#isStopped) return
    const delayMs = retryBackoff(this.#retryBackoffMs, attempts, this.#clock.random())
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
