import { newBuiltInError } from './built-in-errors.ts'
import { ERROR_CODES } from './error-codes.ts'
import type { WireError, WireProperty, WireValue } from './error-wire.ts'
import { RinglogError } from './ringlog-error.ts'

/**
 * Rebuilds the error: ours with code, errorCode, retriable and details; a built-in one as an instance of
 * its class; with all properties of its own that could be cloned, and the rest of them in words.
 */
export function decodeError(wire: WireError): Error {
  const { code, type, name, message, stack, details, properties, cause } = wire
  let error: Error
  if (code !== null && Object.hasOwn(ERROR_CODES, code)) {
    error = new RinglogError(code, message, { details: define({}, details) })
  } else {
    error = newBuiltInError(type, name, message)
    if (error.name !== name) hide(error, 'name', name)
  }
  if (stack !== null) hide(error, 'stack', stack)
  if (cause !== null) hide(error, 'cause', decodeThrown(cause))
  return define(error, properties)
}

/** Rebuilds whatever was thrown: see `encodeThrown`. */
export function decodeThrown(wire: WireValue): unknown {
  if (wire.type === 'value') return wire.value
  if (wire.type === 'error') return decodeError(wire.error)
  if (wire.type === 'array') return wire.items.map(decodeThrown)
  return define({}, wire.properties)
}

function define<T extends object>(target: T, properties: readonly WireProperty[]): T {
  for (const [name, value, enumerable] of properties) {
    Object.defineProperty(target, name, {
      value: decodeThrown(value),
      enumerable,
      configurable: true,
      writable: true,
    })
  }
  return target
}

/** As the engine's own properties of an error are. */
function hide(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true })
}
