import { expect, test } from 'vitest'
import { timedSeries, warmUpSeries } from '../../src/metrics/rate-series.ts'

test('laps of the warm-up end where the clock starts', () => {
  const laps = [400, 200, 100].map((elapsedMs) => ({ elapsedMs, cpuMicros: 0 }))
  expect(warmUpSeries(laps, 100)).toEqual([
    { atMs: -300, recordsPerSecond: 250 },
    { atMs: -100, recordsPerSecond: 500 },
    { atMs: 0, recordsPerSecond: 1_000 },
  ])
})

test('the timed part is a stretch from sample to sample, and the whole of it adds up', () => {
  const samples = [
    { atMs: 0, records: 0 },
    { atMs: 100, records: 10 },
    { atMs: 110, records: 12 },
    { atMs: 200, records: 40 },
    { atMs: 300, records: 60 },
  ]
  const points = timedSeries(samples, { atMs: 250, records: 60 })
  expect(points).toEqual([
    { atMs: 100, recordsPerSecond: 100 },
    { atMs: 200, recordsPerSecond: 300 },
    { atMs: 250, recordsPerSecond: 400 },
  ])
})

test('without samples it is one stretch', () => {
  expect(timedSeries([], { atMs: 500, records: 50 })).toEqual([
    { atMs: 500, recordsPerSecond: 100 },
  ])
})
