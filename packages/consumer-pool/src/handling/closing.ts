import { RinglogError, endsWithin } from '@ringlog/core/internal'

const CLOSE_TIMEOUT_MS = 30_000
/** How long handlers may take to end once their signals are aborted. */
export const ABORT_GRACE_MS = 1_000

/**
 * The closing of a pool, a runner or a mirror: made once, for all calls of its `close`, of which the most impatient counts.
 *
 * Thread: that of the pool, the runner or the mirror.
 */
export class Closing {
  readonly #unfinished: string
  readonly #close: () => Promise<void>
  #closed: Promise<void> | null = null
  /** Aborted when a call has waited for handlers long enough: with its `timeoutMs`. */
  readonly #hurry = new AbortController()

  /**
   * @param unfinished What its closing waits for and to whom it belongs, for messages: `handlers still ran when the
   *   runner`.
   * @param close Called once, by the first call of `within`.
   */
  constructor(unfinished: string, close: () => Promise<void>) {
    this.#unfinished = unfinished
    this.#close = close
  }

  get hasBegun(): boolean {
    return this.#closed !== null
  }

  /** Begins to close, unless it has begun; resolves or rejects when it is done. */
  async within(timeoutMs: number = CLOSE_TIMEOUT_MS): Promise<void> {
    const closed = (this.#closed ??= this.#close())
    const isInTime = await endsWithin(
      closed.catch(() => undefined),
      { timeoutMs },
    )
    if (!isInTime) this.#hurry.abort(timeoutMs)
    await closed
  }

  /**
   * Waits for what is unfinished: until the most impatient call is out of time, and then for a second more, once it is
   * aborted.
   *
   * @param abort Is called with REQUEST_TIMED_OUT when the time is over: aborts what is unfinished.
   * @returns That error where it has not ended by then; else `null`.
   */
  async untilEnded(
    ended: Promise<unknown>,
    abort: (reason: RinglogError) => void,
  ): Promise<RinglogError | null> {
    const { signal } = this.#hurry
    if (await endsWithin(ended, { signal })) return null
    const message = `${this.#unfinished} was to be closed: timeoutMs=${signal.reason}`
    const timedOut = new RinglogError('REQUEST_TIMED_OUT', message)
    abort(timedOut)
    return (await endsWithin(ended, { timeoutMs: ABORT_GRACE_MS })) ? null : timedOut
  }
}
