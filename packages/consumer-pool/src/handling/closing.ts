import { RinglogError, endsWithin } from '@ringlog/core/internal'

const CLOSE_TIMEOUT_MS = 30_000
/** How long handlers may take to end once their signals are aborted. */
export const ABORT_GRACE_MS = 1_000

/**
 * The closing of a pool or a runner: made once, for all calls of its `close`, of which the most impatient counts.
 *
 * Thread: that of the pool or the runner.
 */
export class Closing {
  readonly #what: string
  readonly #close: () => Promise<void>
  #closed: Promise<void> | null = null
  /** Aborted when a call has waited for handlers long enough: with its `timeoutMs`. */
  readonly #hurry = new AbortController()

  /**
   * @param what For messages: `the runner`.
   * @param close Called once, by the first call of `within`.
   */
  constructor(what: string, close: () => Promise<void>) {
    this.#what = what
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
   * Waits for handlers: until the most impatient call is out of time, and then for a second more, with their
   * signals aborted.
   *
   * @param abort Aborts the signals of the handlers that still run.
   * @returns REQUEST_TIMED_OUT where some have not ended by then; else `null`.
   */
  async untilEnded(
    ended: Promise<unknown>,
    abort: (reason: RinglogError) => void,
  ): Promise<RinglogError | null> {
    const { signal } = this.#hurry
    if (await endsWithin(ended, { signal })) return null
    const message = `handlers still ran when ${this.#what} was to be closed: timeoutMs=${signal.reason}`
    const timedOut = new RinglogError('REQUEST_TIMED_OUT', message)
    abort(timedOut)
    return (await endsWithin(ended, { timeoutMs: ABORT_GRACE_MS })) ? null : timedOut
  }
}
