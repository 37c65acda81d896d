import { ERROR_CODES, type RinglogErrorCode } from './error-codes.ts'

/** Marks our errors across copies of this package and across realms, where `instanceof` fails. */
const BRAND = Symbol.for('ringlog.error')

/**
 * The one class of errors that Ringlog throws and rejects with.
 *
 * `code` says what happened, `retriable` whether trying again can help, `details` holds the same
 * facts as the message as plain data. All of it survives a thread boundary (see `error-wire.ts`).
 * What each code comes from, and what to do about it: `docs/errors.md` of the repository.
 */
export class RinglogError extends Error {
  readonly code: RinglogErrorCode
  /** Kafka's number for the code; `null` where Kafka has none. */
  readonly errorCode: number | null
  readonly retriable: boolean
  readonly details: Readonly<Record<string, unknown>>

  /**
   * An error of the table of codes.
   *
   * @param message Absent: the general text of the code.
   */
  constructor(code: RinglogErrorCode, message?: string, options: RinglogErrorOptions = {}) {
    const [errorCode, retriable, text] = ERROR_CODES[code]
    super(message ?? text, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'RinglogError'
    this.code = code
    this.errorCode = errorCode
    this.retriable = retriable
    this.details = options.details ?? {}
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** Whether `error` is one of ours and, where `code` is given, has that code. Never throws. */
  static is(error: unknown, code?: RinglogErrorCode): error is RinglogError {
    if (typeof error !== 'object' || error === null) return false
    try {
      if (!(BRAND in error)) return false
      return code === undefined || (error as unknown as RinglogError).code === code
    } catch {
      return false // a proxy that cannot be looked at: anything can be thrown
    }
  }
}

/** What an error carries beside its code and message. */
export interface RinglogErrorOptions {
  /** Plain data (it crosses threads by structured clone) that a program can act on. */
  details?: Readonly<Record<string, unknown>> | undefined
  cause?: unknown
}
