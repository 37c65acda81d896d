import {
  MAX_TIMER_MS,
  booleanOption,
  callbackOption,
  choiceOption,
  durationMsOption,
  integerOption,
  nameOption,
  show,
  type Option,
} from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'

/** Each value beside what is reported for it. */
function faultsOf(option: Option<unknown>, values: readonly unknown[]): Array<string | null> {
  return values.map((value) => option.fault(value))
}

function expectAccepted(option: Option<unknown>, values: readonly unknown[]): void {
  expect(faultsOf(option, values)).toEqual(values.map(() => null))
}

function expectRefused(option: Option<unknown>, values: readonly unknown[], rule: string): void {
  expect(faultsOf(option, values)).toEqual(values.map((value) => `${rule}, got ${show(value)}`))
}

/** What is of no use as a number. */
const NO_NUMBERS = ['5', '', null, true, 5n, [], {}, NaN, Symbol('5'), new Date(5)]

describe('an integer', () => {
  test('is taken within its bounds, both included', () => {
    const option = integerOption(5, { min: 2, max: 8 })
    expect(option.default).toBe(5)
    expectAccepted(option, [2, 3, 8])
    const outside = [1, 9, -5, 2.5, Infinity, -Infinity, ...NO_NUMBERS]
    expectRefused(option, outside, 'must be an integer from 2 to 8')
  })

  test('may be as large as a safe integer where there is no upper bound', () => {
    const option = integerOption(0, { min: 0 })
    expectAccepted(option, [0, Number.MAX_SAFE_INTEGER])
    expectRefused(option, [-1, ...NO_NUMBERS], 'must be an integer of at least 0')
    const above = [Number.MAX_SAFE_INTEGER + 1, Infinity]
    expectRefused(option, above, 'must be an integer from 0 to 9007199254740991')
  })
})

describe('a duration', () => {
  test('is taken up to the longest delay of a timer, with fractions', () => {
    expect(MAX_TIMER_MS).toBe(2_147_483_647)
    const option = durationMsOption(100)
    expect(option.default).toBe(100)
    expectAccepted(option, [0, 0.5, 1, MAX_TIMER_MS])
    const outside = [-1, -0.001, MAX_TIMER_MS + 1, Infinity, ...NO_NUMBERS]
    expectRefused(option, outside, 'must be a number of milliseconds from 0 to 2147483647')
  })

  test('may have a least length', () => {
    const option = durationMsOption(100, 10)
    expectAccepted(option, [10, 10.5])
    expectRefused(option, [9.99, 0], 'must be a number of milliseconds from 10 to 2147483647')
  })
})

describe('a choice', () => {
  test('is one of a list, and nothing that merely looks like it', () => {
    const option = choiceOption<string | number>('block', ['block', 'evict', 1])
    expect(option.default).toBe('block')
    expectAccepted(option, ['block', 'evict', 1])
    const others = ['Block', 'block ', '', '1', 0, null, ['block'], {}, new String('block')]
    expectRefused(option, others, 'must be one of "block", "evict", 1')
  })
})

describe('a switch', () => {
  test('is true or false, and nothing that merely counts as such', () => {
    const option = booleanOption(true)
    expect(option.default).toBe(true)
    expectAccepted(option, [true, false])
    expectRefused(option, [0, 1, '', 'true', null, [], {}], 'must be true or false')
  })
})

describe('a name', () => {
  test('is a string that is not empty, and null where none is given', () => {
    const option = nameOption()
    expect(option.default).toBeNull()
    expectAccepted(option, ['a', ' ', 'orders'])
    expectRefused(option, ['', null, 7, ['a'], {}], 'must be a non-empty string')
  })
})

describe('a callback', () => {
  test('is a function, and null where none is given', () => {
    const option = callbackOption<() => void>()
    expect(option.default).toBeNull()
    expectAccepted(option, [() => {}, isNothing, async () => {}, Date])
    expectRefused(option, [null, 'f', {}, []], 'must be a function')
  })
})

class Settings {
  size = 5
}

function isNothing(): void {}

describe('what a user gave is shown', () => {
  test.each<[unknown, string]>([
    ['text', '"text"'],
    ['', '""'],
    ['two\nlines "quoted"', '"two\\nlines \\"quoted\\""'],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
    [7, '7'],
    [-0.5, '-0.5'],
    [NaN, 'NaN'],
    [12n, '12n'],
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('why'), 'Symbol(why)'],
    [() => {}, 'a function'],
    [isNothing, 'the function isNothing'],
    [Date, 'the function Date'],
    [[], 'an array of 0'],
    [[1, 2], 'an array of 2'],
    [{}, 'an object (Object)'],
    [new Settings(), 'an object (Settings)'],
    [new Map(), 'an object (Map)'],
    [Object.create(null), 'an object (without a prototype)'],
  ])('short and on one line: %o', (value, shown) => {
    expect(show(value)).toBe(shown)
  })
})
