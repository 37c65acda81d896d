import { sharedPercents } from '../../metrics/core-watch.ts'
import { waitedMs, type RunDetails } from '../../runner/run-details.ts'
import type { BenchReport } from '../bench-report.ts'
import type { Table } from './chart.ts'
import { exact, isNumber, isSpread } from './numbers.ts'

/** Of the threads that shared a core, the most often. */
const MAX_PAIRS = 3

/** Everything that was measured, with what it was measured with. */
export function scenarioTables(report: BenchReport): Array<{ title: string; table: Table }> {
  const tables = [
    { title: 'Every scenario, with its parameters', table: everyScenario(report) },
    { title: 'What else was measured', table: figures(report) },
    { title: 'What there was beside each run', table: besideRuns(report) },
  ]
  return tables.filter(({ table }) => table.rows.length > 0)
}

function everyScenario({ scenarios }: BenchReport): Table {
  const parameters = [...new Set(scenarios.flatMap((one) => Object.keys(one.parameters ?? {})))]
  return {
    head: [
      'scenario',
      'runs',
      'records/s',
      'MiB/s',
      'CPU µs/record',
      'RSS, MiB',
      'warm-up, s',
      ...parameters,
    ],
    rows: scenarios.map((one) => [
      one.name,
      one.verified ? exact(one.runs) : 'failed',
      exact(one.recordsPerSecond?.median),
      exact(one.mebibytesPerSecond?.median),
      exact(one.cpuMicrosPerRecord),
      exact(one.peakRssMebibytes),
      exact(one.warmUp?.seconds.median),
      ...parameters.map((name) => cell((one.parameters as Record<string, unknown>)?.[name])),
    ]),
  }
}

function figures({ scenarios }: BenchReport): Table {
  return {
    head: ['scenario', 'figure', 'median', 'min', 'max'],
    rows: scenarios.flatMap(({ name, figures: own }) =>
      Object.entries(own ?? {})
        .filter(([, spread]) => isSpread(spread))
        .map(([label, { median, min, max }]) => [name, label, ...[median, min, max].map(exact)]),
    ),
  }
}

/** What explains how runs differ. */
function besideRuns({ scenarios }: BenchReport): Table {
  return {
    head: [
      'scenario',
      'run',
      'records/s',
      'GC pauses',
      'of ms',
      'longest, ms',
      'threads waited for a core, ms',
      'stolen by the host, %',
      'other programs, %',
      'main thread late by, ms',
      'records a batch',
      'waits for room',
      'shared a core, of the looks',
    ],
    rows: scenarios.flatMap(({ name, details }) =>
      (details ?? []).map((run, index) => [
        name,
        String(index + 1),
        exact(run.records > 0 ? run.records / (run.elapsedMs / 1000) : undefined),
        exact(run.gc.count),
        exact(run.gc.totalMs),
        exact(run.gc.longestMs),
        exact(waitedMs(run)),
        exact(run.host?.stolenPercent),
        exact(run.host?.othersPercent),
        exact(run.longestStallMs),
        exact(run.log?.recordsPerBatch),
        exact(run.log?.waitsForRoom),
        coresOf(run),
      ]),
    ),
  }
}

function coresOf({ placement }: RunDetails): string {
  if (placement === null || placement === undefined) return 'the system does not tell'
  const pairs = sharedPercents([placement])
    .slice(0, MAX_PAIRS)
    .map(({ threads, percent }) => `${threads.join(' + ')} ${Math.round(percent)} %`)
  return pairs.join(', ') || 'none'
}

function cell(value: unknown): string {
  if (isNumber(value)) return value.toLocaleString('en')
  return typeof value === 'string' ? value : ''
}
