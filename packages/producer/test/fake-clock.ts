import type { Clock, ClockTimer } from '@ringlog/core/internal'

interface FakeTimer extends ClockTimer {
  readonly dueMs: number
  readonly callback: () => void
}

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  #nowMs = 1000
  #timers: FakeTimer[] = []
  #turnEnds: Array<() => void> = []

  nowMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#nowMs
  }

  setTimer(callback: () => void, delayMs: number): ClockTimer {
    const timer: FakeTimer = {
      dueMs: this.#nowMs + Math.max(delayMs, 0),
      callback,
      unref: () => undefined,
    }
    this.#timers.push(timer)
    return timer
  }

  /** How many timers have not run, and were not cleared. */
  get timerCount(): number {
    return this.#timers.length
  }

  clearTimer(timer: ClockTimer): void {
    this.#timers = this.#timers.filter((other) => other !== timer)
  }

  setTurnEnd(callback: () => void): void {
    this.#turnEnds.push(callback)
  }

  /** Neither more nor less than the mean. */
  random(): number {
    return 0.5
  }

  /** Ends the turn of the event loop. */
  endTurn(): void {
    for (const callback of this.#turnEnds.splice(0)) callback()
  }

  /** Lets time pass; what is due runs at its time, in order. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.dueMs - b.dueMs)[0]
      if (next === undefined || next.dueMs > untilMs) break
      this.clearTimer(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      next.callback()
      this.endTurn()
    }
    this.#nowMs = untilMs
  }
}

/** Lets everything run that only waits for promises. */
export async function runPromises(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
