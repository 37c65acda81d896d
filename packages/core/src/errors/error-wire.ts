import { ERROR_CODES, type RinglogErrorCode } from './error-codes.ts'
import { RinglogError } from './ringlog-error.ts'

/**
 * An error as plain data. Structured clone drops `code` and a custom `name`, Comlink keeps only
 * name, message and stack: so what crosses a thread is this, and never an `Error`.
 */
export interface WireError {
  /** `null`: not one of our errors; `name` then says what it was. */
  code: RinglogErrorCode | null
  name: string
  message: string
  stack: string | null
  details: Readonly<Record<string, unknown>>
  cause: WireError | null
}

/** A chain of causes longer than this is cut: it may be a circle. */
const MAX_CAUSES = 8

/** Copies any thrown value into plain data; never throws itself. */
export function encodeError(thrown: unknown, depth = 0): WireError {
  if (!(thrown instanceof Error) && !RinglogError.is(thrown)) {
    return {
      code: null,
      name: 'Error',
      message: describeThrown(thrown),
      stack: null,
      details: {},
      cause: null,
    }
  }
  const hasCause = thrown.cause !== undefined && depth < MAX_CAUSES
  return {
    code: RinglogError.is(thrown) ? thrown.code : null,
    name: thrown.name,
    message: thrown.message,
    stack: thrown.stack ?? null,
    details: RinglogError.is(thrown) ? plainDetails(thrown.details) : {},
    cause: hasCause ? encodeError(thrown.cause, depth + 1) : null,
  }
}

/** Rebuilds the error: ours with code, errorCode, retriable and details; others by name. */
export function decodeError(wire: WireError): Error {
  const options = wire.cause === null ? {} : { cause: decodeError(wire.cause) }
  let error: Error
  if (wire.code !== null && Object.hasOwn(ERROR_CODES, wire.code)) {
    error = new RinglogError(wire.code, wire.message, { ...options, details: wire.details })
  } else {
    error = new Error(wire.message, options)
    Object.defineProperty(error, 'name', { value: wire.name, configurable: true, writable: true })
  }
  if (wire.stack !== null) error.stack = wire.stack
  return error
}

function describeThrown(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'a value that cannot be printed'
  }
}

/** Details that cannot be cloned must not take the error itself down with them. */
function plainDetails(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(details)) {
    try {
      plain[name] = structuredClone(value)
    } catch {
      plain[name] = describeThrown(value)
    }
  }
  return plain
}
