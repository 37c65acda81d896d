import { spreadOf, type Spread } from '../../metrics/spread.ts'
import type { RatePoint } from '../../metrics/rate-series.ts'
import type { RunDetails } from '../../runner/run-details.ts'
import type { ScenarioReport } from '../bench-report.ts'
import type { BarChart, LineChart } from './chart.ts'
import { coreChart } from './core-chart.ts'
import { exact, spread } from './numbers.ts'

const MAX_BUCKETS = 50
const MAX_LABELS = 6
/** A thread that takes less of a record is among the others. */
const MIN_SHARE = 0.02
const OTHERS = 'all other threads'

/** What explains a scenario's figures: its rate over time, run by run, what each thread takes, and on which core. */
export function runCharts(scenarios: readonly ScenarioReport[]): Array<LineChart | BarChart> {
  return scenarios.flatMap((scenario) => {
    const { name, details } = scenario
    if (!Array.isArray(details) || details.length === 0) return []
    return [...rateChart(name, details), ...threadChart(name, details), ...coreChart(scenario)]
  })
}

function rateChart(name: string, details: readonly RunDetails[]): LineChart[] {
  const runs = details.map(({ rates }) => rates).filter((rates) => rates.length > 0)
  if (runs.flat().length < 2) return []
  const first = Math.min(...runs.map(beginOf)) / 1000
  const last = Math.max(...runs.flat().map(({ atMs }) => atMs)) / 1000
  const width = roundUp((last - first) / MAX_BUCKETS)
  const labelled = Math.ceil(roundUp((last - first) / MAX_LABELS) / width)
  const [from, to] = [Math.floor(first / width), Math.ceil(last / width)]
  const buckets = Array.from({ length: to - from + 1 }, (_, index) => from + index)
  const seconds = (bucket: number): string => exact(bucket * width)
  const lines = details.map(({ rates }, run) => ({
    name: `run ${run + 1}`,
    values: buckets.map((bucket) => rateAt(rates, bucket * width * 1000)),
  }))
  return [
    {
      shape: 'lines',
      title: `Rate over time: ${name}`,
      note: 'Up to 0 the runs warmed up, lap by lap; there the clock started.',
      xLabel: 'seconds',
      yLabel: 'records/s',
      xs: buckets.map((bucket) => ({
        at: bucket * width,
        label: bucket % labelled === 0 ? seconds(bucket) : '',
      })),
      isLogarithmic: false,
      lines,
      table: {
        head: ['second', ...lines.map((line) => `${line.name}, records/s`)],
        rows: buckets.map((bucket, index) => [
          seconds(bucket),
          ...lines.map(({ values }) => exact(values[index] ?? undefined)),
        ]),
      },
    },
  ]
}

/** Of the stretch that this moment is in. */
function rateAt(rates: RunDetails['rates'], atMs: number): number | null {
  if (rates.length === 0 || atMs < beginOf(rates)) return null
  return rates.find((point) => atMs <= point.atMs)?.recordsPerSecond ?? null
}

/** A warm-up's first stretch counts as if it were as long as the second. */
function beginOf(rates: RunDetails['rates']): number {
  const [first, second] = rates as [RatePoint, RatePoint | undefined]
  return first.atMs > 0 || second === undefined ? 0 : 2 * first.atMs - second.atMs
}

/** To 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return power * [1, 2, 5, 10].find((step) => step * power >= value)!
}

function threadChart(name: string, details: readonly RunDetails[]): BarChart[] {
  const costs = costsByThread(details)
  if (costs.length === 0) return []
  return [
    {
      shape: 'bars',
      title: `Processor time of a record by thread, ns: ${name}`,
      note: 'The line across a bar goes from the run with the least to that with the most.',
      base: 0,
      bars: costs.map(({ thread, nanos }) => ({
        name: thread,
        kind: 'ringlog',
        ...nanos,
        text: spread(nanos),
      })),
      table: {
        head: ['thread', 'median, ns', 'min', 'max'],
        rows: costs.map(({ thread, nanos }) => [
          thread,
          ...[nanos.median, nanos.min, nanos.max].map(exact),
        ]),
      },
    },
  ]
}

/** The dearest first; the others last. */
function costsByThread(details: readonly RunDetails[]): Array<{ thread: string; nanos: Spread }> {
  const runs = details.filter(({ records, threads }) => records > 0 && threads.length > 0)
  const names = [...new Set(runs.flatMap(({ threads }) => threads.map((thread) => thread.name)))]
  const isShown = (thread: string): boolean =>
    runs.some((run) => nanosIn(run, thread) >= MIN_SHARE * totalOf(run))
  const shown = names.filter(isShown)
  const costs = shown
    .map((thread) => ({ thread, nanos: spreadOf(runs.map((run) => nanosIn(run, thread))) }))
    .sort((a, b) => b.nanos.median - a.nanos.median)
  if (shown.length === names.length) return costs
  const rest = runs.map((run) =>
    shown.reduce((left, thread) => left - nanosIn(run, thread), totalOf(run)),
  )
  return [...costs, { thread: OTHERS, nanos: spreadOf(rest) }]
}

function nanosIn({ threads, records }: RunDetails, thread: string): number {
  const cpuMicros = threads.find(({ name }) => name === thread)?.cpuMicros ?? 0
  return (cpuMicros * 1000) / records
}

function totalOf(run: RunDetails): number {
  return run.threads.reduce((sum, thread) => sum + nanosIn(run, thread.name), 0)
}
