import type { Option } from '../config/options.ts'
import { show } from '../errors/show.ts'
import { monotonicMs } from './clock.ts'
import { MAX_TIMER_MS, clearTimer, setTimer, setTurnEnd } from './timers.ts'

/** The time of a producer or consumer, which it has from its engine: a test's engine has one of its own. */
export interface Clock {
  /** Goes on without a jump, the same in all threads: for durations and deadlines. */
  nowMs(): number
  /** Milliseconds since 1970: for timestamps of records. */
  wallMs(): number
  /** May call back early where the delay is longer than 24 days. */
  setTimer(callback: () => void, delayMs: number): ClockTimer
  /** The timer does not run any more; one that has run is left alone. */
  clearTimer(timer: ClockTimer): void
  /** Calls back at the end of this turn of the event loop. */
  setTurnEnd(callback: () => void): void
  /** From 0 to 1: what failed together does not come back together. */
  random(): number
}

/** A timer that was set. */
export interface ClockTimer {
  /** Lets the thread end although the timer has not run. */
  unref(): void
}

/** The clock of the process. A test's fake timers do not stop it; a faked `Date` gives timestamps. */
export const systemClock: Clock = {
  nowMs: monotonicMs,
  wallMs: () => Date.now(),
  setTimer: (callback, delayMs) => setTimer(callback, Math.min(delayMs, MAX_TIMER_MS)),
  clearTimer: (timer) => clearTimer(timer as NodeJS.Timeout),
  setTurnEnd: (callback) => void setTurnEnd(callback),
  random: Math.random,
}

/** Resolves in a later turn of the event loop; in a thread that has been told to end, never. */
export function nextTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.setTurnEnd(resolve))
}

/** A clock; by default that of the process. */
export function clockOption(): Option<Clock> {
  return {
    default: systemClock,
    fault: (value) => {
      const missing = METHODS.filter(
        (name) => typeof (value as Partial<Clock> | null)?.[name] !== 'function',
      )
      if (missing.length === 0) return null
      const lack = missing.length === METHODS.length ? '' : `, which lacks ${missing.join(', ')}`
      return `must be a clock, such as new VirtualClock(), got ${show(value)}${lack}`
    },
  }
}

const METHODS = ['nowMs', 'wallMs', 'setTimer', 'clearTimer', 'setTurnEnd', 'random'] as const
