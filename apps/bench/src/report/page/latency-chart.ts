import type { LatencyMicros } from '../../metrics/latency-histogram.ts'
import type { ScenarioReport } from '../bench-report.ts'
import type { LineChart } from './chart.ts'
import { exact, isNumber } from './numbers.ts'

/**
 * Where a percentile stands: each further nine takes as much room as the one before, so that the tail
 * can be seen. The maximum has no percentile; it stands behind the last.
 */
const PERCENTILES: ReadonlyArray<{ name: keyof LatencyMicros; label: string; at: number }> = [
  { name: 'p50', label: '50 %', at: Math.log10(2) },
  { name: 'p90', label: '90 %', at: 1 },
  { name: 'p99', label: '99 %', at: 2 },
  { name: 'p999', label: '99.9 %', at: 3 },
  { name: 'max', label: 'max', at: 4 },
]

/** One curve for each scenario that measured times; none without one. */
export function latencyChart(scenarios: readonly ScenarioReport[]): LineChart[] {
  const lines = scenarios.flatMap(({ name, latencyMicros }) => {
    if (latencyMicros === undefined || latencyMicros === null) return []
    const values = PERCENTILES.map((percentile) => latencyMicros[percentile.name])
    return [{ name, values: values.map((value) => (isNumber(value) && value > 0 ? value : null)) }]
  })
  if (lines.length === 0) return []
  return [
    {
      shape: 'lines',
      title: 'Latency by percentile, µs',
      note: 'Lower is faster; both axes are logarithmic. A curve that stays flat has no tail.',
      xLabel: 'percentile',
      yLabel: 'µs',
      xs: PERCENTILES.map(({ at, label }) => ({ at, label })),
      isLogarithmic: true,
      lines,
      table: {
        head: ['scenario', ...PERCENTILES.map(({ label }) => `${label}, µs`)],
        rows: lines.map(({ name, values }) => [name, ...values.map((v) => exact(v ?? undefined))]),
      },
    },
  ]
}
