import type { Exposition, Family, LabelValue } from './exposition.ts'

/** What a family of metrics is made of: one number of each of the things that it tells of. */
export interface Measure<Of> extends Family {
  /** `null`: there is none, and no series. */
  readonly of: (measured: Of) => number | null
}

type Told<Of> = readonly [name: string, help: string, of: (measured: Of) => number | null]

/** Counters: their names end in `_total`, as Prometheus' do. */
export function counters<Of>(
  labels: readonly string[],
  told: ReadonlyArray<Told<Of>>,
): Measure<Of>[] {
  return told.map(([name, help, of]) => ({
    name: `ringlog_${name}_total`,
    type: 'counter',
    help,
    labels,
    combine: 'sum',
    of,
  }))
}

/** Gauges; of several things with the same labels the sum, the largest or the smallest. */
export function gauges<Of>(
  labels: readonly string[],
  combine: Family['combine'],
  told: ReadonlyArray<Told<Of>>,
): Measure<Of>[] {
  return told.map(([name, help, of]) => ({
    name: `ringlog_${name}`,
    type: 'gauge',
    help,
    labels,
    combine,
    of,
  }))
}

/** Adds every measure of something. */
export function addAll<Of>(
  exposition: Exposition,
  measures: ReadonlyArray<Measure<Of>>,
  labels: readonly LabelValue[],
  measured: Of,
): void {
  for (const measure of measures) {
    const value = measure.of(measured)
    if (value !== null) exposition.add(measure, labels, value)
  }
}

/** Base units, as Prometheus' metrics have them. */
export function seconds(ms: number): number {
  return ms / 1000
}
