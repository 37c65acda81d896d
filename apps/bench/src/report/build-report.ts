import type { Measurement } from '../define-scenario.ts'
import type { LatencyMicros } from '../metrics/latency-histogram.ts'
import { spreadOf, type Spread } from '../metrics/spread.ts'
import type { RunResult } from '../runner/scenario-process.ts'
import type { ScenarioResults } from '../runner/suite.ts'
import type { BenchReport, Environment, ScenarioReport, WarmUpReport } from './bench-report.ts'

const MEBIBYTE = 1024 * 1024

/** Sums the runs up: spreads, and the ratios of medians that scenarios ask for. */
export function buildReport(
  environment: Environment,
  results: readonly ScenarioResults[],
): BenchReport {
  const scenarios = results.map(reportScenario)
  const ratios: Record<string, number> = {}
  const cpuRatios: Record<string, number> = {}
  for (const { chosen, runs } of results) {
    const { name, comparedWith = [] } = chosen.scenario
    for (const other of comparedWith) {
      const own = scenarios.find((report) => report.name === name)
      const others = scenarios.find((report) => report.name === other)
      const pair = `${name} / ${other}`
      if (own?.recordsPerSecond === undefined || others?.recordsPerSecond === undefined) continue
      ratios[pair] = own.recordsPerSecond.median / others.recordsPerSecond.median
      if (own.cpuMicrosPerRecord === undefined || others.cpuMicrosPerRecord === undefined) continue
      cpuRatios[pair] = others.cpuMicrosPerRecord / own.cpuMicrosPerRecord
    }
    for (const [ratio, values] of byName(runs.map(({ measurement }) => measurement.ratios))) {
      ratios[ratio] = spreadOf(values).median
    }
  }
  return { environment, scenarios, ratios, cpuRatios }
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
  const perSecond = (amount: (index: number) => number): Spread =>
    spreadOf(measurements.map(({ elapsedMs }, i) => amount(i) / (elapsedMs / 1000)))
  if (measurements[0]!.records > 0) {
    report.recordsPerSecond = perSecond((i) => measurements[i]!.records)
    const cpu = measurements.flatMap(({ cpuMicros, records }) =>
      cpuMicros === undefined ? [] : cpuMicros / records,
    )
    if (cpu.length > 0) {
      report.cpuMicrosPerRecordSpread = spreadOf(cpu)
      report.cpuMicrosPerRecord = report.cpuMicrosPerRecordSpread.median
    }
  }
  if (measurements[0]!.bytes !== undefined) {
    report.mebibytesPerSecond = perSecond((i) => measurements[i]!.bytes! / MEBIBYTE)
  }
  // What runs outside has its memory in other processes.
  if (scenario.outside === undefined) {
    report.peakRssMebibytes = Math.max(...runs.map(({ peakRssBytes }) => peakRssBytes)) / MEBIBYTE
  }
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
