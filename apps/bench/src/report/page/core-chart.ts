import type { CorePlacement, CoreUse } from '../../metrics/core-watch.ts'
import type { ScenarioReport } from '../bench-report.ts'
import type { Bar, BarChart } from './chart.ts'
import { exact, short } from './numbers.ts'

/** A core, or a thread on it, that did less of a run is left out. */
const MIN_PERCENT = 1
/** Of a run's, the busiest; the table has the others. */
const MAX_BARS_PER_RUN = 8

interface Row {
  readonly run: number
  readonly core: number
  readonly threads: ReadonlyArray<{ readonly name: string; readonly percent: number }>
  /** Of the core's time, for all threads of the run. */
  readonly percent: number
}

/** Run by run, what each core did for which threads; none where the system does not tell. */
export function coreChart({ name, details }: ScenarioReport): BarChart[] {
  const runs = (details ?? []).map(({ placement, elapsedMs }, index) =>
    rowsOf(placement ?? null, index + 1, elapsedMs),
  )
  const rows = runs.flat()
  if (rows.length === 0) return []
  return [
    {
      shape: 'bars',
      title: `Which threads ran on which core, % of the core: ${name}`,
      note:
        'A bar for each core of each run. Several threads on a core take turns: runs that differ by that differ ' +
        'in their rate.',
      base: 0,
      bars: runs.flatMap(busiest).map(barOf),
      table: {
        head: ['run', 'core', 'thread', '% of the core'],
        rows: rows.flatMap(({ run, core, threads }) =>
          threads.map((thread) => [String(run), String(core), thread.name, exact(thread.percent)]),
        ),
      },
    },
  ]
}

function rowsOf(placement: CorePlacement | null, run: number, elapsedMs: number): Row[] {
  const percentOf = (cpuMicros: number): number => cpuMicros / 10 / elapsedMs
  const rowOf = ({ core, threads }: CoreUse): Row => {
    const shares = threads.map((thread) => ({
      name: thread.name,
      percent: percentOf(thread.cpuMicros),
    }))
    return {
      run,
      core,
      threads: shares.filter(({ percent }) => percent >= MIN_PERCENT),
      percent: shares.reduce((sum, { percent }) => sum + percent, 0),
    }
  }
  return (placement?.cores ?? []).map(rowOf).filter(({ threads }) => threads.length > 0)
}

function busiest(rows: readonly Row[]): Row[] {
  const shown = new Set(rows.toSorted((a, b) => b.percent - a.percent).slice(0, MAX_BARS_PER_RUN))
  return rows.filter((row) => shown.has(row))
}

function barOf({ run, core, threads, percent }: Row): Bar {
  const names = threads.map((thread) => `${thread.name} ${short(Math.round(thread.percent))}`)
  return {
    name: `run ${run}, core ${core}: ${names.join(', ')}`,
    kind: 'ringlog',
    median: percent,
    text: `${short(Math.round(percent))} %`,
  }
}
