import { RinglogError, setMicrotask } from '@ringlog/core/internal'
import { channel } from 'node:diagnostics_channel'

/**
 * Reports what happens to a pool or a runner: to its listener, by `closed`, and on a diagnostics channel.
 *
 * Thread: the one that it was started in.
 */
export class HandlingEvents<Trouble extends string> {
  readonly closed: Promise<void>
  readonly #channel: string
  readonly #groupId: string
  readonly #onError: ((error: RinglogError) => void) | null
  readonly #closed: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor(
    channelName: string,
    groupId: string,
    onError: ((error: RinglogError) => void) | null,
  ) {
    this.#channel = channelName
    this.#groupId = groupId
    this.#onError = onError
    this.closed = this.#closed.promise
    // The user need not await it: onError is called, too.
    this.closed.catch(() => undefined)
  }

  started(): void {
    this.#publish('started', null)
  }

  /** Something went wrong, and it goes on. */
  trouble(type: Trouble, error: RinglogError): void {
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

  #publish(type: HandlingEvent<Trouble>['type'], error: RinglogError | null): void {
    const published = channel(this.#channel)
    const event: HandlingEvent<Trouble> = { groupId: this.#groupId, type, error }
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

/** What is published. */
export interface HandlingEvent<Trouble extends string> {
  readonly groupId: string
  /** `stopped`: by an error. `closed`: all has ended. */
  readonly type: 'started' | 'stopped' | 'closed' | Trouble
  /** What went wrong; `null`: nothing. */
  readonly error: RinglogError | null
}

/** The error with whether all stops for it. */
export function withFatality(error: unknown, isFatal: boolean): RinglogError {
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
