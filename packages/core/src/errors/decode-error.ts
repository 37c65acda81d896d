import { newBuiltInError } from './built-in-errors.ts'
import { ERROR_CODES, type RinglogErrorCode } from './error-codes.ts'
import {
  MAX_WIRE_DEPTH,
  MAX_WIRE_VALUES,
  NAMES_OF_ALL,
  NAMES_OF_OURS,
  type WireError,
  type WireValue,
} from './error-wire.ts'
import { RinglogError } from './ringlog-error.ts'
import { show } from './show.ts'

/**
 * Rebuilds the error: ours with code, errorCode, retriable and details; a built-in one as an instance of
 * its class; with all properties of its own that could be cloned, and the rest of them in words.
 *
 * Never throws, and always ends: of a message that is no such error, UNKNOWN_SERVER_ERROR is made, and parts
 * that make no sense, or are more than an encoder writes, are left out.
 */
export function decodeError(wire: WireError): Error {
  return new ErrorDecoder().decodeError(wire)
}

/** Rebuilds whatever was thrown: see `encodeThrown`. As `decodeError`, it takes a message of any shape. */
export function decodeThrown(wire: WireValue): unknown {
  return new ErrorDecoder().decode(wire)
}

/** Fields of a message from another thread: each may be missing, or something else. */
type Received<T> = { readonly [Name in keyof T]?: unknown }

/**
 * Rebuilds one thrown value. A message may have the same object in it many times, or itself: so the work is
 * bounded, not the size of the message.
 */
class ErrorDecoder {
  #valuesLeft = MAX_WIRE_VALUES
  #depth = 0

  decode(wire: unknown): unknown {
    if (!isObject(wire) || this.#valuesLeft-- <= 0 || this.#depth > MAX_WIRE_DEPTH) {
      return this.#unreadable(wire)
    }
    const received = wire as { type?: unknown; value?: unknown } & Record<string, unknown>
    this.#depth++
    try {
      if (received.type === 'value') return received.value
      if (received.type === 'error') return this.decodeError(received['error'])
      if (received.type === 'array') return this.#items(received['items'])
      if (received.type === 'object') return this.#define({}, received['properties'], [])
      return this.#unreadable(wire)
    } finally {
      this.#depth--
    }
  }

  decodeError(wire: unknown): Error {
    if (!isObject(wire)) return unreadable(wire)
    const { code, type, name, message, stack, cause, ...more } = wire as Received<WireError>
    if (typeof message !== 'string') return unreadable(wire)
    const isOurs = isCode(code)
    const error = isOurs
      ? new RinglogError(code, message, { details: this.#define({}, more.details, []) })
      : newBuiltInError(type as WireError['type'], asText(name), message)
    if (!isOurs && error.name !== name) hide(error, 'name', asText(name))
    if (typeof stack === 'string') hide(error, 'stack', stack)
    if (cause !== null && cause !== undefined) hide(error, 'cause', this.decode(cause))
    return this.#define(error, more.properties, isOurs ? NAMES_OF_OURS : NAMES_OF_ALL)
  }

  /** What is thrown is an error in any case; a part of it becomes text. */
  #unreadable(wire: unknown): unknown {
    return this.#depth <= 1 ? unreadable(wire) : `a value that cannot be read: ${show(wire)}`
  }

  #items(items: unknown): unknown[] {
    const decoded: unknown[] = []
    if (!Array.isArray(items)) return decoded
    for (const item of items) {
      if (this.#valuesLeft <= 0) break
      decoded.push(this.decode(item))
    }
    return decoded
  }

  #define<T extends object>(target: T, properties: unknown, except: readonly string[]): T {
    if (!Array.isArray(properties)) return target
    for (const property of properties as unknown[]) {
      if (this.#valuesLeft <= 0) break
      if (!Array.isArray(property)) continue
      const [name, value, isEnumerable] = property as unknown[]
      if (typeof name !== 'string' || except.includes(name)) continue
      Object.defineProperty(target, name, {
        value: this.decode(value),
        enumerable: isEnumerable === true,
        configurable: true,
        writable: true,
      })
    }
    return target
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isCode(code: unknown): code is RinglogErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code)
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : 'Error'
}

function unreadable(wire: unknown): RinglogError {
  return new RinglogError(
    'UNKNOWN_SERVER_ERROR',
    `another thread sent an error that cannot be read: ${show(wire)}`,
  )
}

/** As the engine's own properties of an error are. */
function hide(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true })
}
