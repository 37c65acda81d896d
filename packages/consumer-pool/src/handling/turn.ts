import { monotonicMs, setTurnEnd } from '@ringlog/core/internal'

/** Handlers that never wait let the event loop turn after so long. */
const MAX_TURN_MS = 10
/** Handlers between two looks at the clock, at the most: a look costs as much as a record that is passed over. */
const MAX_UNTIL_LOOK = 64
/** What handlers between two looks may take for their number to grow. */
const SHORT_MS = 1

/** How long the handlers of a thread have kept its event loop from turning. */
export class Turn {
  #startMs = 0
  #lookedMs = 0
  #stride = 1
  #untilLook = 1

  /** The event loop has turned. */
  begin(): void {
    this.#startMs = monotonicMs()
    this.#lookedMs = this.#startMs
    this.#untilLook = this.#stride
  }

  /** Asked after each handler: whether the event loop is to turn before the next. Once it is, it is until `begin`. */
  isOver(): boolean {
    if (--this.#untilLook > 0) return false
    const nowMs = monotonicMs()
    const isShort = nowMs - this.#lookedMs < SHORT_MS
    this.#stride = isShort ? Math.min(this.#stride * 2, MAX_UNTIL_LOOK) : 1
    this.#lookedMs = nowMs
    const isOver = nowMs - this.#startMs >= MAX_TURN_MS
    this.#untilLook = isOver ? 1 : this.#stride
    return isOver
  }

  /** Calls back once the event loop has turned. */
  afterThis(callback: () => void): void {
    setTurnEnd(() => {
      this.begin()
      callback()
    })
  }
}
