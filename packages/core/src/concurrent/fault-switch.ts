/**
 * ```text
 *  byte   name         writer                                                          access
 *     0   STATE        the first of three leaves IN_FORCE: the thread that the fault   Atomics.compareExchange / load /
 *                      is for, for STRUCK; the test, for CALLED_OFF; who sees that     wait / notify   INV-91
 *                      the thread has ended, for ENDED
 *   128   CALLED_OFF   the test: 1, whatever the state is                              Atomics.store / load / wait / notify
 * ```
 */
export const FAULT_SWITCH_BYTES = 256
const STATE_WORD = 0
const CALLED_OFF_WORD = 128 / 4

/** It has not struck yet. */
export const FAULT_IN_FORCE = 0
/** It has struck, once at least. */
export const FAULT_STRUCK = 1
/** It was called off before it struck. */
export const FAULT_CALLED_OFF = 2
/** The thread that it was for ended before it struck. */
export const FAULT_ENDED = 3

export type FaultState =
  typeof FAULT_IN_FORCE | typeof FAULT_STRUCK | typeof FAULT_CALLED_OFF | typeof FAULT_ENDED

/**
 * What a test that injects a fault, and the thread that the fault is for, know of it together. It is shared
 * memory, because the thread may be about to end, or blocked, when it has to say that the fault has struck, or
 * be told that it is called off.
 *
 * Thread: any.
 */
export class FaultSwitch {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(FAULT_SWITCH_BYTES)) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  get state(): FaultState {
    return Atomics.load(this.#words, STATE_WORD) as FaultState // INV-91
  }

  get isCalledOff(): boolean {
    return Atomics.load(this.#words, CALLED_OFF_WORD) !== 0 // INV-91
  }

  /** For the thread that the fault is for, each time: whether it is to strike. */
  strike(): boolean {
    return !this.isCalledOff && this.#leave(FAULT_STRUCK) === FAULT_STRUCK
  }

  /** The fault does not strike from now on. */
  callOff(): void {
    Atomics.store(this.#words, CALLED_OFF_WORD, 1) // INV-91: before the state
    Atomics.notify(this.#words, CALLED_OFF_WORD)
    this.#leave(FAULT_CALLED_OFF)
  }

  /** The thread that the fault is for has ended. */
  end(): void {
    this.#leave(FAULT_ENDED)
  }

  /** Blocks the thread until the fault is called off, or for so long. */
  block(ms: number): void {
    Atomics.wait(this.#words, CALLED_OFF_WORD, 0, ms) // INV-91
  }

  /** Resolves when the fault has struck or never will; a pending wait does not keep the thread alive. */
  async untilDecided(): Promise<FaultState> {
    await this.#untilChanged(STATE_WORD, FAULT_IN_FORCE)
    return this.state
  }

  /** Resolves when the fault is called off; a pending wait does not keep the thread alive. */
  untilCalledOff(): Promise<void> {
    return this.#untilChanged(CALLED_OFF_WORD, 0)
  }

  /** Leaves IN_FORCE for `state`, if nobody has left it before; returns the state that there is now. */
  #leave(state: FaultState): FaultState {
    const before = Atomics.compareExchange(this.#words, STATE_WORD, FAULT_IN_FORCE, state) // INV-91
    if (before !== FAULT_IN_FORCE) return before as FaultState
    Atomics.notify(this.#words, STATE_WORD)
    return state
  }

  async #untilChanged(word: number, from: number): Promise<void> {
    while (Atomics.load(this.#words, word) === from) {
      const wait = Atomics.waitAsync(this.#words, word, from) // INV-91
      if (wait.async) await wait.value
    }
  }
}
