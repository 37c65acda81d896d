import { Doorbell, type WaitStrategy } from '@ringlog/core'
import type { RoleContext } from '../define-scenario.ts'
import type { LatencyHistogram } from '../metrics/latency-histogram.ts'

/**
 * Two threads that do nothing but wake each other, on their event loops: the floor under every time
 * from thread to thread.
 *
 * ```text
 *  byte   0   CALLED     the round that the caller has begun      caller     Atomics.store / load
 *  byte   8   CALLED_AT  when it began, in ms, before CALLED      caller     plain
 *  byte 128   ANSWERED   the round that the answerer has seen     answerer   Atomics.store / load
 * ```
 */
const CALLED_WORD = 0
const CALLED_AT_FLOAT = 1
const ANSWERED_WORD = 128 / 4
const LINK_BYTES = 256

export interface DoorbellLinkMemory {
  readonly memory: SharedArrayBuffer
  readonly callerBell: SharedArrayBuffer
  readonly answererBell: SharedArrayBuffer
}

export function createDoorbellLink(): DoorbellLinkMemory {
  return {
    memory: new SharedArrayBuffer(LINK_BYTES),
    callerBell: new Doorbell().memory,
    answererBell: new Doorbell().memory,
  }
}

/** One side of the link; both make the same number of rounds in the same order. */
export class DoorbellLink {
  readonly #words: Int32Array
  readonly #floats: Float64Array
  readonly #callerBell: Doorbell
  readonly #answererBell: Doorbell
  readonly #strategy: WaitStrategy
  readonly #nowMs: () => number
  #round = 0

  constructor({ memory, callerBell, answererBell }: DoorbellLinkMemory, context: RoleContext) {
    this.#words = new Int32Array(memory)
    this.#floats = new Float64Array(memory)
    this.#callerBell = new Doorbell(callerBell)
    this.#answererBell = new Doorbell(answererBell)
    this.#strategy = context.parameters.wait as WaitStrategy
    this.#nowMs = () => context.nowMs()
  }

  /** The caller: wakes the answerer, and waits to be woken. Records how long each round took. */
  async call(rounds: number, times: LatencyHistogram): Promise<void> {
    const isAnswered = (): boolean => this.#answered === this.#round
    for (let i = 0; i < rounds; i++) {
      const calledAtMs = this.#callNext()
      await this.#callerBell.waitAsync(isAnswered, { strategy: this.#strategy })
      times.record(this.#nowMs() - calledAtMs)
    }
  }

  /** The answerer of `call`. */
  async answer(rounds: number): Promise<void> {
    for (let i = 0; i < rounds; i++) {
      await this.#called()
      Atomics.store(this.#words, ANSWERED_WORD, this.#round)
      this.#callerBell.ring()
    }
  }

  /**
   * The caller: wakes the answerer, which has had so long to fall asleep. It does not sleep itself, as
   * a producer that keeps to a schedule does not.
   */
  async wake(rounds: number, pauseMs: number): Promise<void> {
    for (let i = 0; i < rounds; i++) {
      while (this.#answered !== this.#round) await turn()
      const pauseEndsMs = this.#nowMs() + pauseMs
      while (this.#nowMs() < pauseEndsMs) await turn()
      this.#callNext()
    }
  }

  /** The answerer of `wake`: records how long after the call it was awake. */
  async measureWakeUps(rounds: number, times: LatencyHistogram): Promise<void> {
    for (let i = 0; i < rounds; i++) {
      await this.#called()
      times.record(this.#nowMs() - this.#floats[CALLED_AT_FLOAT]!)
      Atomics.store(this.#words, ANSWERED_WORD, this.#round)
    }
  }

  get #answered(): number {
    return Atomics.load(this.#words, ANSWERED_WORD)
  }

  #callNext(): number {
    this.#round++
    const calledAtMs = this.#nowMs()
    this.#floats[CALLED_AT_FLOAT] = calledAtMs
    Atomics.store(this.#words, CALLED_WORD, this.#round)
    this.#answererBell.ring()
    return calledAtMs
  }

  async #called(): Promise<void> {
    this.#round++
    const isCalled = (): boolean => Atomics.load(this.#words, CALLED_WORD) === this.#round
    await this.#answererBell.waitAsync(isCalled, { strategy: this.#strategy })
  }
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}
