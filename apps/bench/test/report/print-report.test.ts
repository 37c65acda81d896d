import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { BenchReport, ScenarioReport } from '../../src/report/bench-report.ts'
import { printComparison, printReport } from '../../src/report/print-report.ts'
import type { RunDetails } from '../../src/runner/run-details.ts'
import { ENVIRONMENT } from './sample-environment.ts'

let printed: string
let errors: string

beforeEach(() => {
  printed = ''
  errors = ''
  vi.spyOn(console, 'log').mockImplementation((line) => void (printed += `${line}\n`))
  vi.spyOn(console, 'error').mockImplementation((line) => void (errors += `${line}\n`))
})

afterEach(() => vi.restoreAllMocks())

const LOG: ScenarioReport = {
  name: 'log',
  parameters: {},
  verified: true,
  runs: 5,
  recordsPerSecond: { min: 11_712_345.6, median: 19_700_000, max: 21_300_000 },
  mebibytesPerSecond: { min: 1, median: 190.7348, max: 300 },
  cpuMicrosPerRecord: 0.083_456,
  peakRssMebibytes: 123.456,
  latencyMicros: { p50: 11.11, p90: 22.22, p99: 333.3, p999: 4444.4, max: 55_555 },
  warmUp: {
    records: { min: 1, median: 2, max: 3 },
    seconds: { min: 1, median: 1.6543, max: 3 },
    runsThatStood: 5,
  },
}

const DETAILS: RunDetails = {
  records: 1_000_000,
  elapsedMs: 12_345,
  threads: [{ name: 'producer-0', cpuMicros: 1, waitedMicros: 123_456_789 }],
  placement: {
    looks: 20,
    cores: [{ core: 1, threads: [{ name: 'producer-0', cpuMicros: 1 }] }],
    shared: [{ threads: ['partition-bench', 'producer-0'], looks: 9 }],
  },
  gc: { count: 1, totalMs: 1_234.5, longestMs: 123.4 },
  host: { stolenPercent: 0.123, othersPercent: 98.7 },
  longestStallMs: 1_234,
  log: { recordsPerBatch: 596.1, waitsForRoom: 123_456 },
  rates: [],
}

const REPORT: BenchReport = {
  environment: ENVIRONMENT,
  scenarios: [
    LOG,
    {
      name: 'start',
      parameters: { seed: 42 },
      verified: false,
      runs: 1,
      figures: { startMs: { min: 1, median: 20.123, max: 300 } },
      error: 'a partition is offline',
    },
  ],
  ratios: { 'log / rival': 12.3456, 'within a run': 2 },
  cpuRatios: { 'log / rival': 8.765 },
  ratioIntervals: { 'log / rival': { low: 11.987, high: 13.123 } },
  cpuRatioIntervals: { 'log / rival': { low: 0.9, high: 9 } },
}

test('the printed report has a line for each scenario, figure and ratio, and every failure', () => {
  printReport(REPORT)
  expect(printed).toContain('Node.js v26.0.0, 2 × a processor, Linux')
  expect(printed).toMatch(
    /log +│ +5 │ +19\.7 M │ 11\.7 – 21\.3 M │ +191 │ +83\.5 │ +123 │ +1\.65 s │/,
  )
  expect(printed).toMatch(/start +│ startMs │ +20\.1 │ +1 │ +300 │/)
  expect(printed).toMatch(/log +│ +11\.1 │ +22\.2 │ +333 │ +4,440 │ +55,600 │/)
  expect(printed).toMatch(/log \/ rival +│ 12\.3 \(12 – 13\.1\) │ +8\.77, noise │/)
  expect(printed).toMatch(/within a run +│ +2 │ +│/)
  expect(printed).toContain('start: --seed 42')
  expect(errors).toContain('start FAILED: a partition is offline')
})

test('what explains how runs differ is printed beside them', () => {
  printReport({ ...REPORT, scenarios: [{ ...LOG, details: [DETAILS] }] })
  expect(printed).toMatch(
    /log +│ +1,230 │ +123 │ +123,000 │ +0\.123 │ +98\.7 │ +1,230 │ +596 │ 123,000 │/,
  )
  expect(printed).toMatch(/log +│ partition-bench \+ producer-0 +│ +45 │/)
})

test('threads that never shared a core are said not to; what has no looks has no line', () => {
  const placement = { looks: 20, cores: [], shared: [] }
  printReport({ ...REPORT, scenarios: [{ ...LOG, details: [{ ...DETAILS, placement }] }] })
  expect(printed).toMatch(/log +│ none +│ +│/)
  printed = ''
  printReport({
    ...REPORT,
    scenarios: [{ ...LOG, details: [{ ...DETAILS, placement: null }] }],
  })
  expect(printed).not.toContain('on one core')
})

test('a scenario that was not warm in every run is marked', () => {
  printReport(REPORT)
  expect(printed).not.toContain('*')
  const warmUp = { ...LOG.warmUp!, runsThatStood: 4 }
  printReport({ ...REPORT, scenarios: [{ ...LOG, warmUp }] })
  expect(printed).toContain('1.65 s * │')
  expect(printed).toContain('* In not all runs had the cost of a record stood')
})

function change(ratio: number, low: number, high: number) {
  return { ratio, interval: { low, high } }
}

test('what has changed is printed with how sure it is', () => {
  printComparison({
    scenarios: [
      {
        name: 'log',
        recordsPerSecond: change(1.01, 0.9, 1.2),
        cpuMicrosPerRecord: change(0.8, 0.777, 0.821),
      },
      {
        name: 'kafka',
        recordsPerSecond: { ratio: 2, interval: null },
        cpuMicrosPerRecord: null,
      },
    ],
    skipped: ['start: the older report has no runs of it'],
    differences: ['cores was 8, is 2'],
  })
  expect(printed).toMatch(/log +│ +1\.01, noise │ 0\.8 \(0\.777 – 0\.821\) │/)
  expect(printed).toMatch(/kafka +│ +2 │ +│/)
  expect(printed).toContain('not compared: start: the older report has no runs of it')
  expect(printed).toContain('not the same: cores was 8, is 2')
})

test('it fits into 100 columns', () => {
  const names = [
    'limit-comlink-round-trip',
    'rival-postmessage-packed',
    'shared-1p1c wait=spinThenPark batch-size=65536 record-size=400',
  ]
  const wide = {
    ...LOG,
    recordsPerSecond: { min: 123_456, median: 123_456_789, max: 123_456_789 },
    mebibytesPerSecond: { min: 12_345, median: 12_345, max: 12_345 },
    details: [DETAILS],
    warmUp: { ...LOG.warmUp!, runsThatStood: 0 },
  }
  const pair = names.join(' / ')
  printReport({
    ...REPORT,
    scenarios: names.map((name) => ({ ...wide, name })),
    ratios: { [pair]: 12.345 },
    ratioIntervals: { [pair]: { low: 11.765, high: 13.245 } },
  })
  const [tables] = printed.split('\nAs kafka-producer-perf-test tells it:')
  const widest = Math.max(...tables!.split('\n').map(({ length }) => length))
  expect(widest).toBeLessThanOrEqual(100)
})
