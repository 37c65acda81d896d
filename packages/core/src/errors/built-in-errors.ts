import { types } from 'node:util'

const NAMES = [
  'Error',
  'AggregateError',
  'DOMException',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SuppressedError',
  'SyntaxError',
  'TypeError',
  'URIError',
] as const

/** The classes of errors that every realm has, or a newer Node.js: `SuppressedError`. */
export type BuiltInErrorName = (typeof NAMES)[number]

type ErrorClass = abstract new (...args: never[]) => Error

/** Whether it is an error, of whichever realm: `instanceof` knows those of this one alone. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value)
}

/** The built-in class that an error is an instance of; of another realm, by the names of its classes. */
export function builtInNameOf(error: Error): BuiltInErrorName {
  const isOfThisRealm = error instanceof Error
  let prototype = Object.getPrototypeOf(error) as object | null
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype) as object | null) {
    for (const name of NAMES) {
      const isIt = isOfThisRealm
        ? prototype === classOf(name)?.prototype
        : prototype.constructor?.name === name
      if (isIt) return name
    }
  }
  return 'Error'
}

/** A new error that is an instance of the class; of `Error` where this Node.js does not have the class. */
export function newBuiltInError(type: BuiltInErrorName, name: string, message: string): Error {
  // Its name and message are no properties: only its constructor can set them.
  if (type === 'DOMException') return new DOMException(message, name)
  const error = new Error(message)
  const prototype: unknown = classOf(type)?.prototype
  if (typeof prototype === 'object') Object.setPrototypeOf(error, prototype)
  return error
}

function classOf(name: unknown): ErrorClass | undefined {
  const isKnown = (NAMES as readonly unknown[]).includes(name)
  return isKnown ? (globalThis as unknown as Record<string, ErrorClass>)[name as string] : undefined
}
