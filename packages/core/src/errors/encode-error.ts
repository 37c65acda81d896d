import { builtInNameOf, isError, type BuiltInErrorName } from './built-in-errors.ts'
import { describeThrown } from './describe-thrown.ts'
import type { RinglogErrorCode } from './error-codes.ts'
import {
  MAX_WIRE_DEPTH,
  MAX_WIRE_ERRORS,
  MAX_WIRE_PROPERTIES,
  NAMES_OF_ALL,
  NAMES_OF_OURS,
  type WireError,
  type WireProperty,
  type WireValue,
} from './error-wire.ts'
import { RinglogError } from './ringlog-error.ts'
import { show } from './show.ts'

const UNREADABLE = 'a value that cannot be read'

/**
 * Copies a thrown value into plain data; never throws itself, whatever was thrown. What is no error
 * becomes one that says in words what it was.
 */
export function encodeError(thrown: unknown): WireError {
  return new ErrorEncoder().encodeError(thrown)
}

/** The same, but what is no error stays what it is. */
export function encodeThrown(thrown: unknown): WireValue {
  return new ErrorEncoder().encode(thrown)
}

/**
 * Copies one thrown value, with the errors in it, into plain data. All of it may resist being read:
 * getters and proxies may throw, and need not come to an end.
 */
class ErrorEncoder {
  readonly #above = new Set<unknown>()
  /** What stands in it many times is encoded once: however often, it may be looked through for errors. */
  readonly #encoded = new Map<object, WireValue>()
  #errorsLeft = MAX_WIRE_ERRORS
  #propertiesLeft = MAX_WIRE_PROPERTIES

  encodeError(thrown: unknown): WireError {
    try {
      if (RinglogError.is(thrown) || isError(thrown)) return this.#error(thrown)
    } catch {
      return inWords(UNREADABLE)
    }
    return inWords(describeThrown(thrown))
  }

  encode(value: unknown): WireValue {
    try {
      return this.#value(value)
    } catch {
      return { type: 'value', value: UNREADABLE }
    }
  }

  #value(value: unknown): WireValue {
    if (typeof value === 'function' || typeof value === 'symbol') return words(value)
    if (typeof value !== 'object' || value === null) return { type: 'value', value }
    if (this.#above.has(value)) return words(value, 'which it is a part of')
    if (this.#above.size >= MAX_WIRE_DEPTH) return words(value)
    const known = this.#encoded.get(value)
    if (known !== undefined) return known
    const wire = this.#object(value)
    this.#encoded.set(value, wire)
    return wire
  }

  #object(value: object): WireValue {
    if (RinglogError.is(value) || isError(value)) {
      if (this.#errorsLeft === 0) return words(value)
      return { type: 'error', error: this.#error(value) }
    }
    const clone = cloneOf(value)
    const inClone = clone === null ? null : inspectClone(clone.value)
    if (clone !== null && inClone === 'data') return { type: 'value', value: clone.value }
    const isArray = Array.isArray(value)
    if (!isArray && !isPlain(value)) {
      return clone !== null && inClone === 'errors'
        ? { type: 'value', value: clone.value }
        : words(value)
    }
    this.#above.add(value)
    const parts: WireValue = isArray
      ? { type: 'array', items: this.#items(value) }
      : { type: 'object', properties: this.#properties(value, []).filter(isShown) }
    this.#above.delete(value)
    return parts
  }

  #error(error: Error): WireError {
    this.#errorsLeft--
    this.#above.add(error)
    const isOurs = RinglogError.is(error)
    const cause = read(error, 'cause')
    const details = isOurs ? read(error, 'details') : null
    const code = isOurs ? read(error, 'code') : null
    const stack = read(error, 'stack')
    const wire: WireError = {
      code: typeof code === 'string' ? (code as RinglogErrorCode) : null,
      type: typeOf(error),
      name: asText(read(error, 'name')),
      message: asText(read(error, 'message')),
      stack: typeof stack === 'string' ? stack : null,
      details:
        typeof details === 'object' && details !== null
          ? this.#properties(details, []).filter(isShown)
          : [],
      properties: this.#properties(error, isOurs ? NAMES_OF_OURS : NAMES_OF_ALL),
      cause: cause === undefined ? null : this.encode(cause),
    }
    this.#above.delete(error)
    return wire
  }

  #items(array: unknown[]): WireValue[] {
    const items: WireValue[] = []
    const length = Number(read(array, 'length'))
    while (items.length < length && this.#propertiesLeft-- > 0) {
      items.push(this.encode(read(array, String(items.length))))
    }
    return items
  }

  #properties(of: object, except: readonly string[]): WireProperty[] {
    const properties: WireProperty[] = []
    let names: string[]
    try {
      names = Object.getOwnPropertyNames(of)
    } catch {
      return []
    }
    for (const name of names) {
      if (except.includes(name)) continue
      if (this.#propertiesLeft-- <= 0) break
      properties.push([name, this.encode(read(of, name)), isEnumerable(of, name)])
    }
    return properties
  }
}

function inWords(message: string): WireError {
  const nothing = { code: null, stack: null, details: [], properties: [], cause: null }
  return { ...nothing, type: 'Error', name: 'Error', message }
}

/** Structured clone passes over what is not enumerable. */
function isShown([, , isIt]: WireProperty): boolean {
  return isIt
}

function words(value: unknown, more?: string): WireValue {
  const text = isErrorSafely(value) ? describeThrown(value) : show(value)
  return { type: 'value', value: more === undefined ? text : `${text}, ${more}` }
}

function isErrorSafely(value: unknown): boolean {
  try {
    return isError(value)
  } catch {
    return false
  }
}

function read(of: object, name: string): unknown {
  try {
    return (of as Record<string, unknown>)[name]
  } catch {
    return UNREADABLE
  }
}

function isEnumerable(of: object, name: string): boolean {
  try {
    return Object.prototype.propertyIsEnumerable.call(of, name)
  } catch {
    return true
  }
}

function typeOf(error: Error): BuiltInErrorName {
  try {
    return builtInNameOf(error)
  } catch {
    return 'Error'
  }
}

/** What ought to be a string need not be one: anything can be thrown. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : show(value)
}

/** `null`: it cannot be cloned. */
function cloneOf(value: object): { readonly value: unknown } | null {
  try {
    // A view would take all of the memory along that it is a part of.
    const isPart =
      value instanceof Uint8Array &&
      value.buffer instanceof ArrayBuffer &&
      value.byteLength < value.buffer.byteLength
    return { value: isPart ? Uint8Array.from(value) : structuredClone(value) }
  } catch {
    return null
  }
}

/**
 * What is in a clone that structured clone carries in part, or not into every thread: errors, of which it
 * drops the most; and what is nested so deep that a thread with a smaller stack cannot take it in.
 */
function inspectClone(clone: unknown): 'data' | 'errors' | 'too deep' {
  const seen = new Set<unknown>()
  let found: 'data' | 'errors' = 'data'
  let level = [clone]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_WIRE_DEPTH) return 'too deep'
    const next: unknown[] = []
    for (const value of level) {
      if (typeof value !== 'object' || value === null || seen.has(value)) continue
      if (seen.size >= MAX_WIRE_PROPERTIES) return found
      seen.add(value)
      if (isError(value)) found = 'errors'
      else for (const part of partsOf(value)) next.push(part)
    }
    level = next
  }
  return found
}

function partsOf(value: object): Iterable<unknown> {
  if (value instanceof Map) return [...value.keys(), ...value.values()]
  if (value instanceof Set) return value
  return Array.isArray(value) || isPlain(value) ? Object.values(value) : []
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
