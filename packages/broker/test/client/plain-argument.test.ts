import { describe, expect, test } from 'vitest'
import { toPlain, toPlainOptions } from '../../src/client/plain-argument.ts'

describe('an argument on its way to the controller', () => {
  test.each([1, 'a', null, undefined, true, 7n])('stays what it is: %s', (given) => {
    expect(toPlain(given)).toBe(given)
  })

  test('becomes text where it cannot cross', () => {
    expect(toPlain<unknown>(() => 1)).toBe('a function')
    expect(toPlain<unknown>(Symbol('x'))).toBe('Symbol(x)')
    expect(toPlain<unknown>({ nested: () => 1 })).toBe('an object (Object)')
  })

  test('keeps the options that can cross beside those that cannot', () => {
    const given = { partitions: 3, whenFull: () => 'block', waitStrategy: { spinMicros: 5 } }
    expect(toPlainOptions<unknown>(given)).toEqual({ ...given, whenFull: 'the function whenFull' })
    expect(toPlainOptions(undefined)).toBeUndefined()
    expect(toPlainOptions<unknown>(() => 1)).toBe('a function')
    expect(toPlainOptions([1])).toEqual([1])
  })
})
