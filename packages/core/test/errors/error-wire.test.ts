import { RinglogError, type RinglogErrorCode } from '@ringlog/core'
import { decodeError, encodeError, type WireError } from '@ringlog/core/internal'
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads'
import { afterAll, describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../../src/errors/error-codes.ts'

const CODES = Object.keys(ERROR_CODES) as RinglogErrorCode[]

const { port1, port2 } = new MessageChannel()
afterAll(() => port1.close())

/** What the other side of a real port makes of a thrown value. */
function acrossPort(thrown: unknown): Error {
  port1.postMessage(encodeError(thrown))
  const received = receiveMessageOnPort(port2) as { message: WireError }
  return decodeError(received.message)
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = []
  for (let at = error; at instanceof Error && at.cause !== undefined; at = at.cause) {
    causes.push(at.cause)
  }
  return causes
}

describe('an error of ours that crosses a port', () => {
  test.each(CODES)('keeps all there is to it: %s', (code) => {
    const cause = new RinglogError('WORKER_CRASHED', 'the cause', { details: { exitCode: 7 } })
    const details = { topic: 'orders', offsets: [1, 2], nested: { at: new Date(5) }, none: null }
    const sent = new RinglogError(code, `what happened: ${code}`, { details, cause })
    const received = acrossPort(sent)
    expect(RinglogError.is(received, code)).toBe(true)
    expect(received).toBeInstanceOf(RinglogError)
    const { name, message, stack, errorCode, retriable } = sent
    expect(received).toMatchObject({ name, message, stack, code, errorCode, retriable })
    expect((received as RinglogError).details).toEqual(details)
    expect(RinglogError.is(received.cause, 'WORKER_CRASHED')).toBe(true)
    expect(received.cause).toMatchObject({ message: 'the cause', details: { exitCode: 7 } })
    expect(received.cause).toMatchObject({ stack: cause.stack })
  })

  test('has no cause where it had none', () => {
    expect('cause' in acrossPort(new RinglogError('WAKEUP'))).toBe(false)
  })

  test('crosses a second port as it crossed the first', () => {
    const details = { topic: 'orders' }
    const cause = new TypeError('the cause')
    const once = acrossPort(new RinglogError('BUFFER_FULL', 'no room', { details, cause }))
    expect(encodeError(acrossPort(once))).toEqual(encodeError(once))
  })

  test('keeps what can be cloned of its details, and prints the rest', () => {
    const details = {
      topic: 'orders',
      callback: () => 'text',
      symbol: Symbol('why'),
      nested: { port: port1 },
      unprintable: Object.assign(Object.create(null), { callback: () => {} }),
    }
    const received = acrossPort(new RinglogError('INVALID_STATE', 'bad', { details }))
    expect(RinglogError.is(received, 'INVALID_STATE')).toBe(true)
    expect((received as RinglogError).details).toEqual({
      topic: 'orders',
      callback: 'the function callback',
      symbol: 'Symbol(why)',
      nested: 'an object (Object)',
      unprintable: 'an object (without a prototype)',
    })
  })

  test('is known by its brand, also from another realm', () => {
    const foreign = Object.assign(Object.create({ name: 'RinglogError', message: 'foreign' }), {
      code: 'WAKEUP',
      details: { a: 1 },
      [Symbol.for('ringlog.error')]: true,
    }) as unknown
    expect(foreign).not.toBeInstanceOf(Error)
    const received = acrossPort(foreign)
    expect(RinglogError.is(received, 'WAKEUP')).toBe(true)
    expect(received).toMatchObject({ message: 'foreign', details: { a: 1 } })
  })

  test('of a code that this version does not know is an error by name', () => {
    const wire = encodeError(new RinglogError('WAKEUP', 'from the future'))
    for (const code of ['NEWER_CODE', 'toString', '__proto__']) {
      const received = decodeError({ ...wire, code: code as RinglogErrorCode })
      expect(RinglogError.is(received)).toBe(false)
      expect(received).toMatchObject({ name: 'RinglogError', message: 'from the future' })
    }
  })
})

describe('another error that crosses a port', () => {
  test('keeps name, message and stack', () => {
    const sent = new RangeError('out of range')
    const received = acrossPort(sent)
    expect(received).toBeInstanceOf(Error)
    expect(RinglogError.is(received)).toBe(false)
    expect(received).toMatchObject({ name: 'RangeError', message: sent.message, stack: sent.stack })
    expect(Object.keys(received)).not.toContain('name')
  })

  test('keeps its name also where that is no plain property', () => {
    const sent = new DOMException('was aborted', 'AbortError')
    expect(acrossPort(sent)).toMatchObject({ name: 'AbortError', message: 'was aborted' })
  })

  test('has a stack of its own where it had none', () => {
    const sent = new Error('without a stack')
    delete (sent as { stack?: string }).stack
    expect(encodeError(sent).stack).toBeNull()
    expect(acrossPort(sent).stack).toContain('without a stack')
  })

  test('keeps its causes, also those that are no errors', () => {
    const first = new Error('first', { cause: 'just a text' })
    const middle = new RinglogError('PARTITION_OFFLINE', 'middle', { cause: first })
    const causes = causesOf(acrossPort(new TypeError('last', { cause: middle })))
    expect(causes).toMatchObject([
      { code: 'PARTITION_OFFLINE', message: 'middle' },
      { message: 'first' },
      { message: 'just a text' },
    ])
  })

  test('has its causes cut where they go round in a circle', () => {
    const one = new Error('one')
    const other = new RinglogError('WAKEUP', 'other', { cause: one })
    one.cause = other
    const received = acrossPort(one)
    const causes = causesOf(received)
    expect(causes).toHaveLength(8)
    expect(causes.slice(0, 3)).toMatchObject([
      { message: 'other', code: 'WAKEUP' },
      { message: 'one' },
      { message: 'other', code: 'WAKEUP' },
    ])
    const itself = new Error('itself')
    itself.cause = itself
    expect(causesOf(acrossPort(itself))).toHaveLength(8)
  })
})

describe('an error that resists being read', () => {
  test('keeps its code, and of its details what can be read', () => {
    const details = {
      topic: 'orders',
      get trap(): never {
        throw new Error('trapped')
      },
    }
    const received = acrossPort(new RinglogError('WAKEUP', 'up', { details }))
    expect(received).toMatchObject({ code: 'WAKEUP', message: 'up' })
    expect((received as RinglogError).details).toEqual({
      topic: 'orders',
      trap: 'a value that cannot be read',
    })
  })

  test('crosses all the same: without details, with a name or message that is no text', () => {
    const branded = { [Symbol.for('ringlog.error')]: true, code: 'WAKEUP' }
    expect(acrossPort(Object.assign(new Error('bare'), branded))).toMatchObject({
      code: 'WAKEUP',
      message: 'bare',
      details: {},
    })
    const odd = Object.defineProperties(new Error('x'), {
      name: { value: 5 },
      message: { value: 7 },
    })
    expect(acrossPort(odd)).toMatchObject({ name: '5', message: '7' })
  })

  test('crosses as one that cannot be read: a throwing stack, a revoked proxy', () => {
    const throwing = Object.defineProperty(new Error('x'), 'stack', {
      get: () => {
        throw new Error('no stack')
      },
    })
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    for (const thrown of [throwing, proxy]) {
      expect(acrossPort(thrown).message).toBe('a value that cannot be read')
    }
  })
})

describe('a thrown value that is no error', () => {
  test.each<[unknown, string]>([
    ['a text', 'a text'],
    [7, '7'],
    [12n, '12'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('why'), 'Symbol(why)'],
    [{ code: 'WAKEUP' }, '[object Object]'],
    [[1, 2], '1,2'],
    [Object.create(null), 'a value that cannot be read'],
  ])('crosses as an error that prints it: %o', (thrown, message) => {
    const received = acrossPort(thrown)
    expect(received).toBeInstanceOf(Error)
    expect(RinglogError.is(received)).toBe(false)
    expect(received).toMatchObject({ name: 'Error', message })
    expect('cause' in received).toBe(false)
  })
})
