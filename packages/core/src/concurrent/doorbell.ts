import { monotonicMs } from './clock.ts'
import { nextTurn, systemClock, type Clock, type ClockTimer } from './system-clock.ts'
import { spinMicrosOf, type WaitStrategy } from './wait-strategy.ts'

/**
 * The one way in which an actor waits, and is woken.
 *
 * ```text
 *  byte   name       writer                          access
 *     0   SEQUENCE   every ringer: adds 1            Atomics.add / load / wait / notify
 *   128   PARKED     the actor: 1; a ringer: to 0    Atomics.store / load / exchange
 * ```
 *
 * To wait (INV-8): load the sequence; store parked = 1; look at the condition; sleep on the sequence
 * that was loaded. A waiter never clears parked.
 *
 * To ring (INV-7): make the change; if parked is not 0, exchange it with 0; in any case add 1 to the
 * sequence; if the exchange gave not 0, wake all. So a ringer pays the 13–16 µs of a wake-up only
 * when a waiter sleeps.
 *
 * A wake-up may be for nothing: every waiter looks at its condition again. So several waits of one
 * actor can share its doorbell, and a doorbell may ring after what it rang for has gone.
 */
export const DOORBELL_BYTES = 256
const SEQUENCE_WORD = 0
const PARKED_WORD = 128 / 4

/** On an event loop no spin is longer than this without a turn of the loop. */
const MAX_LOOP_SPIN_MICROS = 50

/** So long messages and timers of a thread may have to wait for `waitBriefly`. */
const BRIEF_WAIT_MS = 0.2

const pauseCpu: () => void =
  (Atomics as { pause?: () => void }).pause?.bind(Atomics) ?? ((): void => undefined)

/**
 * Thread: `ring` from any; the waits from the actor whose doorbell it is.
 *
 * Source: the lost-wake-up comments of Piscina's worker loop; order checked by the exhaustive model
 * in `doorbell-model.test.ts`.
 */
export class Doorbell {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #clock: Clock

  /** Opens the doorbell that lies in `memory`; without one, makes a new one. */
  constructor(memory?: SharedArrayBuffer)
  /**
   * The same, for an actor that has a clock of its own.
   *
   * @internal
   */
  constructor(memory: SharedArrayBuffer | undefined, clock: Clock)
  constructor(
    memory: SharedArrayBuffer = new SharedArrayBuffer(DOORBELL_BYTES),
    clock: Clock = systemClock,
  ) {
    this.memory = memory
    this.#clock = clock
    this.#words = new Int32Array(memory, 0, DOORBELL_BYTES / 4)
  }

  /** Wakes the actor if it sleeps; cheap if it does not. Call it after the change it waits for. */
  ring(): void {
    let wasParked = 0
    if (Atomics.load(this.#words, PARKED_WORD) !== 0) {
      wasParked = Atomics.exchange(this.#words, PARKED_WORD, 0) // INV-7: parked first …
    }
    Atomics.add(this.#words, SEQUENCE_WORD, 1) // INV-7: … then the sequence, always
    if (wasParked !== 0) Atomics.notify(this.#words, SEQUENCE_WORD)
  }

  /**
   * Wakes the actor whatever parked says: for a thread that cleans up after one that died, perhaps between
   * clearing parked and waking (INV-11).
   */
  ringUnconditionally(): void {
    Atomics.exchange(this.#words, PARKED_WORD, 0)
    Atomics.add(this.#words, SEQUENCE_WORD, 1)
    Atomics.notify(this.#words, SEQUENCE_WORD)
  }

  /**
   * Blocks the thread until `condition` holds; `false` when the deadline passed first.
   *
   * Its event loop stands still meanwhile: no timer, no message, no RPC (INV-12).
   */
  waitSync(condition: () => boolean, options: WaitOptions = {}): boolean {
    const { deadlineMs = Infinity, strategy = 'park' } = options
    if (condition()) return true
    const spinUntilMs = this.#spinUntilMs(deadlineMs, strategy)
    while (monotonicMs() < spinUntilMs) {
      pauseCpu()
      if (condition()) return true
    }
    for (;;) {
      const sequence = this.#announce()
      if (condition()) return true
      const leftMs = deadlineMs - this.#clock.nowMs()
      if (leftMs <= 0) return false
      Atomics.wait(this.#words, SEQUENCE_WORD, sequence, leftMs) // INV-8
    }
  }

  /**
   * As `waitSync`, for `BRIEF_WAIT_MS` at most: for threads whose event loop has to turn (INV-12), where what they wait
   * for mostly comes at once. A wake-up by way of the event loop takes four times as long.
   */
  waitBriefly(condition: () => boolean): boolean {
    if (condition()) return true
    const untilMs = monotonicMs() + BRIEF_WAIT_MS
    for (;;) {
      const sequence = this.#announce()
      if (condition()) return true
      const leftMs = untilMs - monotonicMs()
      if (leftMs <= 0) return false
      Atomics.wait(this.#words, SEQUENCE_WORD, sequence, leftMs) // INV-8
    }
  }

  /**
   * Resolves when `condition` holds, with `true`; or with `false` when the deadline passed first. The
   * event loop goes on turning.
   *
   * A pending wait does not keep the thread alive (Node.js has no handle for it): the caller does.
   */
  async waitAsync(condition: () => boolean, options: WaitOptions = {}): Promise<boolean> {
    const { deadlineMs = Infinity, strategy = 'park' } = options
    if (condition()) return true
    if (strategy !== 'park' && (await this.#spinOnLoop(condition, deadlineMs, strategy)))
      return true

    // `waitAsync` with a timeout leaks some 280 bytes a call until the timeout passes, even when it
    // is woken before: so a timer rings the bell instead. It may fire early, and is then set again.
    let timer: ClockTimer | null = null
    const ringAtDeadline = (): void => {
      timer = null
      this.ringUnconditionally() // INV-11: a deadline is kept whichever thread died while it rang
    }
    try {
      for (;;) {
        const sequence = this.#announce()
        if (condition()) return true
        if (deadlineMs !== Infinity && timer === null) {
          const leftMs = deadlineMs - this.#clock.nowMs()
          if (leftMs <= 0) return false
          timer = this.#clock.setTimer(ringAtDeadline, Math.ceil(leftMs))
        }
        // INV-8: at once where the bell has rung since.
        await Atomics.waitAsync(this.#words, SEQUENCE_WORD, sequence).value
      }
    } finally {
      if (timer !== null) this.#clock.clearTimer(timer)
    }
  }

  /** INV-8: the sequence is loaded before parked is set, and both before the condition is looked at. */
  #announce(): number {
    const sequence = Atomics.load(this.#words, SEQUENCE_WORD)
    Atomics.store(this.#words, PARKED_WORD, 1)
    return sequence
  }

  /**
   * A spin takes time of the thread, so it is measured on the process's clock: an actor's own may stand
   * still meanwhile.
   */
  #spinUntilMs(deadlineMs: number, strategy: WaitStrategy): number {
    const spinMs = spinMicrosOf(strategy) / 1000
    const leftMs = deadlineMs === Infinity ? Infinity : deadlineMs - this.#clock.nowMs()
    return monotonicMs() + Math.min(leftMs, spinMs)
  }

  async #spinOnLoop(
    condition: () => boolean,
    deadlineMs: number,
    strategy: WaitStrategy,
  ): Promise<boolean> {
    const spinUntilMs = this.#spinUntilMs(deadlineMs, strategy)
    for (;;) {
      const turnUntilMs = Math.min(spinUntilMs, monotonicMs() + MAX_LOOP_SPIN_MICROS / 1000)
      do {
        pauseCpu()
        if (condition()) return true
      } while (monotonicMs() < turnUntilMs)
      if (monotonicMs() >= spinUntilMs || this.#clock.nowMs() >= deadlineMs) return false
      await nextTurn(this.#clock)
    }
  }
}

/** How a wait at a doorbell goes. */
export interface WaitOptions {
  /** On the doorbell's clock; `Infinity`: no deadline. */
  deadlineMs?: number | undefined
  strategy?: WaitStrategy | undefined
}
