import { describe, expect, test } from 'vitest'
import { defineScenario, type Measurement } from '../../src/define-scenario.ts'
import type { WarmUpSummary } from '../../src/metrics/warm-up.ts'
import { buildReport } from '../../src/report/build-report.ts'
import type { RunDetails } from '../../src/runner/run-details.ts'
import type { ScenarioResults } from '../../src/runner/suite.ts'
import { ENVIRONMENT } from './sample-environment.ts'

const MEBIBYTE = 1024 * 1024

interface Run extends Measurement {
  peakRssBytes?: number
  warmUp?: WarmUpSummary
  details?: RunDetails
}

function results(
  name: string,
  runs: Run[],
  { comparedWith = [], error = null }: { comparedWith?: string[]; error?: string | null } = {},
): ScenarioResults {
  const scenario = defineScenario({
    name,
    description: name,
    parameters: { records: 1 },
    fixed: { producers: 1 },
    comparedWith,
    roles: {},
    run: () => Promise.reject(new Error('not to be run')),
  })
  return {
    chosen: { scenario, url: new URL('file:///x.js'), parameters: { records: 42 } },
    runs: runs.map(({ peakRssBytes = 0, warmUp = null, details = null, ...measurement }) => ({
      measurement,
      warmUp,
      details,
      peakRssBytes,
    })),
    error,
  }
}

const warmedUp = (records: number, hasStood: boolean): Run => ({
  records: 1,
  elapsedMs: 1,
  warmUp: { laps: records / 100, records, elapsedMs: 2 * records, hasStood },
})

const awaited = (p50: number): Run => ({
  records: 1,
  elapsedMs: 1,
  latency: { p50, p90: p50 + 1, p99: p50 + 2, p999: p50 + 3, max: p50 + 4 },
})

describe('the report', () => {
  test('sums the runs of a scenario up', () => {
    const { scenarios, environment } = buildReport(ENVIRONMENT, [
      results('log', [
        {
          records: 1000,
          elapsedMs: 500,
          bytes: MEBIBYTE,
          cpuMicros: 3000,
          peakRssBytes: 50 * MEBIBYTE,
        },
        {
          records: 1000,
          elapsedMs: 1000,
          bytes: MEBIBYTE,
          cpuMicros: 1000,
          peakRssBytes: 70 * MEBIBYTE,
        },
        {
          records: 1000,
          elapsedMs: 250,
          bytes: MEBIBYTE,
          cpuMicros: 2000,
          peakRssBytes: 60 * MEBIBYTE,
        },
      ]),
    ])
    expect(environment).toEqual(ENVIRONMENT)
    expect(scenarios).toEqual([
      {
        name: 'log',
        parameters: { records: 42, producers: 1 },
        verified: true,
        runs: 3,
        recordsPerSecond: { min: 1000, median: 2000, max: 4000 },
        mebibytesPerSecond: { min: 1, median: 2, max: 4 },
        cpuMicrosPerRecord: 2,
        cpuMicrosPerRecordSpread: { min: 1, median: 2, max: 3 },
        byRun: { recordsPerSecond: [2000, 1000, 4000], cpuMicrosPerRecord: [3, 1, 2] },
        peakRssMebibytes: 70,
      },
    ])
  })

  test('spreads what else was measured', () => {
    const [report] = buildReport(ENVIRONMENT, [
      results('start', [
        { records: 0, elapsedMs: 10, figures: { startMs: 10 } },
        { records: 0, elapsedMs: 30, figures: { startMs: 30 } },
      ]),
    ]).scenarios
    expect(report!.figures).toEqual({ startMs: { min: 10, median: 20, max: 30 } })
    expect(report).not.toHaveProperty('recordsPerSecond')
    expect(report).not.toHaveProperty('cpuMicrosPerRecord')
    expect(report).not.toHaveProperty('mebibytesPerSecond')
  })

  test('takes what some runs have measured of those that have', () => {
    const [report] = buildReport(ENVIRONMENT, [
      results('changing', [
        { records: 0, elapsedMs: 1000, cpuMicros: 1000 },
        { records: 1000, elapsedMs: 1000, cpuMicros: 3000, bytes: MEBIBYTE, figures: { pairs: 2 } },
        { records: 3000, elapsedMs: 1000 },
      ]),
    ]).scenarios
    expect(report).toMatchObject({
      recordsPerSecond: { min: 0, median: 1000, max: 3000 },
      mebibytesPerSecond: { min: 1, median: 1, max: 1 },
      figures: { pairs: { min: 2, median: 2, max: 2 } },
      byRun: { recordsPerSecond: [0, 1000, 3000], cpuMicrosPerRecord: [3] },
    })
  })

  test('divides the medians of scenarios that are compared', () => {
    const comparedWith = ['rival', 'limit', 'not-chosen']
    const { ratios, cpuRatios, ratioIntervals, cpuRatioIntervals } = buildReport(ENVIRONMENT, [
      results(
        'log',
        [1000, 2000, 500].map((elapsedMs) => ({ records: 1000, elapsedMs, cpuMicros: elapsedMs })),
        { comparedWith },
      ),
      results(
        'rival',
        [4000, 5000, 3000].map((elapsedMs) => ({ records: 1000, elapsedMs, cpuMicros: 3000 })),
      ),
      results('limit', [{ records: 4000, elapsedMs: 1000 }]),
    ])
    expect(ratios).toEqual({ 'log / rival': 4, 'log / limit': 0.25 })
    // Of the limit it is not known, and one run has no interval.
    expect(cpuRatios).toEqual({ 'log / rival': 3 })
    expect(ratioIntervals).toEqual({ 'log / rival': { low: 2.5, high: 6 } })
    expect(cpuRatioIntervals).toEqual({ 'log / rival': { low: 1.5, high: 6 } })
  })

  test('tells how long the runs warmed up, and in how many the cost of a record stood', () => {
    const [log, other] = buildReport(ENVIRONMENT, [
      results('log', [warmedUp(2000, true), warmedUp(6000, false), warmedUp(3000, true)]),
      results('other', [{ records: 1, elapsedMs: 1 }]),
    ]).scenarios
    expect(log!.warmUp).toEqual({
      records: { min: 2000, median: 3000, max: 6000 },
      seconds: { min: 4, median: 6, max: 12 },
      runsThatStood: 2,
    })
    expect(other).not.toHaveProperty('warmUp')
  })

  test('takes of each percentile the median of the runs, and the largest maximum', () => {
    const { scenarios } = buildReport(ENVIRONMENT, [
      results('paced', [30, 10, 20].map(awaited)),
      results('log', [{ records: 1, elapsedMs: 1 }]),
    ])
    expect(scenarios[0]!.latencyMicros).toEqual({ p50: 20, p90: 21, p99: 22, p999: 23, max: 34 })
    expect(scenarios[1]).not.toHaveProperty('latencyMicros')
  })

  test('divides the median latencies of scenarios that are compared', () => {
    const { ratios } = buildReport(ENVIRONMENT, [
      results('synced', [awaited(15)], { comparedWith: ['limit', 'log'] }),
      results('limit', [awaited(10)]),
      results('log', [{ records: 1, elapsedMs: 1 }]),
    ])
    expect(ratios).toEqual({ 'synced / limit': 1, 'synced / limit, p50': 1.5, 'synced / log': 1 })
  })

  test('takes the median of what is divided within a run', () => {
    const runs = [7, 3, 4].map((ratio): Run => ({ records: 1, elapsedMs: 1, ratios: { ratio } }))
    expect(buildReport(ENVIRONMENT, [results('paced', runs)]).ratios).toEqual({ ratio: 4 })
  })

  test('tells where the median of what is divided within runs lies, by rate and by processor time', () => {
    const runs = [7, 3, 4].map((ratio): Run => {
      return {
        records: 1,
        elapsedMs: 1,
        ratios: { 'a / b': ratio },
        cpuRatios: { 'a / b': 2 * ratio },
      }
    })
    const report = buildReport(ENVIRONMENT, [results('compared', runs)])
    expect(report.cpuRatios).toEqual({ 'a / b': 8 })
    expect(report.ratioIntervals).toEqual({ 'a / b': { low: 3, high: 7 } })
    expect(report.cpuRatioIntervals).toEqual({ 'a / b': { low: 6, high: 14 } })
  })

  test('is not verified where a run failed, and says why', () => {
    const failure = 'received 9 records with sum 36, sent 10 with sum 45'
    const { scenarios, ratios } = buildReport(ENVIRONMENT, [
      results('log', [], { error: failure, comparedWith: ['rival'] }),
      results('rival', [{ records: 10, elapsedMs: 10 }], { error: failure }),
    ])
    expect(scenarios.map(({ verified, error, runs }) => [verified, error, runs])).toEqual([
      [false, failure, 0],
      [false, failure, 1],
    ])
    expect(ratios).toEqual({})
  })
})
