import { describe, expect, test } from 'vitest'
import { randomOf } from '../../src/metrics/random.ts'
import { isWithinNoise, ratioIntervalOf } from '../../src/metrics/ratio-interval.ts'

/** So many figures around `middle`, each at most a tenth off. */
function figures(count: number, middle: number, seed: number): number[] {
  const random = randomOf(seed)
  return Array.from({ length: count }, () => middle * (0.9 + 0.2 * random()))
}

describe('the interval of a ratio', () => {
  test('is one figure where the runs are all alike', () => {
    const interval = ratioIntervalOf([6, 6, 6], [2, 2, 2], { areInTurn: false })
    expect(interval).toEqual({ low: 3, high: 3 })
  })

  test('is narrow for runs in turn whose machine slowed both down', () => {
    const moods = [1, 0.5, 0.2, 0.9, 0.4]
    const own = moods.map((mood) => 30 * mood)
    const others = moods.map((mood) => 10 * mood)
    const pairs = ratioIntervalOf(own, others, { areInTurn: true })!
    expect(pairs.low).toBeCloseTo(3)
    expect(pairs.high).toBeCloseTo(3)
    const single = ratioIntervalOf(own, others, { areInTurn: false })!
    expect(single.low).toBeLessThan(2)
    expect(single.high).toBeGreaterThan(4)
  })

  test('holds the true ratio in most of many experiments', () => {
    const hits = Array.from({ length: 60 }, (_, seed) => {
      const own = figures(15, 2, 2 * seed)
      const { low, high } = ratioIntervalOf(own, figures(15, 1, 2 * seed + 1), {
        areInTurn: false,
      })!
      return low <= 2 && 2 <= high
    }).filter(Boolean).length
    expect(hits).toBeGreaterThanOrEqual(52)
  })

  test('calls noise what may be none, and a difference what is one', () => {
    const noise = ratioIntervalOf(figures(9, 1, 1), figures(9, 1.01, 2), { areInTurn: false })!
    const faster = ratioIntervalOf(figures(9, 1.5, 3), figures(9, 1, 4), { areInTurn: false })!
    expect([isWithinNoise(noise), isWithinNoise(faster)]).toEqual([true, false])
  })

  test('is none with fewer than three runs', () => {
    expect(ratioIntervalOf([1, 2], [1, 2, 3], { areInTurn: true })).toBeNull()
  })
})
