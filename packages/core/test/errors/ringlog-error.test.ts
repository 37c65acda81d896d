import { RinglogError, type RinglogErrorCode } from '@ringlog/core'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/errors/error-codes.ts'
import { RinglogError as OtherCopy } from '../../src/errors/ringlog-error.ts'

const CODES = Object.keys(ERROR_CODES) as RinglogErrorCode[]

function refuse(): never {
  throw new Error('refused')
}

describe('a RinglogError', () => {
  test.each(CODES)('has name, number, retriable and text of its code: %s', (code) => {
    const [errorCode, retriable, text] = ERROR_CODES[code]
    const error = new RinglogError(code)
    expect(error).toBeInstanceOf(Error)
    expect({ ...error, name: error.name, message: error.message }).toEqual({
      name: 'RinglogError',
      message: text,
      code,
      errorCode,
      retriable,
      details: {},
    })
  })

  test('is not what cannot be looked at', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(RinglogError.is(proxy)).toBe(false)
    expect(RinglogError.is(new Proxy({}, { has: refuse }))).toBe(false)
    expect(RinglogError.is(new Proxy(new RinglogError('WAKEUP'), { get: refuse }), 'WAKEUP')).toBe(
      false,
    )
  })

  test('takes a message, details and a cause', () => {
    const cause = new Error('the cause')
    const details = { topic: 'orders' }
    const error = new RinglogError('BUFFER_FULL', 'no room in orders-0', { details, cause })
    expect(error.message).toBe('no room in orders-0')
    expect(error.details).toEqual(details)
    expect(error.cause).toBe(cause)
    expect(error.stack).toContain('RinglogError: no room in orders-0')
  })

  test('has no cause unless one is given, even one that is undefined', () => {
    expect('cause' in new RinglogError('WAKEUP')).toBe(false)
    expect('cause' in new RinglogError('WAKEUP', 'text', { details: {} })).toBe(false)
    expect('cause' in new RinglogError('WAKEUP', 'text', { cause: undefined })).toBe(true)
  })
})

describe('RinglogError.is', () => {
  test('knows every error of ours, and its code', () => {
    const error = new RinglogError('WAKEUP')
    expect(RinglogError.is(error)).toBe(true)
    expect(RinglogError.is(error, 'WAKEUP')).toBe(true)
    expect(RinglogError.is(error, 'BUFFER_FULL')).toBe(false)
  })

  test('knows the errors of another copy of the package, which instanceof may not', () => {
    expect(RinglogError.is(new OtherCopy('WAKEUP'), 'WAKEUP')).toBe(true)
    expect(OtherCopy.is(new RinglogError('WAKEUP'), 'WAKEUP')).toBe(true)
  })

  test('knows the errors of another realm, where instanceof fails', () => {
    const error: unknown = runInNewContext(`
      const error = new Error('from elsewhere')
      error.code = 'WAKEUP'
      error[Symbol.for('ringlog.error')] = true
      error
    `)
    expect(error).not.toBeInstanceOf(Error)
    expect(RinglogError.is(error, 'WAKEUP')).toBe(true)
    expect(RinglogError.is(error, 'BUFFER_FULL')).toBe(false)
  })

  test.each([
    undefined,
    null,
    'WAKEUP',
    7,
    () => {},
    {},
    new Error('WAKEUP'),
    { code: 'WAKEUP', name: 'RinglogError' },
  ])('knows what is none: %s', (value) => {
    expect(RinglogError.is(value)).toBe(false)
    expect(RinglogError.is(value, 'WAKEUP')).toBe(false)
  })
})
