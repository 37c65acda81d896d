import { ERROR_SECTION_BYTES, ErrorSection, RinglogError } from '@ringlog/core/internal'

/**
 * How a broker is, in shared memory: every client sees it without a call. A thread that sleeps on its doorbell
 * looks at it when it is rung.
 *
 * ```text
 *  byte   name    writer                              readers   access
 *     0   STATE   the controller; once it has ended   clients   Atomics.store, compareExchange; see `isClosed`
 *                 unexpectedly, who notices that
 *   128   crash   the controller, before STATE        clients   an error: see `error-section.ts`   INV-92
 * ```
 */
const STATE_WORD = 0
const CRASH_BYTE = 128
const BROKER_STATE_BYTES = CRASH_BYTE + ERROR_SECTION_BYTES

/** In STATE. */
const OPEN = 0
const CLOSED = 1
/** The controller has ended unexpectedly. */
const CRASHED = 2

/** Thread: any. */
export class BrokerState {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #crash: ErrorSection

  /** Opens the state that lies in `memory`; without one, makes that of a new broker. */
  constructor(memory?: SharedArrayBuffer) {
    this.memory = memory ?? new SharedArrayBuffer(BROKER_STATE_BYTES)
    this.#words = new Int32Array(this.memory, 0, 1)
    this.#crash = new ErrorSection(this.memory, CRASH_BYTE)
    // Threads that are ended by force say nothing.
    if (memory === undefined) this.#crash.write(crashed(''))
  }

  /**
   * A plain read, because a producer reads it for every record. A thread that was rung has read its
   * doorbell's sequence atomically, and so sees what was written before the ring (INV-7, INV-8); any other
   * thread sees it a little later, as if it had looked a little earlier.
   */
  get isClosed(): boolean {
    return this.#words[STATE_WORD] !== OPEN
  }

  /** The broker was closed. The caller rings all that sleep after this (INV-7). */
  setClosed(): void {
    Atomics.store(this.#words, STATE_WORD, CLOSED)
  }

  /**
   * The controller's thread has ended, or is about to: unexpectedly, unless the broker was closed before.
   *
   * @param how Given by the controller alone.
   */
  setEnded(how?: string, cause?: unknown): void {
    if (how !== undefined) this.#crash.write(crashed(`: ${how}`, cause)) // INV-92: first the cause …
    Atomics.compareExchange(this.#words, STATE_WORD, OPEN, CRASHED) // INV-92: … then the state
  }

  /** The error of every call once the broker is closed; `null` before. */
  closedError(): RinglogError | null {
    if (!this.isClosed) return null
    const state = Atomics.load(this.#words, STATE_WORD) // INV-92
    if (state === CLOSED) return new RinglogError('BROKER_CLOSED')
    const cause = this.#crash.read('WORKER_CRASHED')
    return new RinglogError('BROKER_CLOSED', `the broker has ended: ${cause.message}`, { cause })
  }
}

function crashed(how: string, cause?: unknown): RinglogError {
  return new RinglogError(
    'WORKER_CRASHED',
    `the controller ended unexpectedly${how}`,
    cause === undefined ? {} : { cause },
  )
}
