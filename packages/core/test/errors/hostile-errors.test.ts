import { RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { acrossPort, thrownAcrossPort } from './across-port.ts'

function refused(): void {}

function refuse(): never {
  throw new Error('refused')
}

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

  test('crosses without what cannot be read: a throwing stack, a revoked proxy', () => {
    const throwing = Object.defineProperty(new Error('x'), 'stack', {
      get: () => {
        throw new Error('no stack')
      },
    })
    expect(acrossPort(throwing)).toMatchObject({ message: 'x', stack: expect.any(String) })
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(acrossPort(proxy)).toBeInstanceOf(Error)
    expect(thrownAcrossPort(proxy)).toBe('a value that cannot be read')
  })

  test('crosses however large, deep, endless or hostile it is', () => {
    const traps = ['get', 'ownKeys', 'getPrototypeOf', 'has', 'getOwnPropertyDescriptor'] as const
    const hostile = traps.flatMap((trap) => [
      new Proxy(new Error('x'), { [trap]: refuse }),
      new Proxy({}, { [trap]: refuse }),
      new Proxy([], { [trap]: refuse }),
    ])
    let deep: object = {}
    for (let i = 0; i < 4_000; i++) deep = { deep }
    const deeper = { deep, [Symbol.iterator]: () => refuse() }
    const wide = new Error('wide', { cause: Array.from({ length: 2e5 }, () => 0) })
    const many: Error[] = []
    for (let i = 0; i < 200; i++) many.push(new AggregateError([...many], String(i)))
    const endless = new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : endless) })
    const forged = { [Symbol.for('ringlog.error')]: true, code: () => 'x', details: endless }
    let doubled: object = new Error('the one at the bottom')
    for (let i = 0; i < 60; i++) doubled = { left: doubled, right: [doubled] }
    const infinite = new Proxy([], { get: (_, name) => (name === 'length' ? Infinity : () => 1) })
    const all = [
      ...hostile,
      doubled,
      deep,
      deeper,
      wide,
      many.at(-1),
      many,
      endless,
      forged,
      infinite,
    ]
    for (const [i, thrown] of all.entries()) {
      expect(acrossPort(thrown), String(i)).toBeInstanceOf(Error)
      expect(acrossPort(Object.assign(new Error('held'), { thrown })).message).toBe('held')
      expect(() => thrownAcrossPort(thrown)).not.toThrow()
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
    [{ code: 'WAKEUP' }, "{ code: 'WAKEUP' }"],
    [[1, 2], '[ 1, 2 ]'],
    [Object.create(null), '[Object: null prototype] {}'],
    [{ call() {} }, '{ call: [Function: call] }'],
  ])('crosses as an error that prints it where an error is wanted: %o', (thrown, message) => {
    const received = acrossPort(thrown)
    expect(received).toBeInstanceOf(Error)
    expect(RinglogError.is(received)).toBe(false)
    expect(received).toMatchObject({ name: 'Error', message })
    expect('cause' in received).toBe(false)
  })

  test.each<[unknown, unknown]>([
    [undefined, undefined],
    [null, null],
    [
      { status: 404, at: new Date(5) },
      { status: 404, at: new Date(5) },
    ],
    [Symbol('why'), 'Symbol(why)'],
    [refused, 'the function refused'],
    [
      { status: 404, refused },
      { status: 404, refused: 'the function refused' },
    ],
    [
      [1, refused, [2n]],
      [1, 'the function refused', [2n]],
    ],
  ])('crosses as what it is where anything may come: %o', (thrown, arrives) => {
    expect(thrownAcrossPort(thrown)).toEqual(arrives)
  })
})
