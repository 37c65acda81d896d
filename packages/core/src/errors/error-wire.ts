import type { BuiltInErrorName } from './built-in-errors.ts'
import type { RinglogErrorCode } from './error-codes.ts'

/**
 * An error as plain data. Structured clone drops `code`, a custom `name` and all own properties, and
 * Comlink keeps only name, message and stack: so what crosses a thread is this, and never an `Error`.
 */
export interface WireError {
  /** `null`: not one of our errors; `type` and `name` then say what it was. */
  code: RinglogErrorCode | null
  /** The built-in class that it is an instance of, in all realms. */
  type: BuiltInErrorName
  name: string
  message: string
  stack: string | null
  /** Those of an error of ours. */
  details: WireProperty[]
  /** What else it has of its own: `errno`, `status`, the `errors` of an AggregateError. */
  properties: WireProperty[]
  /** `null`: it has none. */
  cause: WireValue | null
}

/** A property; one that is not enumerable stays so. */
export type WireProperty = readonly [name: string, value: WireValue, isEnumerable: boolean]

/** A value that can be posted: structured clone carries it, but for the errors in it. */
export type WireValue =
  | { type: 'value'; value: unknown }
  | { type: 'error'; error: WireError }
  | { type: 'array'; items: WireValue[] }
  | { type: 'object'; properties: WireProperty[] }
