import { describe, expect, test } from 'vitest'
import { spreadOf } from '../../src/metrics/spread.ts'

describe('a spread', () => {
  test.each([
    { values: [3], spread: { min: 3, median: 3, max: 3 } },
    { values: [5, 1, 3], spread: { min: 1, median: 3, max: 5 } },
    { values: [4, 1, 3, 2], spread: { min: 1, median: 2.5, max: 4 } },
    // By value, not by text.
    { values: [10, 9, 100, 1, 20], spread: { min: 1, median: 10, max: 100 } },
    { values: [0.5, -2, 0], spread: { min: -2, median: 0, max: 0.5 } },
  ])('of $values', ({ values, spread }) => {
    const given = [...values]
    expect(spreadOf(given)).toEqual(spread)
    expect(given).toEqual(values)
  })
})
