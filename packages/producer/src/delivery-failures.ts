import type { RinglogError } from '@ringlog/core/internal'
import type { FailedRecords, ResolvedProducerConfig } from './config.ts'

/**
 * Records that were not delivered, and who hears of it: `onDeliveryError` of all of them, `flush` and `close` of
 * those that nobody awaits.
 *
 * Thread: the producer's.
 */
export class DeliveryFailures {
  readonly #onDeliveryError: ResolvedProducerConfig['onDeliveryError']
  #silentError: RinglogError | null = null
  #firstSilentError: RinglogError | null = null
  #silentRecords = 0

  constructor(onDeliveryError: ResolvedProducerConfig['onDeliveryError']) {
    this.#onDeliveryError = onDeliveryError
  }

  /** How many records that nobody awaited have failed, since `takeSilentError` was last called. */
  get silentRecords(): number {
    return this.#silentRecords
  }

  /** The error of the first record of all that nobody awaited, whether it was taken or not; `null`: there is none. */
  get firstSilentError(): RinglogError | null {
    return this.#firstSilentError
  }

  /** So many records that nobody awaits have failed. */
  noteSilent(error: RinglogError, records: number): void {
    if (records === 0) return
    this.#firstSilentError ??= error
    this.#silentError ??= error
    this.#silentRecords += records
  }

  /** The first error of a record that nobody awaited, since this was last asked. */
  takeSilentError(): RinglogError | null {
    const error = this.#silentError
    this.#silentError = null
    this.#silentRecords = 0
    return error
  }

  /** Calls the user's listener: only where no other code of the producer runs, see `Notices`. */
  tell(error: RinglogError, failed: FailedRecords): void {
    this.#onDeliveryError?.(error, failed)
  }
}
