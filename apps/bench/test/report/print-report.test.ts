import { afterEach, expect, test, vi } from 'vitest'
import type { BenchReport } from '../../src/report/bench-report.ts'
import { printReport } from '../../src/report/print-report.ts'

afterEach(() => vi.restoreAllMocks())

const REPORT: BenchReport = {
  environment: {
    node: 'v26.0.0',
    cpu: 'a processor',
    cores: 2,
    os: 'Linux',
    ringlog: '0.1.0',
    startedAt: '2026-11-01T00:00:00.000Z',
  },
  scenarios: [
    {
      name: 'log',
      parameters: {},
      verified: true,
      runs: 5,
      recordsPerSecond: { min: 1_234_567.8, median: 2_000_000, max: 3_000_000 },
      mebibytesPerSecond: { min: 1, median: 190.7348, max: 300 },
      cpuMicrosPerRecord: 0.123_456,
      peakRssMebibytes: 123.456,
      latencyMicros: { p50: 11.11, p90: 22.22, p99: 333.3, p999: 4444.4, max: 55_555 },
    },
    {
      name: 'start',
      parameters: {},
      verified: false,
      runs: 1,
      figures: { startMs: { min: 1, median: 20.123, max: 300 } },
      error: 'a partition is offline',
    },
  ],
  ratios: { 'log / rival': 12.3456 },
}

test('the printed report has a line for each scenario, figure and ratio, and every failure', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  printReport(REPORT)
  const printed = log.mock.calls.join('\n')
  expect(printed).toContain('Node.js v26.0.0, 2 × a processor, Linux')
  expect(printed).toMatch(
    /log +│ +5 │ +2,000,000 │ 1,234,568 – 3,000,000 │ +191 │ +0\.123 │ +123 │/,
  )
  expect(printed).toMatch(/start +│ startMs │ +20\.1 │ +1 │ +300 │/)
  expect(printed).toMatch(/log +│ +11\.1 │ +22\.2 │ +333 │ +4,440 │ +55,600 │/)
  expect(printed).toMatch(/log \/ rival +│ +12\.3 │/)
  expect(error.mock.calls.join('\n')).toContain('start FAILED: a partition is offline')
})
