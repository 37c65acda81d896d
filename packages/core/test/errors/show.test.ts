import { show } from '@ringlog/core/internal'
import { expect, test } from 'vitest'

const throwing = (): never => {
  throw new Error('no')
}

test.each([
  [{ constructor: { name: Symbol('a') } }],
  [Object.defineProperty({}, 'constructor', { get: throwing })],
  [new Proxy({}, { get: throwing })],
])('what cannot be shown is said to be so, and nothing is thrown: case %#', (value) => {
  expect(show(value)).toBe('something that cannot be shown')
})

test('other values are shown by what they are', () => {
  const values = [Symbol('s'), 10n, null, undefined, [1, 2], Object.create(null), new Map()]
  expect(values.map(show)).toEqual([
    'Symbol(s)',
    '10n',
    'null',
    'undefined',
    'an array of 2',
    'an object (without a prototype)',
    'an object (Map)',
  ])
})
