import { isDeepStrictEqual } from 'node:util'
import { ratioIntervalOf, type RatioInterval } from '../metrics/ratio-interval.ts'
import { spreadOf } from '../metrics/spread.ts'
import type { BenchReport, Environment, ScenarioReport } from './bench-report.ts'

/** A figure of now over the same of then. */
export interface Change {
  readonly ratio: number
  /** `null`: there were too few runs. */
  readonly interval: RatioInterval | null
}

export interface ScenarioComparison {
  readonly name: string
  /** More is better. */
  readonly recordsPerSecond: Change
  /** Of the processor time of a record: less is better. */
  readonly cpuMicrosPerRecord: Change | null
}

export interface ReportComparison {
  readonly scenarios: readonly ScenarioComparison[]
  /** What cannot be compared, with the reason. */
  readonly skipped: readonly string[]
  /** What of the machine is another. */
  readonly differences: readonly string[]
}

/** @throws Error unless it is what the bench writes. */
export function parseReport(json: string): BenchReport {
  const report = JSON.parse(json) as Partial<BenchReport> | null
  const isReport =
    isObject(report?.environment) &&
    Array.isArray(report.scenarios) &&
    report.scenarios.every(isScenario)
  if (isReport) return report as BenchReport
  throw new Error('it is no report of the bench')
}

function isScenario(value: unknown): boolean {
  if (!isObject(value)) return false
  const { name, parameters, byRun, details = [] } = value as Partial<ScenarioReport>
  return (
    typeof name === 'string' &&
    isObject(parameters) &&
    (byRun === undefined ||
      (isObject(byRun) && [byRun.recordsPerSecond, byRun.cpuMicrosPerRecord].every(areNumbers))) &&
    Array.isArray(details)
  )
}

function areNumbers(values: unknown): boolean {
  return Array.isArray(values) && values.every(Number.isFinite)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Holds the scenarios of a report against the same ones of an older one. */
export function compareReports(then: BenchReport, now: BenchReport): ReportComparison {
  const scenarios: ScenarioComparison[] = []
  const skipped: string[] = []
  for (const report of now.scenarios) {
    const old = then.scenarios.find(({ name }) => name === report.name)
    if (report.byRun === undefined) continue
    if (old?.byRun === undefined) {
      skipped.push(`${report.name}: the older report has no runs of it`)
    } else if (!isDeepStrictEqual(old.parameters, report.parameters)) {
      skipped.push(`${report.name}: the older report has other parameters of it`)
    } else {
      scenarios.push(compare(report.name, old.byRun, report.byRun))
    }
  }
  return { scenarios, skipped, differences: differencesOf(then.environment, now.environment) }
}

type ByRun = NonNullable<ScenarioReport['byRun']>

function compare(name: string, then: ByRun, now: ByRun): ScenarioComparison {
  const hasCpu = then.cpuMicrosPerRecord.length > 0 && now.cpuMicrosPerRecord.length > 0
  return {
    name,
    recordsPerSecond: changeOf(then.recordsPerSecond, now.recordsPerSecond),
    cpuMicrosPerRecord: hasCpu ? changeOf(then.cpuMicrosPerRecord, now.cpuMicrosPerRecord) : null,
  }
}

function changeOf(then: readonly number[], now: readonly number[]): Change {
  return {
    ratio: spreadOf(now).median / spreadOf(then).median,
    interval: ratioIntervalOf(now, then, { areInTurn: false }),
  }
}

function differencesOf(then: Environment, now: Environment): string[] {
  const names = ['node', 'cpu', 'cores', 'os', 'ringlog'] as const
  return names
    .filter((name) => then[name] !== now[name])
    .map((name) => `${name} was ${then[name]}, is ${now[name]}`)
}
