import ora from 'ora'
import type { OnRun } from '../runner/suite.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000

/** Says which run is under way, and for how long: by one line that changes at a terminal, by lines elsewhere. */
export class Progress {
  readonly #total: number
  readonly #runs: number
  readonly #line = ora()
  #started = 0
  #timer: NodeJS.Timeout | undefined

  /**
   * @param scenarios How many there are.
   * @param runs Of each.
   */
  constructor(scenarios: number, runs: number) {
    this.#total = scenarios * runs
    this.#runs = runs
  }

  readonly onRun: OnRun = ({ scenario }, run) => {
    this.#started++
    const text = `${scenario.name}, run ${run} of ${this.#runs} (${this.#started} of ${this.#total})`
    const startedAtMs = performance.now()
    const secondsSince = (): number => Math.round((performance.now() - startedAtMs) / SECOND_MS)
    clearInterval(this.#timer)
    if (process.stderr.isTTY) {
      this.#line.start(text)
      const tell = (): void => void (this.#line.text = `${text}, ${secondsSince()} s`)
      this.#timer = setInterval(tell, SECOND_MS).unref()
    } else {
      console.error(text)
      const tell = (): void => console.error(`${scenario.name}: since ${secondsSince()} s`)
      this.#timer = setInterval(tell, MINUTE_MS).unref()
    }
  }

  end(): void {
    clearInterval(this.#timer)
    this.#line.stop()
  }
}
