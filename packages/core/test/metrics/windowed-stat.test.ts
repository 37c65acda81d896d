import { describe, expect, test } from 'vitest'
import { WindowedStat } from '../../src/metrics/windowed-stat.ts'

const WINDOW_MS = 30_000

describe('a windowed stat', () => {
  test('is 0 where there was nothing', () => {
    const stat = new WindowedStat(1_000)
    expect([stat.total, stat.average(1_000), stat.max(1_000), stat.perSecond(1_000)]).toEqual([
      0, 0, 0, 0,
    ])
  })

  test('tells average, maximum, total, and the rate over the time that has passed', () => {
    const stat = new WindowedStat(1_000)
    for (const [value, atMs] of [
      [1, 1_000],
      [5, 2_000],
      [3, 5_000],
    ] as const) {
      stat.add(value, atMs)
    }
    expect([stat.total, stat.average(5_000), stat.max(5_000)]).toEqual([9, 3, 5])
    expect(stat.perSecond(4_000)).toBe(3)
    expect(stat.perSecond(10_000)).toBe(1)
  })

  test('does not blow the first moments up to a rate that never was', () => {
    const stat = new WindowedStat(0)
    stat.add(7, 1)
    expect(stat.perSecond(2)).toBe(7)
  })

  test('looks at this window and the last', () => {
    const stat = new WindowedStat(0)
    stat.add(10, 1_000)
    stat.add(2, WINDOW_MS + 1_000)
    expect(stat.max(WINDOW_MS + 2_000)).toBe(10)
    expect(stat.average(WINDOW_MS + 2_000)).toBe(6)
    expect(stat.max(2 * WINDOW_MS + 1)).toBe(2)
    expect(stat.average(2 * WINDOW_MS + 1)).toBe(2)
    expect(stat.average(3 * WINDOW_MS + 1)).toBe(0)
    expect(stat.total).toBe(12)
  })

  test('forgets everything after a long pause, but the total', () => {
    const stat = new WindowedStat(0)
    stat.add(10, 1_000)
    const laterMs = 100 * WINDOW_MS + 15_000
    expect([stat.max(laterMs), stat.perSecond(laterMs), stat.total]).toEqual([0, 0, 10])
    stat.add(90, laterMs)
    expect(stat.perSecond(laterMs)).toBe(2) // 90 in one window and a half
  })
})
