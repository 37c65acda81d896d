import { integerOption, resolveOptions } from '../config/options.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'
import type { Clock, ClockTimer } from './system-clock.ts'
import { setTurnEnd } from './timers.ts'

/** Stands for the time at which the clock is made. */
const NOW = -1

/** How a virtual clock starts. */
export interface VirtualClockOptions {
  /** What `wallMs` says at first, in milliseconds since 1970. Default: the time at which it is made. */
  wallMs?: number | undefined
}

/**
 * Time that passes only when a test says so: `advance` moves it, and runs the timers that come due on the
 * way, each at its time. So what waits for a minute is tested in a millisecond, and always alike.
 *
 * Everything of Ringlog that waits, on a log or a mock that was given this clock, waits for it: linger,
 * delivery timeouts, `timeoutMs` of calls, `maxPollIntervalMs`, retention. Your own code's timers do not;
 * give it the clock as well, or fake the global ones.
 *
 * Thread: the one it was made in.
 *
 * Source: Apache Kafka, `common/utils/MockTime.java`, for the idea.
 */
export class VirtualClock implements Clock {
  readonly #wallOffsetMs: number
  /** Not 0, which stands for "not yet" in places. */
  #nowMs = 1
  #timers: VirtualTimer[] = []
  #lastAdvance: Promise<void> = Promise.resolve()

  /** @throws RinglogError INVALID_CONFIG that lists every faulty option. */
  constructor(options?: VirtualClockOptions) {
    const { wallMs } = resolveOptions('VirtualClockOptions', OPTIONS, options)
    this.#wallOffsetMs = (wallMs === NOW ? Date.now() : wallMs) - this.#nowMs
  }

  /** Milliseconds, for durations and deadlines. */
  nowMs(): number {
    return this.#nowMs
  }

  /** Milliseconds since 1970, for timestamps: moves as `nowMs` does. */
  wallMs(): number {
    return Math.floor(this.#wallOffsetMs + this.#nowMs)
  }

  /** How many timers are set that have not run. */
  get timerCount(): number {
    return this.#timers.length
  }

  /**
   * Calls back once the clock has been moved so far; with 0, or less, at the next `advance`.
   *
   * @throws RinglogError INVALID_REQUEST.
   */
  setTimer(callback: () => void, delayMs: number): ClockTimer {
    if (typeof callback !== 'function' || typeof delayMs !== 'number' || Number.isNaN(delayMs)) {
      throw new RinglogError(
        'INVALID_REQUEST',
        'setTimer() takes a function and a number of milliseconds, ' +
          `got ${show(callback)} and ${show(delayMs)}`,
      )
    }
    const setMs = this.#nowMs
    const dueMs = setMs + Math.max(delayMs, 0)
    const timer: VirtualTimer = { setMs, dueMs, callback, unref: () => undefined }
    this.#timers.push(timer)
    return timer
  }

  /** The timer does not run any more; one that has run is left alone. */
  clearTimer(timer: ClockTimer): void {
    this.#timers = this.#timers.filter((other) => other !== timer)
  }

  /** Calls back at the end of this turn of the event loop, which really turns. */
  setTurnEnd(callback: () => void): void {
    setTurnEnd(callback)
  }

  /** Always a half: what is spread by chance takes as long as it is said to take. */
  random(): number {
    return 0.5
  }

  /**
   * Moves the clock. Timers run on the way, in the order in which they are due, also those that others set
   * meanwhile; after each of them everything that it has started comes to its next wait. Resolves when that
   * is done at the end as well. Calls take their turns.
   *
   * @param ms How far; 0: only what is due already runs.
   * @throws RinglogError (as a rejection) INVALID_REQUEST; INVALID_STATE where timers set one another for the
   *   time that it is, without end. What a timer throws: the clock stays at its time.
   */
  advance(ms: number): Promise<void> {
    if (!(typeof ms === 'number' && ms >= 0 && ms < Infinity)) {
      const message = `advance() takes a number of milliseconds of at least 0, got ${show(ms)}`
      return Promise.reject(new RinglogError('INVALID_REQUEST', message))
    }
    const advance = this.#lastAdvance.then(() => this.#advance(this.#nowMs + ms))
    this.#lastAdvance = advance.catch(() => undefined)
    return advance
  }

  async #advance(untilMs: number): Promise<void> {
    await this.settle()
    let standingStill = 0
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.clearTimer(next)
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      standingStill = next.setMs === this.#nowMs ? standingStill + 1 : 0
      if (standingStill > MAX_STANDING_STILL) throw standsStill()
      next.callback()
      await this.settle()
    }
    this.#nowMs = untilMs
    await this.settle()
  }

  /** The first timer that is due by then; of those due together the one that was set first. */
  #next(untilMs: number): VirtualTimer | undefined {
    let next: VirtualTimer | undefined
    for (const timer of this.#timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer
    }
    return next
  }

  /**
   * Lets the event loop turn until what runs has come to its next wait.
   *
   * @internal
   */
  protected async settle(): Promise<void> {
    for (let turn = 0; turn < SETTLING_TURNS; turn++) {
      await new Promise<void>((resolve) => setTurnEnd(resolve))
    }
  }
}

function standsStill(): RinglogError {
  return new RinglogError(
    'INVALID_STATE',
    `the clock stands still: ${MAX_STANDING_STILL} timers were set for the time at which they were set, one ` +
      'after the other; set those that go on and on for later than now',
  )
}

interface VirtualTimer extends ClockTimer {
  /** When it was set. */
  readonly setMs: number
  readonly dueMs: number
  readonly callback: () => void
}

const OPTIONS = { wallMs: { ...integerOption(0, { min: 0 }), default: NOW } }

/** So many timers that were due when they were set run in a row. */
const MAX_STANDING_STILL = 10_000

/** An actor that is woken at its doorbell goes on one or two turns later, and one wait leads to the next. */
const SETTLING_TURNS = 10
