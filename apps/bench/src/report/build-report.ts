import type { Measurement } from '../define-scenario.ts'
import type { LatencyMicros } from '../metrics/latency-histogram.ts'
import { medianIntervalOf, ratioIntervalOf, type RatioInterval } from '../metrics/ratio-interval.ts'
import { spreadOf, type Spread } from '../metrics/spread.ts'
import type { RunResult } from '../runner/run-messages.ts'
import type { ScenarioResults } from '../runner/suite.ts'
import type { BenchReport, Environment, ScenarioReport, WarmUpReport } from './bench-report.ts'

const MEBIBYTE = 1024 * 1024

/** Sums the runs up: spreads, and the ratios of medians that scenarios ask for. */
export function buildReport(
  environment: Environment,
  results: readonly ScenarioResults[],
): BenchReport {
  const scenarios = results.map(reportScenario)
  const report: BenchReport = {
    environment,
    scenarios,
    ratios: {},
    cpuRatios: {},
    ratioIntervals: {},
    cpuRatioIntervals: {},
  }
  for (const { chosen, runs } of results) {
    const { name, comparedWith = [] } = chosen.scenario
    for (const other of comparedWith) addRatios(report, name, other)
    const { ratios, ratioIntervals, cpuRatios, cpuRatioIntervals } = report
    const measured = runs.map(({ measurement }) => measurement)
    addOwnRatios(
      ratios,
      ratioIntervals,
      measured.map((run) => run.ratios),
    )
    addOwnRatios(
      cpuRatios,
      cpuRatioIntervals,
      measured.map((run) => run.cpuRatios),
    )
  }
  return report
}

/** Where both were measured. */
function addRatios(report: BenchReport, name: string, other: string): void {
  const reportOf = (wanted: string) => report.scenarios.find((one) => one.name === wanted)
  const { byRun: own, latencyMicros } = reportOf(name) ?? {}
  const { byRun: others, latencyMicros: otherMicros } = reportOf(other) ?? {}
  if (own === undefined || others === undefined) return
  const pair = `${name} / ${other}`
  if (latencyMicros !== undefined && otherMicros !== undefined) {
    report.ratios[`${pair}, p50`] = latencyMicros.p50 / otherMicros.p50
  }
  const add = (
    ratios: Record<string, number>,
    intervals: Record<string, RatioInterval>,
    over: readonly number[],
    under: readonly number[],
  ): void => {
    if (over.length === 0 || under.length === 0) return
    ratios[pair] = spreadOf(over).median / spreadOf(under).median
    const interval = ratioIntervalOf(over, under, { areInTurn: true })
    if (interval !== null) intervals[pair] = interval
  }
  add(report.ratios, report.ratioIntervals, own.recordsPerSecond, others.recordsPerSecond)
  // The other's over the own: less processor time is better.
  const [cpu, otherCpu] = [own.cpuMicrosPerRecord, others.cpuMicrosPerRecord]
  add(report.cpuRatios, report.cpuRatioIntervals, otherCpu, cpu)
}

/** What each run has divided by itself. */
function addOwnRatios(
  ratios: Record<string, number>,
  intervals: Record<string, RatioInterval>,
  runs: ReadonlyArray<Readonly<Record<string, number>> | undefined>,
): void {
  for (const [pair, values] of byName(runs)) {
    ratios[pair] = spreadOf(values).median
    const interval = medianIntervalOf(values)
    if (interval !== null) intervals[pair] = interval
  }
}

/** What the runs have under the same names, together; not every run has to have it. */
function byName(
  runs: ReadonlyArray<Readonly<Record<string, number>> | undefined>,
): Array<[name: string, values: number[]]> {
  const names = new Set(runs.flatMap((run) => Object.keys(run ?? {})))
  return [...names].map((name) => [name, runs.flatMap((run) => run?.[name] ?? [])])
}

function latencyOf(measurements: readonly Measurement[]): LatencyMicros | null {
  const latencies = measurements.flatMap(({ latency }) => latency ?? [])
  if (latencies.length === 0) return null
  const spread = (name: keyof LatencyMicros): Spread | null => {
    const values = latencies.flatMap((latency) => latency[name] ?? [])
    return values.length === 0 ? null : spreadOf(values)
  }
  const mean = spread('mean')?.median
  const p95 = spread('p95')?.median
  return {
    ...(mean === undefined ? {} : { mean }),
    p50: spread('p50')!.median,
    p90: spread('p90')!.median,
    ...(p95 === undefined ? {} : { p95 }),
    p99: spread('p99')!.median,
    p999: spread('p999')!.median,
    max: spread('max')!.max,
  }
}

function warmUpOf(runs: readonly RunResult[]): WarmUpReport | null {
  const warmUps = runs.flatMap(({ warmUp }) => warmUp ?? [])
  if (warmUps.length === 0) return null
  return {
    records: spreadOf(warmUps.map(({ records }) => records)),
    seconds: spreadOf(warmUps.map(({ elapsedMs }) => elapsedMs / 1000)),
    runsThatStood: warmUps.filter(({ hasStood }) => hasStood).length,
  }
}

function reportScenario({ chosen, runs, error }: ScenarioResults): ScenarioReport {
  const { scenario, parameters } = chosen
  const report: ScenarioReport = {
    name: scenario.name,
    parameters: { ...parameters, ...scenario.fixed },
    verified: error === null && runs.length > 0,
    runs: runs.length,
  }
  if (error !== null) report.error = error
  if (runs.length === 0) return report

  const measurements = runs.map(({ measurement }) => measurement)
  if (measurements.some(({ records }) => records > 0)) {
    const rates = measurements.map(({ records, elapsedMs }) => records / (elapsedMs / 1000))
    report.recordsPerSecond = spreadOf(rates)
    const cpu = measurements.flatMap(({ cpuMicros, records }) =>
      cpuMicros === undefined || records === 0 ? [] : cpuMicros / records,
    )
    report.byRun = { recordsPerSecond: rates, cpuMicrosPerRecord: cpu }
    if (cpu.length > 0) {
      report.cpuMicrosPerRecordSpread = spreadOf(cpu)
      report.cpuMicrosPerRecord = report.cpuMicrosPerRecordSpread.median
    }
  }
  const bandwidths = measurements.flatMap(({ bytes, elapsedMs }) =>
    bytes === undefined ? [] : bytes / MEBIBYTE / (elapsedMs / 1000),
  )
  if (bandwidths.length > 0) report.mebibytesPerSecond = spreadOf(bandwidths)
  // What runs outside has its memory in other processes.
  if (scenario.outside === undefined) {
    report.peakRssMebibytes = Math.max(...runs.map(({ peakRssBytes }) => peakRssBytes)) / MEBIBYTE
  }
  const details = runs.flatMap((run) => run.details ?? [])
  if (details.length > 0) report.details = details
  const warmUp = warmUpOf(runs)
  if (warmUp !== null) report.warmUp = warmUp
  const latency = latencyOf(measurements)
  if (latency !== null) report.latencyMicros = latency
  const figures = byName(measurements.map((measurement) => measurement.figures))
  if (figures.length > 0) {
    report.figures = Object.fromEntries(
      figures.map(([figure, values]) => [figure, spreadOf(values)]),
    )
  }
  return report
}
