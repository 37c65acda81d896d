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
  for (const { chosen } of results) {
    const { name, comparedWith = [] } = chosen.scenario
    for (const other of comparedWith) {
      const median = medianRate(scenarios, name)
      const otherMedian = medianRate(scenarios, other)
      if (median === null || otherMedian === null) continue
      ratios[`${name} / ${other}`] = median / otherMedian
    }
  }
  return { environment, scenarios, ratios }
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
  const figureNames = Object.keys(measurements[0]!.figures ?? {})
  if (figureNames.length > 0) {
    report.figures = Object.fromEntries(
      figureNames.map((figure) => [
        figure,
        spreadOf(measurements.map(({ figures }) => figures![figure]!)),
      ]),
    )
  }
  return report
}
