import { describe, expect, test } from 'vitest'
import { StampChecker, patternValue, stamp } from '../../src/metrics/stamped-value.ts'
import { MAX_MIXED_BYTES, MIN_MIXED_BYTES, ValueSizes } from '../../src/metrics/value-sizes.ts'

/** Of the sequences from `first` on. */
function sizesOf(sizes: ValueSizes, first: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => sizes.bytes[(first + i) & sizes.mask]!)
}

describe('the sizes of values', () => {
  test('are all alike, or mixed where there is a seed', () => {
    expect(sizesOf(ValueSizes.of({ recordSizeBytes: 100 }), 7, 3)).toEqual([100, 100, 100])
    expect(ValueSizes.of({ seed: 3 }).bytes).toEqual(ValueSizes.mixed(3).bytes)
  })

  test('mixed ones are the same for a seed, and others for another', () => {
    expect(ValueSizes.mixed(1).bytes).toEqual(ValueSizes.mixed(1).bytes)
    expect(ValueSizes.mixed(1).bytes).not.toEqual(ValueSizes.mixed(2).bytes)
  })

  test.each([0, 1, 2 ** 31 - 1])('mixed ones take each size about as often: seed %i', (seed) => {
    const { bytes } = ValueSizes.mixed(seed)
    expect(Math.min(...bytes)).toBe(MIN_MIXED_BYTES)
    expect(Math.max(...bytes)).toBe(MAX_MIXED_BYTES)
    const quarter = (MAX_MIXED_BYTES - MIN_MIXED_BYTES + 1) / 4
    const inQuarter = [0, 1, 2, 3].map(
      (i) => bytes.filter((size) => Math.floor((size - MIN_MIXED_BYTES) / quarter) === i).length,
    )
    for (const count of inQuarter) expect(count / bytes.length).toBeCloseTo(0.25, 1)
  })

  test.each([
    [0, 10],
    [5, 0],
    [4_000, 200],
    [123_456, 10_000],
  ])('from sequence %i, %i of them, add up', (first, count) => {
    const sizes = ValueSizes.mixed(9)
    const expected = sizesOf(sizes, first, count).reduce((a, b) => a + b, 0)
    expect(sizes.total(first, count)).toBe(expected)
  })

  test('are asked of each value: one of the size of another is refused', () => {
    const sizes = ValueSizes.mixed(4)
    const [first, second] = sizesOf(sizes, 0, 2)
    expect(first).not.toBe(second)
    const checker = new StampChecker(sizes, 1)
    const value = patternValue(first!, 0)
    stamp(value, 0)
    checker.check(value, 0, value.length)
    stamp(value, 1)
    expect(() => checker.check(value, 0, value.length)).toThrow('is not what was sent')
  })
})
