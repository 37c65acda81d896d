import { expect, test } from 'vitest'
import type { LatencyMicros } from '../../src/metrics/latency-histogram.ts'
import type { ComparedLap } from '../../src/roles/compared-client.ts'
import { compareWithOthers } from '../../src/scenarios/cluster-compared.ts'

const MEASURED = { scenario: 'cluster-x', records: 1_000, bytes: 100_000, rival: undefined }

function laps(...elapsedMs: readonly number[]): ComparedLap[] {
  return elapsedMs.map((elapsed) => ({ elapsedMs: elapsed, cpuMicros: elapsed * 2_000 }))
}

function latency(p50: number): LatencyMicros {
  return { p50, p90: 2 * p50, p99: 3 * p50, p999: 4 * p50, max: 5 * p50 }
}

test('clients are compared by the medians of their laps, and with the fastest of the others', () => {
  const { elapsedMs, cpuMicros, figures, ratios, cpuRatios } = compareWithOthers(
    {
      ringlog: laps(100, 900, 90),
      platformatic: laps(300, 310, 200),
      kafkajs: laps(500, 400, 450),
      process: laps(25, 20, 30),
    },
    MEASURED,
  )
  expect({ elapsedMs, cpuMicros }).toEqual({ elapsedMs: 100, cpuMicros: 200_000 })
  expect(figures).toMatchObject({
    platformaticRecordsPerSecond: 3_333,
    processRecordsPerSecond: 40_000,
  })
  expect(ratios).toEqual({
    'cluster-x / platformatic': 3,
    'cluster-x / kafkajs': 4.5,
    'process / cluster-x': 4,
    'cluster-x / the fastest other client': 3,
  })
  expect(cpuRatios).toEqual(ratios)
})

test('of records that are awaited, latencies are compared: the own over the other', () => {
  const { latency: own, ratios } = compareWithOthers(
    {
      ringlog: [{ ...laps(100)[0]!, latency: latency(300) }],
      platformatic: [{ ...laps(100)[0]!, latency: latency(400) }],
      process: [{ ...laps(10)[0]!, latency: latency(60) }],
    },
    MEASURED,
  )
  expect(own).toEqual(latency(300))
  expect(ratios).toMatchObject({
    'cluster-x / platformatic, p50': 0.75,
    'cluster-x / platformatic, p99': 0.75,
    'process / cluster-x, p50': 0.2,
  })
})

test('a program of its own is compared by its rate', () => {
  const rival = { name: 'ProducerPerformance', recordsPerSecond: 2_500 }
  const { ratios } = compareWithOthers({ ringlog: laps(100) }, { ...MEASURED, rival })
  expect(ratios).toEqual({ 'cluster-x / ProducerPerformance': 4 })
})
