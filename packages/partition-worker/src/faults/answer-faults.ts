import type { Clock, ClockTimer, FaultSwitch } from '@ringlog/core/internal'

/** Passes an answer on to its producer. */
type Pass = () => void

/**
 * Decides when the answers of a partition worker reach their producers, whichever way: at once, and while
 * faults are in force later, or never.
 *
 * Thread: the partition worker.
 */
export class AnswerFaults {
  readonly #clock: Clock
  #delays: AnswerDelay[] = []
  #drops: AnswerDrops[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether any answer may have to wait, or be dropped. */
  get areInForce(): boolean {
    return this.#delays.length > 0 || this.#drops.length > 0
  }

  delay(faultSwitch: FaultSwitch, ms: number): void {
    const delay = new AnswerDelay(faultSwitch, ms, this.#clock)
    this.#delays.push(delay)
    void faultSwitch.untilCalledOff().then(() => {
      this.#delays = this.#delays.filter((other) => other !== delay)
      delay.end()
    })
  }

  drop(faultSwitch: FaultSwitch, count: number): void {
    const drops: AnswerDrops = { faultSwitch, left: count }
    this.#drops.push(drops)
    void faultSwitch.untilCalledOff().then(() => this.#endDrops(drops))
  }

  /**
   * Takes an answer that is given now. Calls `pass` when it is to reach its producer: before this returns,
   * or later.
   *
   * @returns `false` where the answer is dropped: `pass` is never called.
   */
  take(pass: Pass): boolean {
    for (const drops of this.#drops) {
      if (!drops.faultSwitch.strike()) continue
      if (--drops.left === 0) this.#endDrops(drops)
      return false
    }
    const delay = this.#longestDelay()
    if (delay === null) pass()
    else delay.add(pass)
    return true
  }

  /** The worker closes: answers that wait are passed on now, and later ones at once. */
  end(): void {
    for (const delay of this.#delays.splice(0)) delay.end()
    this.#drops = []
  }

  #longestDelay(): AnswerDelay | null {
    let longest: AnswerDelay | null = null
    for (const delay of this.#delays) {
      if (delay.ms > (longest?.ms ?? -1) && delay.faultSwitch.strike()) longest = delay
    }
    return longest
  }

  #endDrops(drops: AnswerDrops): void {
    this.#drops = this.#drops.filter((other) => other !== drops)
  }
}

/** So many answers are dropped. */
interface AnswerDrops {
  readonly faultSwitch: FaultSwitch
  left: number
}

/** A time by which answers are late, and those that are. */
class AnswerDelay {
  readonly faultSwitch: FaultSwitch
  readonly ms: number
  readonly #clock: Clock
  readonly #waiting = new Map<ClockTimer, Pass>()

  constructor(faultSwitch: FaultSwitch, ms: number, clock: Clock) {
    this.faultSwitch = faultSwitch
    this.ms = ms
    this.#clock = clock
  }

  add(pass: Pass): void {
    const timer = this.#clock.setTimer(() => {
      this.#waiting.delete(timer)
      pass()
    }, this.ms)
    this.#waiting.set(timer, pass)
  }

  /** Passes on what waits, in the order in which it came. */
  end(): void {
    for (const [timer, pass] of this.#waiting) {
      this.#clock.clearTimer(timer)
      pass()
    }
    this.#waiting.clear()
  }
}
