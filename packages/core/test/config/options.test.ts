import { RinglogError } from '@ringlog/core'
import { booleanOption, integerOption, nameOption, resolveOptions } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'

const TABLE = {
  size: integerOption(10, { min: 1, max: 100 }),
  limit: integerOption(20, { min: 1 }),
  isFast: booleanOption(false),
  name: nameOption(),
}
const DEFAULTS = { size: 10, limit: 20, isFast: false, name: null }

const resolve = (given: unknown): object => resolveOptions('TestConfig', TABLE, given)

/** The one error of a configuration that is refused. */
function refusal(given: unknown, call: (given: unknown) => unknown = resolve): RinglogError {
  try {
    call(given)
  } catch (error) {
    if (RinglogError.is(error, 'INVALID_CONFIG')) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a configuration', () => {
  test('has the default of every option that is not given', () => {
    expect(resolve(undefined)).toEqual(DEFAULTS)
    expect(resolve({})).toEqual(DEFAULTS)
    expect(resolve({ limit: 7 })).toEqual({ ...DEFAULTS, limit: 7 })
  })

  test('has what is given for every option', () => {
    const given = { size: 1, limit: 2, isFast: true, name: 'a' }
    expect(resolve(given)).toEqual(given)
  })

  test('takes undefined for not given, but not null', () => {
    const nothing = { size: undefined, limit: undefined, isFast: undefined, name: undefined }
    expect(resolve(nothing)).toEqual(DEFAULTS)
    const nulls = { size: null, limit: null, isFast: null, name: null }
    expect(refusal(nulls).details['faults']).toEqual([
      { option: 'size', fault: 'must be an integer from 1 to 100, got null' },
      { option: 'limit', fault: 'must be an integer of at least 1, got null' },
      { option: 'isFast', fault: 'must be true or false, got null' },
      { option: 'name', fault: 'must be a non-empty string, got null' },
    ])
  })

  test('is frozen, and another object than the one given', () => {
    const given = { size: 5 }
    const config = resolve(given)
    given.size = 6
    expect(config).toEqual({ ...DEFAULTS, size: 5 })
    expect(Object.isFrozen(config)).toBe(true)
  })

  test('may be an instance of a class whose getters are the options', () => {
    class Settings {
      get size(): number {
        return 42
      }
    }
    expect(resolve(new Settings())).toEqual({ ...DEFAULTS, size: 42 })
  })
})

describe('a configuration is refused', () => {
  test('for an option that there is not, with the names of those that there are', () => {
    const fault = 'is not an option; did you mean size? There are size, limit, isFast, name'
    const error = refusal({ sise: 5 })
    expect(error.message).toBe(`TestConfig is not valid: sise ${fault}`)
    expect(error.details).toEqual({ faults: [{ option: 'sise', fault }] })
  })

  test('for an unknown option even where it is undefined', () => {
    expect(refusal({ sise: undefined }).details['faults']).toHaveLength(1)
  })

  test('for an option named like a method that every object has', () => {
    expect(refusal({ toString: 1 }).message).toContain('toString is not an option')
  })

  test('with every fault there is, in one error', () => {
    const error = refusal({ size: 0, other: 1, isFast: 'yes', limit: 5 })
    expect(error.details).toEqual({
      faults: [
        { option: 'other', fault: expect.stringContaining('is not an option') as string },
        { option: 'size', fault: 'must be an integer from 1 to 100, got 0' },
        { option: 'isFast', fault: 'must be true or false, got "yes"' },
      ],
    })
    expect(error.message).toMatch(
      /^TestConfig is not valid: other .*; size must be .* got 0; isFast must be .* got "yes"$/,
    )
  })

  test.each<[unknown, string]>([
    [null, 'null'],
    ['text', '"text"'],
    [7, '7'],
    [true, 'true'],
    [() => {}, 'a function'],
    [Symbol('s'), 'Symbol(s)'],
    [[], 'an array of 0'],
    [new Map([['size', 5]]), 'an object (Map)'],
  ])('where it is no object: %s', (given, shown) => {
    const error = refusal(given)
    expect(error.message).toBe(`TestConfig must be an object, got ${shown}`)
    expect(error.details).toEqual({
      faults: [{ option: '', fault: `must be an object, got ${shown}` }],
    })
  })
})

const resolveTogether = (given: unknown): object =>
  resolveOptions('TestConfig', TABLE, given, (config, report) => {
    if (config.size > config.limit) report('size', `must be at most limit, ${config.limit}`)
    if (config.isFast && config.name === null) report('name', 'is needed')
  })

describe('a check between options', () => {
  test('sees defaults and given values alike', () => {
    expect(resolveTogether({ size: 20 })).toEqual({ ...DEFAULTS, size: 20 })
    expect(refusal({ size: 21 }, resolveTogether).message).toBe(
      'TestConfig is not valid: size must be at most limit, 20',
    )
  })

  test('reports every fault it finds', () => {
    const error = refusal({ size: 9, limit: 8, isFast: true }, resolveTogether)
    expect(error.details['faults']).toEqual([
      { option: 'size', fault: 'must be at most limit, 8' },
      { option: 'name', fault: 'is needed' },
    ])
  })

  test('is not made where an option alone is at fault', () => {
    const error = refusal({ size: 99, limit: -8 }, resolveTogether)
    expect(error.details['faults']).toEqual([
      { option: 'limit', fault: 'must be an integer of at least 1, got -8' },
    ])
  })
})
