import { MAX_TIMER_MS, clearTimer, monotonicMs, setTimer, setTurnEnd } from '@ringlog/core/internal'

/** A timer that was set. */
export interface ProducerTimer {
  /** Lets the thread end although the timer has not run. */
  unref(): void
}

/** What the producer knows of time; a test has one of its own, and lets it pass as it likes. */
export interface ProducerClock {
  /** Goes on without a jump, the same in all threads: for durations and deadlines. */
  nowMs(): number
  /** Milliseconds since 1970: for timestamps of records. */
  wallMs(): number
  /** May call back early where the delay is longer than 24 days. */
  setTimer(callback: () => void, delayMs: number): ProducerTimer
  clearTimer(timer: ProducerTimer): void
  /** Calls back at the end of this turn of the event loop. */
  setTurnEnd(callback: () => void): void
  /** From 0 to 1: what failed together does not come back together. */
  random(): number
}

export const systemClock: ProducerClock = {
  nowMs: monotonicMs,
  wallMs: () => Date.now(),
  setTimer: (callback, delayMs) => setTimer(callback, Math.min(delayMs, MAX_TIMER_MS)),
  clearTimer: (timer) => clearTimer(timer as NodeJS.Timeout),
  setTurnEnd: (callback) => void setTurnEnd(callback),
  random: Math.random,
}
