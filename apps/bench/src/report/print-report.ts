import Table from 'cli-table3'
import { sharedPercents } from '../metrics/core-watch.ts'
import { spreadOf, type Spread } from '../metrics/spread.ts'
import { waitedMs, type RunDetails } from '../runner/run-details.ts'
import type { BenchReport, ScenarioReport } from './bench-report.ts'
import type { ReportComparison } from './compare-reports.ts'
import { count, figure, ratioWithInterval } from './numbers-in-words.ts'
import { perfTestLine } from './perf-test-line.ts'

/** Colours of no use in a log file; no line between rows. */
const STYLE = { style: { head: [], border: [], compact: true } }

const MAX_COLUMNS = 100
/** Blanks around what is in a cell; with them, the line beside it. */
const CELL_PADDING = 2
const CELL_FRAME = CELL_PADDING + 1

/** Prints the report for a reader at a terminal, in at most 100 columns. */
export function printReport(report: BenchReport): void {
  const { node, cpu, cores, os } = report.environment
  console.log(`\nNode.js ${node}, ${cores} × ${cpu}, ${os}`)
  printRates(report)
  printSeeds(report)
  printLatencies(report)
  printFigures(report)
  printBeside(report)
  printSharedCores(report)
  printRatios(report)
  printPerfTestLines(report)
  for (const { name, error } of report.scenarios) {
    if (error !== undefined) console.error(`\n${name} FAILED: ${error}`)
  }
}

function printRates({ scenarios }: BenchReport): void {
  print(
    ['scenario', 'runs', 'records/s', 'min – max', 'MiB/s', 'CPU ns', 'RSS', 'warm-up'],
    scenarios.map((report) => {
      const { name, runs, recordsPerSecond: rate, mebibytesPerSecond: bandwidth } = report
      const { cpuMicrosPerRecord: cpuMicros, peakRssMebibytes: rss } = report
      return [
        name,
        String(runs),
        rate === undefined ? '' : count(rate.median),
        rate === undefined ? '' : range(rate),
        bandwidth === undefined ? '' : figure(bandwidth.median),
        cpuMicros === undefined ? '' : figure(cpuMicros * 1000),
        rss === undefined ? '' : figure(rss),
        warmUp(report),
      ]
    }),
  )
  console.log(
    'CPU ns: processor time of a record in all threads, median. RSS: MiB, the most of all runs.',
  )
  if (scenarios.every(hasStood)) return
  console.log('* In not all runs had the cost of a record stood before the clock started.')
}

/** "2.1 s", with an asterisk where not every run was warm. */
function warmUp(report: ScenarioReport): string {
  if (report.warmUp === undefined) return ''
  return `${figure(report.warmUp.seconds.median)} s${hasStood(report) ? '' : ' *'}`
}

function hasStood({ warmUp: own, runs }: ScenarioReport): boolean {
  return own === undefined || own.runsThatStood === runs
}

function printSeeds({ scenarios }: BenchReport): void {
  for (const { name, parameters } of scenarios) {
    if (parameters.seed !== undefined) console.log(`${name}: --seed ${parameters.seed}`)
  }
}

function printLatencies({ scenarios }: BenchReport): void {
  print(
    ['latency, µs', 'p50', 'p90', 'p99', 'p99.9', 'max'],
    scenarios.flatMap(({ name, latencyMicros: micros }) => {
      if (micros === undefined) return []
      const { p50, p90, p99, p999, max } = micros
      return [[name, ...[p50, p90, p99, p999, max].map(figure)]]
    }),
  )
}

function printFigures({ scenarios }: BenchReport): void {
  print(
    ['scenario', 'figure', 'median', 'min', 'max'],
    scenarios.flatMap(({ name, figures = {} }) =>
      Object.entries(figures).map(([label, { median, min, max }]: [string, Spread]) => [
        name,
        label,
        ...[median, min, max].map(figure),
      ]),
    ),
    2,
  )
}

/** What explains how runs differ, in medians of them. */
function printBeside({ scenarios }: BenchReport): void {
  print(
    [
      'beside the runs',
      'GC ms',
      'longest',
      'waited ms',
      'stolen %',
      'others %',
      'late ms',
      'batch',
      'full',
    ],
    scenarios.flatMap(({ name, details }) => {
      if (details === undefined) return []
      const median = (of: (run: RunDetails) => number | undefined): string => {
        const values = details.flatMap((run) => of(run) ?? [])
        return values.length === 0 ? '' : figure(spreadOf(values).median)
      }
      return [
        [
          name,
          median(({ gc }) => gc.totalMs),
          median(({ gc }) => gc.longestMs),
          median(waitedMs),
          median(({ host }) => host?.stolenPercent),
          median(({ host }) => host?.othersPercent),
          median(({ longestStallMs }) => longestStallMs),
          median(({ log }) => log?.recordsPerBatch),
          median(({ log }) => log?.waitsForRoom),
        ],
      ]
    }),
  )
  if (scenarios.every(({ details }) => details === undefined)) return
  console.log(
    'GC: pauses of the main thread and the roles. waited: for a core, all threads together. stolen,\n' +
      'others: by the host, by other programs, of all cores. late: the main thread, which mostly waits,\n' +
      'at most. batch: records of each. full: how often appends began to wait for room in the ring.',
  )
}

/** The threads of V8 and of Node.js count too: they take turns with the rest. */
function printSharedCores({ scenarios }: BenchReport): void {
  print(
    ['on one core', 'threads that most often were', '% of the looks'],
    scenarios.flatMap(({ name, details = [] }) => {
      const placements = details.flatMap(({ placement }) => placement ?? [])
      if (placements.length === 0) return []
      const [first] = sharedPercents(placements)
      if (first === undefined) return [[name, 'none', '']]
      return [[name, first.threads.join(' + '), figure(first.percent)]]
    }),
    2,
  )
}

function printRatios(report: BenchReport): void {
  const { ratios, cpuRatios, ratioIntervals, cpuRatioIntervals } = report
  print(
    ['medians of the same run', 'ratio (95 %)', 'by processor time'],
    Object.entries(ratios).map(([pair, ratio]) => [
      pair,
      ratioWithInterval(ratio, ratioIntervals[pair]),
      ratioWithInterval(cpuRatios[pair], cpuRatioIntervals[pair]),
    ]),
  )
}

/** Not broken, however wide: they are for programs that read lines. */
function printPerfTestLines({ scenarios }: BenchReport): void {
  const lines = scenarios.flatMap((report) => {
    const line = perfTestLine(report)
    return line === null ? [] : [`${report.name}: ${line}`]
  })
  if (lines.length > 0) console.log(`\nAs kafka-producer-perf-test tells it:\n${lines.join('\n')}`)
}

/** Prints what has changed since an older report. */
export function printComparison({ scenarios, skipped, differences }: ReportComparison): void {
  print(
    ['now / then', 'records/s (95 %)', 'processor time'],
    scenarios.map(({ name, recordsPerSecond: rate, cpuMicrosPerRecord: cpu }) => [
      name,
      ratioWithInterval(rate.ratio, rate.interval),
      ratioWithInterval(cpu?.ratio, cpu?.interval),
    ]),
  )
  for (const line of skipped) console.log(`not compared: ${line}`)
  for (const line of differences) console.log(`not the same: ${line}`)
}

/** @param labels How many of the columns, from the left, are text. */
function print(head: string[], rows: string[][], labels = 1): void {
  if (rows.length === 0) return
  const colAligns = head.map((_, column) => (column < labels ? 'left' : 'right'))
  const widths = head.map((label, column) =>
    Math.max(label.length, ...rows.map((row) => row[column]!.length)),
  )
  // What is too much for a line goes off the names, which are broken between words.
  const others = widths.slice(1).reduce((sum, width) => sum + width, 0)
  const forNames = MAX_COLUMNS - others - CELL_FRAME * head.length - 1
  const colWidths = [Math.min(widths[0]!, forNames) + CELL_PADDING]
  const table = new Table({ ...STYLE, head, colAligns, colWidths, wordWrap: true })
  table.push(...rows)
  console.log(table.toString())
}

function range({ min, max }: Spread): string {
  return min < 1e6 ? `${count(min)} – ${count(max)}` : `${figure(min / 1e6)} – ${count(max)}`
}
