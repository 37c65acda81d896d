import {
  RinglogError,
  decodeError,
  decodeThrown,
  encodeError,
  encodeThrown,
  type WireError,
  type WireValue,
} from '@ringlog/core/internal'
import { deserialize, serialize } from 'node:v8'
import { Choices } from '../input/choices.ts'
import { hostileValue } from '../input/hostile-value.ts'
import { demand, type Target } from './target.ts'

/**
 * Errors on their way between threads: what is encoded may be anything that can be thrown, and what is
 * decoded anything that can be posted. Both always end, in an error.
 */
export function errorsTarget(): Target {
  return {
    name: 'errors',
    covers: ['decode-error', 'encode-error', 'built-in-errors', 'ringlog-error', 'show'].map(
      (file) => `packages/core/src/errors/${file}.ts`,
    ),
    generate: (random) => random.bytes(2 + random.below(120)),
    run(input) {
      const choices = new Choices(input)
      const isSound = choices.boolean()
      const value = hostileValue(choices)
      const wire = isSound ? wireLike(choices, value) : value
      const decoded = decodeError(wire as WireError)
      demand(decoded instanceof Error, () => 'what was decoded is no error')
      const isOurs = RinglogError.is(decoded)
      if (isOurs) demand(typeof decoded.code === 'string', () => 'an error of ours without a code')
      decodeThrown(wire as WireValue)
      // And back: what crossed once can cross again.
      const again = encodeThrown(hostileThrown(choices, value))
      structuredClone(again)
      decodeThrown(again)
      const encoded = encodeError(decoded)
      if (!holdsSharedMemory(value)) deserialize(serialize(encoded))
      return `${isSound ? 'sound' : 'any shape'}: ${decoded.name.slice(0, 30)} ${again.type}`
    },
  }
}

/** The shape of an error on the wire, any field of which may be something else. */
function wireLike(choices: Choices, value: unknown): unknown {
  const wire = { ...encodeError(new RinglogError('CORRUPT_MESSAGE', 'of the fuzzer')) }
  const field = choices.pick(Object.keys(wire) as Array<keyof WireError>)
  return { ...wire, [field]: choices.boolean() ? value : hostileValue(choices) }
}

function refuse(): never {
  throw new Error('refused')
}

/** What cannot be posted, but can be thrown: getters that throw, proxies that never end. */
function hostileThrown(choices: Choices, value: unknown): unknown {
  switch (choices.below(6)) {
    case 0:
      return Object.defineProperty(new Error('x'), 'message', { get: refuse })
    case 1: {
      const endless: object = new Proxy({}, { get: (_, name) => (name === 'then' ? 1 : endless) })
      return endless
    }
    case 2:
      return new Proxy(new Error('x'), { getPrototypeOf: refuse })
    case 3:
      return Object.assign(new RinglogError('WAKEUP'), { value, run: refuse })
    case 4:
      return new AggregateError([value, new Error('of it')], 'several')
    default:
      return value
  }
}

function holdsSharedMemory(value: unknown): boolean {
  try {
    serialize(value)
    return false
  } catch {
    return true
  }
}
