import { describe, expect, test } from 'vitest'
import { LatencyHistogram } from '../../src/metrics/latency-histogram.ts'

describe('a histogram of times', () => {
  test('gives percentiles in microseconds, to three digits', () => {
    const histogram = new LatencyHistogram()
    for (let micros = 1; micros <= 10_000; micros++) histogram.record(micros / 1000)
    expect(histogram.count).toBe(10_000)
    const summary = histogram.summary()
    const expected = {
      mean: 5000,
      p50: 5000,
      p90: 9000,
      p95: 9500,
      p99: 9900,
      p999: 9990,
      max: 10_000,
    }
    for (const [name, micros] of Object.entries(expected)) {
      const off = Math.abs(summary[name as keyof typeof summary] - micros) / micros
      expect(off, name).toBeLessThan(0.002)
    }
  })

  test('takes a time that is below what the clock tells apart', () => {
    const histogram = new LatencyHistogram()
    histogram.record(0)
    expect(histogram.summary().max).toBe(0.001)
  })

  test.each([-0.001, NaN])('refuses %d ms', (ms) => {
    expect(() => new LatencyHistogram().record(ms)).toThrow(`a time of ${ms} ms was measured`)
  })

  test('refuses to sum nothing up, and what was longer than it can hold', () => {
    const histogram = new LatencyHistogram()
    expect(() => histogram.summary()).toThrow('no time was measured')
    histogram.record(1)
    histogram.record(3_600_000)
    expect(() => histogram.summary()).toThrow('1 times are over')
  })
})
