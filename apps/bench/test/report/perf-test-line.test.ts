import { expect, test } from 'vitest'
import { parseProducerPerformance } from '../../src/outside/producer-performance.ts'
import type { ScenarioReport } from '../../src/report/bench-report.ts'
import { perfTestLine } from '../../src/report/perf-test-line.ts'
import type { RunDetails } from '../../src/runner/run-details.ts'

const DETAILS: RunDetails = {
  records: 2_000_000,
  elapsedMs: 1_000,
  threads: [],
  placement: null,
  gc: { count: 0, totalMs: 0, longestMs: 0 },
  host: null,
  longestStallMs: 0,
  rates: [],
}

const REPORT: ScenarioReport = {
  name: 'log',
  parameters: {},
  verified: true,
  runs: 1,
  recordsPerSecond: { min: 1, median: 1_234_567.5, max: 2_000_000 },
  mebibytesPerSecond: { min: 1, median: 117.738, max: 200 },
  details: [DETAILS],
}

test('a result reads like one of kafka-producer-perf-test, to a program as well', () => {
  const latencyMicros = { mean: 40, p50: 30, p90: 50, p95: 60, p99: 300, p999: 4_444, max: 55_550 }
  const line = perfTestLine({ ...REPORT, latencyMicros })!
  expect(line).toBe(
    '2000000 records sent, 1234567.500000 records/sec (117.74 MB/sec), 0.04 ms avg latency, ' +
      '55.55 ms max latency, 0.030 ms 50th, 0.060 ms 95th, 0.300 ms 99th, 4.444 ms 99.9th.',
  )
  expect(parseProducerPerformance(line)).toEqual({
    records: 2_000_000,
    recordsPerSecond: 1_234_567.5,
  })
})

test('it tells no latency where none was measured, or a report has no mean of it', () => {
  const sent = '2000000 records sent, 1234567.500000 records/sec (117.74 MB/sec).'
  expect(perfTestLine(REPORT)).toBe(sent)
  const latencyMicros = { p50: 30, p90: 50, p99: 300, p999: 4_444, max: 55_550 }
  expect(perfTestLine({ ...REPORT, latencyMicros })).toBe(sent)
})

test('there is none of what has no rate', () => {
  const { recordsPerSecond: _, ...withoutRate } = REPORT
  expect(perfTestLine(withoutRate)).toBeNull()
})
