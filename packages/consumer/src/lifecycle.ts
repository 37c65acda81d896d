import { RinglogError, type ConsumerEngine } from '@ringlog/core/internal'

/** Whether a consumer is open; and the error of every call once it is not. */
export class Lifecycle {
  readonly #engine: ConsumerEngine
  #closedError: RinglogError | null = null

  constructor(engine: ConsumerEngine) {
    this.#engine = engine
  }

  get isClosed(): boolean {
    return this.closedError !== null
  }

  /** What calls fail with; `null`: it is open. */
  get closedError(): RinglogError | null {
    return this.#closedError ?? this.#engine.closedError()
  }

  /** @throws RinglogError CONSUMER_CLOSED, BROKER_CLOSED. */
  assertOpen(): void {
    const closed = this.closedError
    if (closed !== null) throw closed
  }

  /** Whether a call has failed with it as the consumer is closed; a listener may throw one that is alike. */
  isEnd(error: unknown): boolean {
    return error === this.#closedError && RinglogError.is(error, 'CONSUMER_CLOSED')
  }

  /** Every later call fails with `error`; returns `false` where the consumer was closed before. */
  close(error: RinglogError): boolean {
    if (this.#closedError !== null) return false
    this.#closedError = error
    return true
  }
}
