import { setTimer } from '@ringlog/core/internal'

/** How often the same partition may report the same thing. */
const INTERVAL_MS = 1_000

const scheduleByTimer: Schedule = (run, delayMs) => void setTimer(run, delayMs).unref()

/**
 * Reports at once, and then at most once a second: what there is to report meanwhile is reported when
 * the second is over. Asking for it costs next to nothing, however often it happens.
 */
export class ThrottledReport {
  readonly #report: () => boolean
  readonly #schedule: Schedule
  #isResting = false
  #isDue = false

  /** @param report Reports what is new; `false`: there was nothing. */
  constructor(report: () => boolean, schedule: Schedule = scheduleByTimer) {
    this.#report = report
    this.#schedule = schedule
  }

  request(): void {
    this.#isDue = true
    if (!this.#isResting) this.#run()
  }

  #run(): void {
    this.#isDue = false
    if (!this.#report()) return
    this.#isResting = true
    this.#schedule(() => {
      this.#isResting = false
      if (this.#isDue) this.#run()
    }, INTERVAL_MS)
  }
}

/** Calls back after some time, without keeping the thread alive. */
export type Schedule = (run: () => void, delayMs: number) => void
