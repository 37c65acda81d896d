import { RinglogError, type RinglogErrorCode } from '@ringlog/core'
import { decodeError, encodeError } from '@ringlog/core/internal'
import fc from 'fast-check'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { acrossPort, aPort, thrownAcrossPort } from './across-port.ts'
import { ERROR_CODES } from '../../src/errors/error-codes.ts'

const CODES = Object.keys(ERROR_CODES) as RinglogErrorCode[]

function chain(length: number): Error {
  let error = new Error('first')
  for (let i = 1; i < length; i++) error = new Error(`cause ${i}`, { cause: error })
  return error
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
      nested: { port: aPort },
      unprintable: Object.assign(Object.create(null), { callback: () => {} }),
    }
    const received = acrossPort(new RinglogError('INVALID_STATE', 'bad', { details }))
    expect(RinglogError.is(received, 'INVALID_STATE')).toBe(true)
    expect((received as RinglogError).details).toEqual({
      topic: 'orders',
      callback: 'the function callback',
      symbol: 'Symbol(why)',
      nested: { port: 'an object (MessagePort)' },
      unprintable: { callback: 'the function callback' },
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
      'just a text',
    ])
  })

  test('has its causes cut where they go round in a circle', () => {
    const one = new Error('one')
    const other = new RinglogError('WAKEUP', 'other', { cause: one })
    one.cause = other
    const circle = 'Error: one, which it is a part of'
    expect(causesOf(acrossPort(one))).toMatchObject([{ code: 'WAKEUP' }, circle])
    const itself = new Error('itself')
    itself.cause = itself
    expect(causesOf(acrossPort(itself))).toEqual(['Error: itself, which it is a part of'])
  })

  test('keeps twenty causes, and not an endless number of them', () => {
    expect(causesOf(acrossPort(chain(21)))).toHaveLength(20)
    expect(causesOf(acrossPort(chain(1_000))).at(-1)).toMatch(/^Error: cause \d+$/)
  })

  test('keeps what it has of its own: whatever structured clone carries, the rest in words', () => {
    const own = {
      code: 'ENOENT',
      errno: -2,
      status: 404n,
      at: new Date(5),
      path: undefined,
      body: Buffer.from('body').subarray(1),
      tags: new Map([['a', new Set([1])]]),
      request: { url: '/', retry: () => undefined, tries: [1, Symbol('two')] },
      socket: aPort,
    }
    const sent = Object.assign(new Error('no such file'), own)
    Object.defineProperty(sent, 'hidden', { value: 7 })
    Object.defineProperty(sent, '__proto__', { value: 'own', enumerable: true })
    const received = acrossPort(sent) as Error & typeof own & { hidden: number }
    expect(received).toMatchObject({
      ...own,
      body: Uint8Array.from(Buffer.from('ody')),
      request: { url: '/', retry: 'the function retry', tries: [1, 'Symbol(two)'] },
      socket: 'an object (MessagePort)',
    })
    expect(received.body.buffer.byteLength).toBe(3)
    expect(Object.keys(received)).toEqual([...Object.keys(own), '__proto__'])
    expect(received.hidden).toBe(7)
    expect(Object.getPrototypeOf(received)).toBe(Error.prototype)
  })

  test('is an instance of its built-in class, of which its own class may be a child', () => {
    class NoSuchOrder extends TypeError {
      override readonly name = 'NoSuchOrder'
      readonly status = 404
    }
    const received = acrossPort(new NoSuchOrder('no'))
    expect(received).toBeInstanceOf(TypeError)
    expect(received).toMatchObject({ name: 'NoSuchOrder', message: 'no', status: 404 })
    for (const type of [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
      expect(acrossPort(new type('x'))).toBeInstanceOf(type)
      expect(acrossPort(new type('x')).constructor).toBe(type)
    }
    const aborted = acrossPort(new DOMException('was aborted', 'AbortError')) as DOMException
    expect(aborted).toBeInstanceOf(DOMException)
    expect(aborted.code).toBe(DOMException.ABORT_ERR)
    const foreign = acrossPort(runInNewContext("Object.assign(new RangeError('far'), { n: 1 })"))
    expect(foreign).toBeInstanceOf(RangeError)
    expect(foreign).toMatchObject({ message: 'far', n: 1 })
  })

  test('keeps the errors in it whole: those of an AggregateError, and in its properties', () => {
    const inner = Object.assign(new RangeError('inner'), { status: 1 })
    const ours = new RinglogError('BUFFER_FULL', 'full', { details: { inner } })
    const sent = Object.assign(new AggregateError([inner, 'text', ours, { inner }], 'all'), {
      inner,
    })
    const received = acrossPort(sent) as typeof sent
    expect(received).toBeInstanceOf(AggregateError)
    const [first, text, second, held] = received.errors as [Error, string, RinglogError, object]
    for (const error of [first, received.inner, second.details['inner']]) {
      expect(error).toBeInstanceOf(RangeError)
      expect(error).toMatchObject({ message: 'inner', status: 1 })
    }
    expect(text).toBe('text')
    expect(RinglogError.is(second, 'BUFFER_FULL')).toBe(true)
    expect(held).toMatchObject({ inner: { status: 1 } })
    expect(Object.keys(received)).toEqual(['inner'])
  })

  test('crosses whatever it holds: any data as structured clone has it', () => {
    const data = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    })
    fc.assert(
      fc.property(data, data, (value, cause) => {
        const sent = Object.assign(new TypeError('x', { cause }), { value })
        const received = acrossPort(sent) as typeof sent
        expect(received.value).toStrictEqual(structuredClone(value))
        expect(received.cause).toStrictEqual(structuredClone(cause))
        expect(thrownAcrossPort(value)).toStrictEqual(structuredClone(value))
      }),
    )
  })
})
