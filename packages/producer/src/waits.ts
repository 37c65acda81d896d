import { RinglogError, type Clock, type ClockTimer } from '@ringlog/core/internal'
import type { WaitOptions } from './producer-like.ts'

/** A call that waits for something of the producer. */
interface Waiter {
  readonly isOver: () => boolean
  resolve(): void
  reject(reason: unknown): void
}

/**
 * Calls that wait for the producer: for room, or for what they have written to be delivered. A wait
 * that ends, in whatever way, leaves nothing behind: no timer, no listener, nothing in any record.
 */
export class Waits {
  readonly #clock: Clock
  readonly #takeIn: () => void
  #waiters: Waiter[] = []

  /** @param takeIn Takes in the answers that are there. */
  constructor(clock: Clock, takeIn: () => void) {
    this.#clock = clock
    this.#takeIn = takeIn
  }

  /** How many wait. */
  get count(): number {
    return this.#waiters.length
  }

  /**
   * Resolves once `isOver` holds, which is asked after every change.
   *
   * @param call For the message: `flush()`.
   * @throws RinglogError REQUEST_TIMED_OUT after `timeoutMs`; `signal.reason` when aborted; what the
   *   waits are failed with.
   */
  wait(isOver: () => boolean, call: string, options: WaitOptions = {}): Promise<void> {
    const { signal, timeoutMs = Infinity } = options
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    if (isOver()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const untilMs = this.#clock.nowMs() + timeoutMs
      let timer: ClockTimer | null = null
      const leave = (): void => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        if (timer !== null) this.#clock.clearTimer(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      const waiter: Waiter = {
        isOver,
        resolve: () => {
          leave()
          resolve()
        },
        reject: (reason) => {
          leave()
          reject(reason)
        },
      }
      const onAbort = (): void => waiter.reject(signal!.reason)
      const setTimer = (): void => {
        timer = this.#clock.setTimer(onTimer, Math.ceil(untilMs - this.#clock.nowMs()))
      }
      const onTimer = (): void => {
        timer = null
        if (this.#clock.nowMs() < untilMs) setTimer()
        else this.#clock.setTurnEnd(() => this.#giveUp(waiter, call, timeoutMs))
      }
      this.#waiters.push(waiter)
      signal?.addEventListener('abort', onAbort, { once: true })
      if (timeoutMs !== Infinity) setTimer()
    })
  }

  /** Something has changed: calls whose wait is over resolve. */
  check(): void {
    for (const waiter of this.#waiters) if (waiter.isOver()) waiter.resolve()
  }

  fail(error: RinglogError): void {
    for (const waiter of this.#waiters) waiter.reject(error)
  }

  /**
   * The wait is out of time. The messages of this turn have been taken in by now; with the answers in
   * shared memory it may be over all the same.
   */
  #giveUp(waiter: Waiter, call: string, timeoutMs: number): void {
    if (!this.#waiters.includes(waiter)) return
    this.#takeIn()
    if (waiter.isOver()) waiter.resolve()
    else {
      const message = `${call} did not finish in time: timeoutMs=${timeoutMs}`
      waiter.reject(new RinglogError('REQUEST_TIMED_OUT', message))
    }
  }
}
