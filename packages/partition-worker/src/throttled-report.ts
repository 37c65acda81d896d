import type { Clock } from '@ringlog/core/internal/partition-thread'

/** How often the same partition may report the same thing. */
const INTERVAL_MS = 1_000

/**
 * Reports at once, and then at most once a second: what there is to report meanwhile is reported when
 * the second is over. Asking for it costs next to nothing, however often it happens.
 */
export class ThrottledReport {
  readonly #report: () => boolean
  readonly #clock: Clock
  #isResting = false
  #isDue = false

  /** @param report Reports what is new; `false`: there was nothing. */
  constructor(report: () => boolean, clock: Clock) {
    this.#report = report
    this.#clock = clock
  }

  request(): void {
    this.#isDue = true
    if (!this.#isResting) this.#run()
  }

  #run(): void {
    this.#isDue = false
    if (!this.#report()) return
    this.#isResting = true
    const rested = (): void => {
      this.#isResting = false
      if (this.#isDue) this.#run()
    }
    this.#clock.setTimer(rested, INTERVAL_MS).unref()
  }
}
