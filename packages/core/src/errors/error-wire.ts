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

/** How much of an error is encoded; what lies deeper becomes text. An error may be endless, or a circle. */
export const MAX_WIRE_ERRORS = 100
export const MAX_WIRE_DEPTH = 100
export const MAX_WIRE_PROPERTIES = 10_000
/** All that an encoder writes at most: beside the properties, each error has itself and a cause. */
export const MAX_WIRE_VALUES = MAX_WIRE_PROPERTIES + 2 * MAX_WIRE_ERRORS

/** Properties with a place of their own in a `WireError`. */
export const NAMES_OF_ALL: readonly string[] = ['name', 'message', 'stack', 'cause']
export const NAMES_OF_OURS: readonly string[] = [
  ...NAMES_OF_ALL,
  'code',
  'errorCode',
  'retriable',
  'details',
]
