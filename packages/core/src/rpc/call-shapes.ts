import { MessagePort } from 'node:worker_threads'
import { ERROR_CODES } from '../errors/error-codes.ts'
import { show } from '../errors/show.ts'

/**
 * What a value that came from another thread must be. Says what of it is not so, as the sentence that begins
 * with the value's name goes on: ` must be a string, got 5`, `[2].offset must be …`; `null`: nothing.
 */
export type Shape = (value: unknown) => string | null

/** The arguments of the methods of a service: their names, in their order, and what they must be. */
export type CallShapes<Service = Record<string, unknown>> = {
  readonly [Method in keyof Service]: Readonly<Record<string, Shape>>
}

/**
 * Says what of the arguments of a call is not as it must be, or `null`. Costs nothing that grows with what is
 * right about them, but for lists: for calls that are not made for each record.
 *
 * @param callShapes Of a service that has the method.
 */
export function findArgumentFault(
  callShapes: CallShapes,
  method: string,
  args: readonly unknown[],
): string | null {
  let i = 0
  for (const [name, argument] of Object.entries(callShapes[method]!)) {
    const fault = argument(args[i++])
    if (fault !== null) return `${method}(): ${name}${fault}`
  }
  return null
}

/** The method itself says what is wrong with it, or takes anything. */
export const anything: Shape = () => null
export const text = shape('a string', (value) => typeof value === 'string')
export const flag = shape('true or false', (value) => typeof value === 'boolean')
export const regExp = shape('a RegExp', (value) => value instanceof RegExp)
export const messagePort = shape('a MessagePort', (value) => value instanceof MessagePort)
export const errorCode = shape(
  'a code of RinglogError',
  (value) => typeof value === 'string' && Object.hasOwn(ERROR_CODES, value),
)
/** `Infinity` is one: a deadline that never comes. */
export const number = shape(
  'a number',
  (value) => typeof value === 'number' && !Number.isNaN(value),
)
export const wholeNumber = shape(
  'a non-negative integer',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
)

export function sharedMemory(bytes: number): Shape {
  return shape(
    `shared memory of at least ${bytes} bytes`,
    (value) => value instanceof SharedArrayBuffer && value.byteLength >= bytes,
  )
}

export function oneOf(...values: readonly unknown[]): Shape {
  return shape(`one of ${values.map(show).join(', ')}`, (value) => values.includes(value))
}

/** Either shape; what is neither is not as the second says. */
export function either(first: Shape, second: Shape): Shape {
  return (value) => (first(value) === null ? null : second(value))
}

export function nullable(inner: Shape): Shape {
  return (value) => (value === null ? null : inner(value))
}

export function listOf(item: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return mustBe('a list', value)
    for (let i = 0; i < value.length; i++) {
      const fault = item(value[i])
      if (fault !== null) return `[${i}]${fault}`
    }
    return null
  }
}

/** An object with these fields; others are passed over. */
export function fields(shapes: Readonly<Record<string, Shape>>): Shape {
  const entries = Object.entries(shapes)
  return (value) => {
    if (typeof value !== 'object' || value === null) return mustBe('an object', value)
    for (const [name, inner] of entries) {
      const fault = inner((value as Record<string, unknown>)[name])
      if (fault !== null) return `.${name}${fault}`
    }
    return null
  }
}

/** An object whose field `type` says which fields it has. */
export function variants(shapes: Readonly<Record<string, Shape>>): Shape {
  const hasType = fields({ type: oneOf(...Object.keys(shapes)) })
  return (value) => hasType(value) ?? shapes[(value as { type: string }).type]!(value)
}

function shape(what: string, is: (value: unknown) => boolean): Shape {
  return (value) => (is(value) ? null : mustBe(what, value))
}

function mustBe(what: string, value: unknown): string {
  return ` must be ${what}, got ${show(value)}`
}
