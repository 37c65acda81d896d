import type { RatioInterval } from '../../metrics/ratio-interval.ts'
import type { Spread } from '../../metrics/spread.ts'
import type { BenchReport, ScenarioReport } from '../bench-report.ts'
import type { Bar, BarChart, BarKind, Chart } from './chart.ts'
import { latencyChart } from './latency-chart.ts'
import { exact, isNumber, isSpread, short, spread } from './numbers.ts'
import { runCharts } from './run-charts.ts'
import { scalingCharts } from './scaling-charts.ts'

/** The charts that a report has the figures for, in the order of the page. */
export function reportCharts(report: BenchReport): Chart[] {
  return [
    ...throughputCharts(report.scenarios),
    ...costChart(report.scenarios),
    ...latencyChart(report.scenarios),
    ...scalingCharts(report.scenarios),
    ...ratioChart('Ratios of records per second', report.ratios, report.ratioIntervals),
    ...ratioChart('Ratios of processor time', report.cpuRatios, report.cpuRatioIntervals),
    ...runCharts(report.scenarios),
  ]
}

export function kindOf(name: string): BarKind {
  if (name.startsWith('limit-')) return 'limit'
  return name.startsWith('rival-') ? 'rival' : 'ringlog'
}

/** Rates of records of different sizes say nothing beside each other: each size has its chart. */
function throughputCharts(scenarios: readonly ScenarioReport[]): BarChart[] {
  const rated = scenarios.filter(({ recordsPerSecond }) => isSpread(recordsPerSecond))
  const bySize = Map.groupBy(rated, ({ parameters }) => Number(parameters?.recordSizeBytes ?? NaN))
  return [...bySize]
    .sort(([size], [other]) => (Number.isNaN(size) ? 1 : size - other))
    .map(([size, ofSize]) => {
      const what = Number.isNaN(size) ? '' : `, values of ${size.toLocaleString('en')} bytes`
      return barChart(
        `Records per second${what}`,
        'Longer is faster. The line across a bar goes from the slowest run to the fastest.',
        'records/s',
        ofSize.map((scenario) => ({ name: scenario.name, figure: scenario.recordsPerSecond! })),
      )
    })
}

function costChart(scenarios: readonly ScenarioReport[]): BarChart[] {
  const costs = scenarios.flatMap((scenario) => {
    const { name, cpuMicrosPerRecord: median, cpuMicrosPerRecordSpread: whole } = scenario
    if (isSpread(whole)) return [{ name, figure: whole }]
    return isNumber(median) ? [{ name, figure: { min: median, median, max: median } }] : []
  })
  if (costs.length === 0) return []
  const title = 'Processor time of a record in all threads, µs'
  return [barChart(title, 'Shorter is cheaper.', 'µs', costs)]
}

function barChart(
  title: string,
  note: string,
  unit: string,
  figures: ReadonlyArray<{ name: string; figure: Spread }>,
): BarChart {
  const sorted = figures.toSorted((a, b) => b.figure.median - a.figure.median)
  return {
    shape: 'bars',
    title,
    note,
    base: 0,
    bars: sorted.map(({ name, figure }): Bar => ({
      name,
      kind: kindOf(name),
      ...figure,
      text: spread(figure),
    })),
    table: {
      head: ['scenario', `median, ${unit}`, 'min', 'max'],
      rows: sorted.map(({ name, figure }) => [name, ...spreadCells(figure)]),
    },
  }
}

/** Equal is in the middle: twice as much to the right is as long as half as much to the left. */
function ratioChart(
  title: string,
  ratios: Readonly<Record<string, number>> | undefined,
  intervals: Readonly<Record<string, RatioInterval>> = {},
): BarChart[] {
  const figures = Object.entries(ratios ?? {})
    .filter(([, ratio]) => isNumber(ratio) && ratio > 0)
    .map(([name, median]) => {
      const { low = NaN, high = NaN } = intervals[name] ?? {}
      return { name, median, interval: low > 0 && isNumber(high) ? { min: low, max: high } : null }
    })
  if (figures.length === 0) return []
  return [
    {
      shape: 'bars',
      title,
      note:
        'Bars to the right of 1: the first of the two is better. The line is where the ratio lies by 95 %, ' +
        'by what the runs in turn differ: one that spans 1 is a difference within the noise.',
      base: 1,
      bars: figures.map(({ name, median, interval }): Bar => {
        const text = interval === null ? short(median) : spread({ ...interval, median })
        return { name, kind: 'ringlog', median, ...interval, text }
      }),
      table: {
        head: ['what is divided by what', 'of the medians', '95 %, from', 'to'],
        rows: figures.map(({ name, median, interval }) => [
          name,
          exact(median),
          exact(interval?.min),
          exact(interval?.max),
        ]),
      },
    },
  ]
}

function spreadCells({ median, min, max }: Spread): string[] {
  return [median, min, max].map(exact)
}
