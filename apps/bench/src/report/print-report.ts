import Table from 'cli-table3'
import type { BenchReport, Spread } from './bench-report.ts'

/** Colours of no use in a log file. */
const PLAIN = { style: { head: [], border: [] } }

/** Prints the report for a reader at a terminal. */
export function printReport({ environment, scenarios, ratios }: BenchReport): void {
  const { node, cpu, cores, os } = environment
  console.log(`\nNode.js ${node}, ${cores} × ${cpu}, ${os}`)
  const table = new Table({
    ...PLAIN,
    head: [
      'scenario',
      'runs',
      'records/s: median',
      'min – max',
      'MiB/s',
      'CPU µs/record',
      'RSS MiB',
    ],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  })
  for (const report of scenarios) {
    const {
      recordsPerSecond: rate,
      mebibytesPerSecond: bandwidth,
      cpuMicrosPerRecord: cpuMicros,
    } = report
    table.push([
      report.name,
      String(report.runs),
      rate === undefined ? '' : count(rate.median),
      rate === undefined ? '' : `${count(rate.min)} – ${count(rate.max)}`,
      bandwidth === undefined ? '' : figure(bandwidth.median),
      cpuMicros === undefined ? '' : figure(cpuMicros),
      report.peakRssMebibytes === undefined ? '' : figure(report.peakRssMebibytes),
    ])
  }
  console.log(table.toString())

  const latencies = scenarios.flatMap(({ name, latencyMicros }) =>
    latencyMicros === undefined ? [] : [{ name, ...latencyMicros }],
  )
  if (latencies.length > 0) {
    const latencyTable = new Table({
      ...PLAIN,
      head: ['latency, µs', 'p50', 'p90', 'p99', 'p99.9', 'max'],
      colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    })
    for (const { name, p50, p90, p99, p999, max } of latencies) {
      latencyTable.push([name, ...[p50, p90, p99, p999, max].map(figure)])
    }
    console.log(latencyTable.toString())
  }

  const figures = scenarios.flatMap(({ name, figures: own = {} }) =>
    Object.entries(own).map(([label, spread]) => [name, label, ...cells(spread)]),
  )
  if (figures.length > 0) {
    const figureTable = new Table({
      ...PLAIN,
      head: ['scenario', 'figure', 'median', 'min', 'max'],
      colAligns: ['left', 'left', 'right', 'right', 'right'],
    })
    figureTable.push(...figures)
    console.log(figureTable.toString())
  }

  const pairs = Object.entries(ratios)
  if (pairs.length > 0) {
    const ratioTable = new Table({
      ...PLAIN,
      head: ['medians of the same run', 'ratio'],
      colAligns: ['left', 'right'],
    })
    ratioTable.push(...pairs.map(([pair, ratio]) => [pair, figure(ratio)]))
    console.log(ratioTable.toString())
  }
  for (const { name, error } of scenarios) {
    if (error !== undefined) console.error(`\n${name} FAILED: ${error}`)
  }
}

function cells({ median, min, max }: Spread): string[] {
  return [figure(median), figure(min), figure(max)]
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en')
}

/** Three significant digits. */
function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 })
}
