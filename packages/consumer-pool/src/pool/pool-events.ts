import { RinglogError, setMicrotask } from '@ringlog/core/internal'
import { channel } from 'node:diagnostics_channel'

/**
 * Reports what happens to a pool: to its listener, by `closed`, and on the diagnostics channel.
 *
 * Thread: the pool's.
 */
export class PoolEvents {
  readonly closed: Promise<void>
  readonly #groupId: string
  readonly #onError: ((error: RinglogError) => void) | null
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(groupId: string, onError: ((error: RinglogError) => void) | null) {
    this.#groupId = groupId
    this.#onError = onError
    this.closed = this.#closed.promise
    // The user need not await it: onError is called, too.
    this.closed.catch(() => undefined)
  }

  started(): void {
    this.#publish('started', null)
  }

  /** Something went wrong, and the pool goes on. */
  trouble(type: 'threadReplaced' | 'partitionBroken', error: RinglogError): void {
    this.#publish(type, error)
    this.#tell(error)
  }

  stopped(error: RinglogError): void {
    this.#closed.reject(error)
    this.#publish('stopped', error)
    this.#tell(error)
  }

  /** All has ended; `closed` has been rejected where an error was the cause. */
  ended(): void {
    this.#closed.resolve()
    this.#publish('closed', null)
  }

  #publish(type: PoolEvent['type'], error: RinglogError | null): void {
    const published = channel('ringlog:pool')
    const event: PoolEvent = { groupId: this.#groupId, type, error }
    if (published.hasSubscribers) published.publish(event)
  }

  #tell(error: RinglogError): void {
    if (this.#onError === null) return process.emitWarning(error)
    try {
      this.#onError(error)
    } catch (thrown) {
      // The user's own error: no call here can throw it, and it must not stop the pool.
      setMicrotask(() => {
        throw thrown
      })
    }
  }
}

/** Published on the diagnostics channel `ringlog:pool`, in the thread that has the pool. */
export interface PoolEvent {
  readonly groupId: string
  /**
   * `threadReplaced`: a thread has crashed, and another is started in its place. `partitionBroken`: one
   * partition is no longer read, the others are. `stopped`: by an error. `closed`: all threads have ended.
   */
  readonly type: 'started' | 'threadReplaced' | 'partitionBroken' | 'stopped' | 'closed'
  /** What went wrong; `null`: nothing. */
  readonly error: RinglogError | null
}

/** The error with whether the pool stops for it. */
export function poolError(error: unknown, isFatal: boolean): RinglogError {
  if (!RinglogError.is(error)) {
    const message = error instanceof Error ? error.message : String(error)
    const details = { isFatal }
    return new RinglogError('UNKNOWN_SERVER_ERROR', message, { details, cause: error })
  }
  const { code, message, cause, stack } = error
  const details = { ...error.details, isFatal }
  const told = new RinglogError(
    code,
    message,
    cause === undefined ? { details } : { details, cause },
  )
  if (stack !== undefined) told.stack = stack
  return told
}
