import { expect, test } from 'vitest'
import { WindowedStat } from '../src/windowed-stat.ts'

test('without a value everything is 0', () => {
  const stat = new WindowedStat(1000)
  expect([stat.total, stat.average(5000), stat.max(5000), stat.perSecond(5000)]).toEqual([
    0, 0, 0, 0,
  ])
})

test('average, maximum and rate are of this window and the last', () => {
  const stat = new WindowedStat(0)
  stat.add(10, 0)
  stat.add(20, 10_000)
  expect([stat.average(10_000), stat.max(10_000), stat.perSecond(10_000)]).toEqual([15, 20, 3])
  stat.add(60, 40_000)
  expect([stat.average(40_000), stat.max(40_000)]).toEqual([30, 60])
  expect(stat.perSecond(45_000)).toBe(2)
  // The first window is gone; the total is not.
  expect([stat.average(60_000), stat.max(60_000), stat.total]).toEqual([60, 60, 90])
})

test('after a long pause there is nothing to tell but the total', () => {
  const stat = new WindowedStat(0)
  stat.add(10, 0)
  expect([stat.average(500_000), stat.max(500_000), stat.perSecond(500_000)]).toEqual([0, 0, 0])
  stat.add(4, 500_000)
  expect([stat.average(500_000), stat.total]).toEqual([4, 14])
})

test('what came within the first second is not blown up to a rate', () => {
  const stat = new WindowedStat(0)
  stat.add(5, 1)
  expect(stat.perSecond(1)).toBe(5)
})
