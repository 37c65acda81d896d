import { RinglogError } from '@ringlog/core'
import {
  decodeError,
  decodeThrown,
  encodeError,
  type WireError,
  type WireValue,
} from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'

const sound = encodeError(new RinglogError('WAKEUP', 'up', { details: { topic: 'orders' } }))
const unreadable = {
  code: 'UNKNOWN_SERVER_ERROR',
  message: expect.stringContaining('cannot be read'),
}

function decode(wire: unknown): Error {
  return decodeError(wire as WireError)
}

/** Small, and endless to walk: each level has the one below twice. */
function doubled(level: number): unknown {
  const below = level === 0 ? { type: 'value', value: 1 } : doubled(level - 1)
  return { type: 'array', items: [below, below] }
}

describe('a message that says it is an error', () => {
  test.each([undefined, null, 0, 'text', [], {}, { message: 5 }, new Map(), new Error('as it is')])(
    'is one in any case: %s',
    (wire) => {
      expect(decode(wire)).toBeInstanceOf(Error)
      expect(decodeThrown(wire as WireValue)).toMatchObject(unreadable)
    },
  )

  test.each(Object.keys(sound) as Array<keyof WireError>)(
    'may have anything as its %s',
    (field) => {
      const values = [
        undefined,
        null,
        5,
        '',
        'x',
        [],
        {},
        [[]],
        [[1, 2]],
        [null],
        { type: 'value' },
      ]
      for (const value of values) expect(decode({ ...sound, [field]: value })).toBeInstanceOf(Error)
    },
  )

  test('takes no more work than one that an encoder wrote', () => {
    const items = { type: 'array', items: doubled(60) }
    const properties = [['doubled', doubled(60), true]]
    expect(decodeThrown(doubled(60) as WireValue)).toBeInstanceOf(Array)
    expect(decode({ ...sound, properties, details: properties, cause: items })).toMatchObject({
      code: 'WAKEUP',
    })
  })

  test('may have itself as a part', () => {
    const circle: Record<string, unknown> = { ...sound }
    circle['cause'] = { type: 'error', error: circle }
    expect(decode(circle)).toMatchObject({ code: 'WAKEUP', cause: { code: 'WAKEUP' } })
  })

  test('cannot replace what makes it an error of ours', () => {
    const properties = ['code', 'retriable', 'errorCode', 'details', 'message', 'cause'].map(
      (name) => [name, { type: 'value', value: {} }, true],
    )
    expect(decode({ ...sound, properties })).toMatchObject({
      code: 'WAKEUP',
      retriable: false,
      message: 'up',
      details: { topic: 'orders' },
    })
  })

  test('does not reach the prototypes of this thread', () => {
    const properties = [['__proto__', { type: 'value', value: { polluted: true } }, true]]
    const error = decode({ ...sound, properties, details: properties })
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(error).toBeInstanceOf(RinglogError)
  })
})
