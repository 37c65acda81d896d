import type { Choices } from './choices.ts'

const MAX_DEPTH = 5
const MAX_PARTS = 6

/** Names that mean something to Ringlog, to Comlink, or to JavaScript itself. */
const NAMES = [
  'id',
  'type',
  'path',
  'argumentList',
  'value',
  'name',
  'append',
  'message',
  'stack',
  'cause',
  'code',
  'details',
  'properties',
  'error',
  'items',
  'buffer',
  'sizeBytes',
  'requestDeadlineMs',
  'waitingSinceMs',
  'maxBlockMs',
  'baseOffset',
  'logAppendTimeMs',
  'retriable',
  'errorCode',
  'length',
  'constructor',
  'prototype',
  '__proto__',
  'toString',
  'then',
  'brokerId',
  'controllerThreadId',
  'processId',
  'port',
  'runIds',
  'values',
  'runId',
  'partitions',
] as const

const TEXTS = [
  ...NAMES,
  '',
  'GET',
  'SET',
  'APPLY',
  'CONSTRUCT',
  'ENDPOINT',
  'RELEASE',
  'RAW',
  'HANDLER',
  'throw',
  'proxy',
  'move',
  'array',
  'object',
  'CORRUPT_MESSAGE',
  'TypeError',
  'DOMException',
  'AggregateError',
  '\ud800',
  'x'.repeat(10_000),
] as const

/** A value of any shape that structured clone can carry; the same object may stand in it many times. */
export function hostileValue(choices: Choices): unknown {
  return valueAt(choices, 0, [])
}

function valueAt(choices: Choices, depth: number, above: object[]): unknown {
  const kind = choices.below(depth < MAX_DEPTH ? 20 : 10)
  switch (kind) {
    case 0:
      return undefined
    case 1:
      return null
    case 2:
      return choices.boolean()
    case 3:
    case 4:
      return choices.number()
    case 5:
    case 6:
    case 7:
      return choices.pick(TEXTS)
    case 8:
      return BigInt(choices.int32()) << BigInt(choices.below(70))
    case 9:
      return binaryOf(choices)
    case 10:
    case 11:
      return fill(choices, depth, above, [])
    case 12:
      return new Map([[valueAt(choices, depth + 1, above), valueAt(choices, depth + 1, above)]])
    case 13:
      return new Error(choices.pick(TEXTS), { cause: valueAt(choices, depth + 1, above) })
    case 14:
      return above.length > 0 ? choices.pick(above) : null // a circle
    case 15:
      return choices.below(32) === 0 ? doubled(choices) : []
    default:
      return fill(choices, depth, above, {})
  }
}

function fill<T extends object>(choices: Choices, depth: number, above: object[], into: T): T {
  above.push(into)
  const parts = choices.below(MAX_PARTS)
  for (let i = 0; i < parts; i++) {
    const value = valueAt(choices, depth + 1, above)
    if (Array.isArray(into)) into.push(value)
    else define(into, choices.pick(NAMES), value)
  }
  above.pop()
  return into
}

/** Small to write down, and endless to walk: each level has the one below twice. */
function doubled(choices: Choices): unknown {
  const isErrors = choices.boolean()
  let value: unknown = { type: 'value', value: 1 }
  for (let level = choices.below(64); level > 0; level--) {
    value = isErrors
      ? {
          type: 'object',
          properties: [
            ['a', value, true],
            ['b', value, true],
          ],
        }
      : { type: 'array', items: [value, value] }
  }
  return value
}

function binaryOf(choices: Choices): unknown {
  const bytes = choices.bytes(80)
  switch (choices.below(5)) {
    case 0:
      return bytes
    case 1:
      return bytes.buffer
    case 2:
      return new SharedArrayBuffer(choices.pick([0, 1, 7, 8, 61, 256]))
    case 3:
      return new DataView(bytes.buffer)
    default:
      return new Float64Array([choices.number()])
  }
}

/** As structured clone would: an own property, whatever its name. */
function define(into: object, name: string, value: unknown): void {
  Object.defineProperty(into, name, { value, enumerable: true, configurable: true, writable: true })
}
