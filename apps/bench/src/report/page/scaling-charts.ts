import type { ScenarioReport } from '../bench-report.ts'
import type { LineChart } from './chart.ts'
import { exact, isSpread } from './numbers.ts'

/** What curves are drawn by, and how the names of a matrix say it. */
const AXES = {
  partitions: 'partitions',
  producers: 'producers',
  consumers: 'consumers',
  recordSizeBytes: 'record-size',
  batchSizeBytes: 'batch-size',
} as const
type Axis = keyof typeof AXES

/** In the name of a scenario, by a matrix. */
const NUMBERS_IN_NAMES = new RegExp(` (${Object.values(AXES).join('|')})=\\d+`, 'g')

/** A rate does not depend on these. */
const BESIDE_THE_POINT = new Set(['records', 'seed'])

/** How the rate grows with each number that scenarios differ by, and by nothing else. */
export function scalingCharts(scenarios: readonly ScenarioReport[]): LineChart[] {
  return (Object.keys(AXES) as Axis[]).flatMap((axis) => {
    const families = [...Map.groupBy(candidates(scenarios, axis), (one) => familyOf(one, axis))]
      .map(([, family]) => distinct(family, axis))
      .filter((family) => family.length > 1)
    return families.length === 0 ? [] : [scalingChart(axis, families)]
  })
}

function candidates(scenarios: readonly ScenarioReport[], axis: Axis): ScenarioReport[] {
  return scenarios.filter(
    ({ parameters, recordsPerSecond }) =>
      valueOf(parameters, axis) > 0 && isSpread(recordsPerSecond),
  )
}

function valueOf(parameters: ScenarioReport['parameters'] | undefined, axis: Axis): number {
  return Number(parameters?.[axis] ?? NaN)
}

/** What scenarios of one curve have in common: their parameters, and their name but for its numbers. */
function familyOf({ name, parameters }: ScenarioReport, axis: Axis): string {
  const others = Object.entries(parameters)
    .filter(([parameter]) => parameter !== axis && !BESIDE_THE_POINT.has(parameter))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([shapeless(name), others])
}

/** `shared-1p3c`, `shared-1p1c-8-partitions` and `shared partitions=8` are all `shared`. */
function shapeless(name: string): string {
  return name
    .replaceAll(NUMBERS_IN_NAMES, '')
    .replaceAll(/-?\d+(p\d+c|-(partitions|producers|consumers))/g, '')
}

/** Of scenarios with the same number the first: a curve has one point at each. */
function distinct(family: readonly ScenarioReport[], axis: Axis): ScenarioReport[] {
  const byNumber = Map.groupBy(family, ({ parameters }) => valueOf(parameters, axis))
  return [...byNumber].sort(([a], [b]) => a - b).map(([, same]) => same[0]!)
}

function scalingChart(axis: Axis, families: readonly ScenarioReport[][]): LineChart {
  const numbers = families.flat().map(({ parameters }) => valueOf(parameters, axis))
  const xs = [...new Set(numbers)].sort((a, b) => a - b)
  const lines = families.map((family) => {
    const at = (x: number): ScenarioReport['recordsPerSecond'] =>
      family.find(({ parameters }) => valueOf(parameters, axis) === x)?.recordsPerSecond
    return {
      name: family[0]!.name.replace(new RegExp(` ${AXES[axis]}=\\d+`), ''),
      values: xs.map((x) => at(x)?.median ?? null),
      lows: xs.map((x) => at(x)?.min ?? null),
      highs: xs.map((x) => at(x)?.max ?? null),
    }
  })
  return {
    shape: 'lines',
    title: `Records per second by ${axis}`,
    note: `Scenarios that differ by ${axis} only; the line across a point goes from the slowest run to the fastest.`,
    xLabel: axis,
    yLabel: 'records/s',
    xs: xs.map((x) => ({ at: Math.log2(x), label: String(x) })),
    isLogarithmic: false,
    lines,
    table: {
      head: ['scenario', axis, 'median, records/s', 'min', 'max'],
      rows: families
        .flat()
        .map(({ name, parameters, recordsPerSecond: rate }) => [
          name,
          exact(valueOf(parameters, axis)),
          ...[rate!.median, rate!.min, rate!.max].map(exact),
        ]),
    },
  }
}
