import { show } from './show.ts'
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

const UNREADABLE = 'a value that cannot be read'

/** A chain of causes longer than this is cut: it may be a circle. */
const MAX_CAUSES = 8

/** Copies any thrown value into plain data; never throws itself, whatever was thrown. */
export function encodeError(thrown: unknown): WireError {
  return encodeCause(thrown, 0)
}

function encodeCause(thrown: unknown, depth: number): WireError {
  try {
    if (RinglogError.is(thrown) || thrown instanceof Error) return encode(thrown, depth)
    return unreadable(String(thrown))
  } catch {
    return unreadable(UNREADABLE)
  }
}

function encode(error: Error, depth: number): WireError {
  const isOurs = RinglogError.is(error)
  const hasCause = error.cause !== undefined && error.cause !== null && depth < MAX_CAUSES
  return {
    code: isOurs ? error.code : null,
    name: asText(error.name),
    message: asText(error.message),
    stack: typeof error.stack === 'string' ? error.stack : null,
    details: isOurs ? plainDetails(error.details) : {},
    cause: hasCause ? encodeCause(error.cause, depth + 1) : null,
  }
}

/** What ought to be a string need not be one: anything can be thrown. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : show(value)
}

function unreadable(message: string): WireError {
  return { code: null, name: 'Error', message, stack: null, details: {}, cause: null }
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

/** Details that cannot be read or cloned must not take the error itself down with them. */
function plainDetails(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain: Record<string, unknown> = {}
  for (const name of Object.keys(details ?? {})) plain[name] = plainValue(details, name)
  return plain
}

function plainValue(details: Readonly<Record<string, unknown>>, name: string): unknown {
  let value: unknown
  try {
    value = details[name]
    return structuredClone(value)
  } catch {
    return value === undefined ? UNREADABLE : show(value)
  }
}
