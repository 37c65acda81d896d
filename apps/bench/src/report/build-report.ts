import type { Measurement } from '../define-scenario.ts'
import type { LatencyMicros } from '../metrics/latency-histogram.ts'
import { spreadOf } from '../metrics/spread.ts'
import type { ScenarioResults } from '../runner/suite.ts'
import type { BenchReport, Environment, ScenarioReport, Spread } from './bench-report.ts'

const MEBIBYTE = 1024 * 1024

/** Sums the runs up: spreads, and the ratios of medians that scenarios ask for. */
export function buildReport(
  environment: Environment,
  results: readonly ScenarioResults[],
): BenchReport {
  const scenarios = results.map(reportScenario)
  const ratios: Record<string, number> = {}
  for (const { chosen, runs } of results) {
    const { name, comparedWith = [] } = chosen.scenario
    for (const other of comparedWith) {
      const median = medianRate(scenarios, name)
      const otherMedian = medianRate(scenarios, other)
      if (median === null || otherMedian === null) continue
      ratios[`${name} / ${other}`] = median / otherMedian
    }
    for (const [ratio, values] of byName(runs.map(({ measurement }) => measurement.ratios))) {
      ratios[ratio] = spreadOf(values).median
    }
  }
  return { environment, scenarios, ratios }
}

/** What the runs have under the same names, together. */
function byName(
  runs: ReadonlyArray<Readonly<Record<string, number>> | undefined>,
): Array<[name: string, values: number[]]> {
  const names = Object.keys(runs[0] ?? {})
  return names.map((name) => [name, runs.map((run) => run![name]!)])
}

function latencyOf(measurements: readonly Measurement[]): LatencyMicros | null {
  const latencies = measurements.flatMap(({ latency }) => latency ?? [])
  if (latencies.length === 0) return null
  const spread = (name: keyof LatencyMicros): Spread =>
    spreadOf(latencies.map((latency) => latency[name]))
  return {
    p50: spread('p50').median,
    p90: spread('p90').median,
    p99: spread('p99').median,
    p999: spread('p999').median,
    max: spread('max').max,
  }
}

function medianRate(scenarios: readonly ScenarioReport[], name: string): number | null {
  return scenarios.find((report) => report.name === name)?.recordsPerSecond?.median ?? null
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
  const perSecond = (amount: (index: number) => number): Spread =>
    spreadOf(measurements.map(({ elapsedMs }, i) => amount(i) / (elapsedMs / 1000)))
  if (measurements[0]!.records > 0) {
    report.recordsPerSecond = perSecond((i) => measurements[i]!.records)
    const cpu = measurements.map(({ cpuMicros = 0, records }) => cpuMicros / records)
    report.cpuMicrosPerRecord = spreadOf(cpu).median
  }
  if (measurements[0]!.bytes !== undefined) {
    report.mebibytesPerSecond = perSecond((i) => measurements[i]!.bytes! / MEBIBYTE)
  }
  report.peakRssMebibytes = Math.max(...runs.map(({ peakRssBytes }) => peakRssBytes)) / MEBIBYTE
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
