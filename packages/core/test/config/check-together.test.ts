import { integerOption, resolveOptions } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'

const TABLE = {
  low: integerOption(1, { min: 0 }),
  high: integerOption(10, { min: 0 }),
  size: integerOption(5, { min: 0 }),
}

function faultsOf(given: object): string[] {
  try {
    resolveOptions('TestConfig', TABLE, given, [
      {
        of: ['low', 'high'],
        check: ({ low, high }, report) => {
          if (low > high) report('low', `must be at most high, ${high}, got ${low}`)
        },
      },
      {
        of: ['size', 'high'],
        check: ({ size, high }, report) => {
          if (size > high) report('size', `must be at most high, ${high}, got ${size}`)
        },
      },
    ])
    return []
  } catch (error) {
    const { faults } = (error as { details: { faults: Array<{ option: string }> } }).details
    return faults.map(({ option }) => option)
  }
}

describe('checks between options', () => {
  test('are made with the defaults of what is not given', () => {
    expect(faultsOf({})).toEqual([])
    expect(faultsOf({ low: 11 })).toEqual(['low'])
  })

  test('are all made, and told together', () => {
    expect(faultsOf({ low: 4, size: 4, high: 3 })).toEqual(['low', 'size'])
  })

  test('are made though an option is faulty that they do not look at', () => {
    expect(faultsOf({ low: 11, size: -1 })).toEqual(['size', 'low'])
  })

  test('are not made with an option that is faulty itself', () => {
    expect(faultsOf({ low: 11, high: -1, size: 6 })).toEqual(['high'])
  })
})
