import { describe, expect, test } from 'vitest'
import type { BenchReport, ScenarioReport } from '../../src/report/bench-report.ts'
import { compareReports, parseReport } from '../../src/report/compare-reports.ts'
import { ENVIRONMENT } from './sample-environment.ts'

function reportOf(scenarios: Array<Partial<ScenarioReport>>, environment = {}): BenchReport {
  return {
    environment: { ...ENVIRONMENT, ...environment },
    scenarios: scenarios.map((scenario) => ({
      name: 'log',
      parameters: { records: 5 },
      verified: true,
      runs: 3,
      ...scenario,
    })),
    ratios: {},
    cpuRatios: {},
    ratioIntervals: {},
    cpuRatioIntervals: {},
  }
}

const THEN = { recordsPerSecond: [10, 12, 11], cpuMicrosPerRecord: [4, 4, 4] }
const NOW = { recordsPerSecond: [22, 21, 23], cpuMicrosPerRecord: [2, 2, 2] }

describe('a report held against an older one', () => {
  test('tells by how much each scenario has changed, and how sure that is', () => {
    const { scenarios, skipped, differences } = compareReports(
      reportOf([{ byRun: THEN }]),
      reportOf([{ byRun: NOW }], { startedAt: 'later' }),
    )
    expect(scenarios).toEqual([
      {
        name: 'log',
        recordsPerSecond: { ratio: 2, interval: { low: 1.75, high: 2.3 } },
        cpuMicrosPerRecord: { ratio: 0.5, interval: { low: 0.5, high: 0.5 } },
      },
    ])
    expect([skipped, differences]).toEqual([[], []])
  })

  test('compares rates alone where processor times are not known', () => {
    const byRun = { ...NOW, cpuMicrosPerRecord: [] }
    const { scenarios } = compareReports(reportOf([{ byRun: THEN }]), reportOf([{ byRun }]))
    expect(scenarios[0]!.cpuMicrosPerRecord).toBeNull()
  })

  test('leaves out, and tells, what was not measured alike', () => {
    const then = reportOf([
      { name: 'other', byRun: THEN, parameters: { records: 6 } },
      { name: 'failed' },
    ])
    const now = reportOf([
      { name: 'other', byRun: NOW },
      { name: 'failed', byRun: NOW },
      { name: 'new', byRun: NOW },
      { name: 'without a rate' },
    ])
    const { scenarios, skipped } = compareReports(then, now)
    expect(scenarios).toEqual([])
    expect(skipped).toEqual([
      'other: the older report has other parameters of it',
      'failed: the older report has no runs of it',
      'new: the older report has no runs of it',
    ])
  })

  test('tells what of the machine is another', () => {
    const { differences } = compareReports(reportOf([], { cores: 8, os: 'Linux 7' }), reportOf([]))
    expect(differences).toEqual(['cores was 8, is 2', 'os was Linux 7, is Linux'])
  })
})

test.each([
  'null',
  '{}',
  '[]',
  '{"scenarios":[]}',
  '{"environment":null,"scenarios":[]}',
  '{"environment":{},"scenarios":[null]}',
  '{"environment":{},"scenarios":[{"parameters":{}}]}',
  '{"environment":{},"scenarios":[{"name":"a"}]}',
  '{"environment":{},"scenarios":[{"name":"a","parameters":{},"byRun":{}}]}',
  '{"environment":{},"scenarios":[{"name":"a","parameters":{},"byRun":{"recordsPerSecond":["1"],"cpuMicrosPerRecord":[]}}]}',
  '{"environment":{},"scenarios":[{"name":"a","parameters":{},"details":{}}]}',
])('%s is no report', (json) => {
  expect(() => parseReport(json)).toThrow('it is no report of the bench')
})

test('a report is read as it was written', () => {
  const report = reportOf([{ byRun: NOW }])
  expect(parseReport(JSON.stringify(report))).toEqual(report)
})
