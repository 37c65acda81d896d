import type { Lap } from './warm-up.ts'

/** A stretch of a run, and how fast it was. */
export interface RatePoint {
  /** The stretch's end, from when the clock started: up to 0 it was the warm-up. */
  readonly atMs: number
  readonly recordsPerSecond: number
}

/** How much of the timed part was done when. */
export interface ProgressSample {
  /** From when the clock started. */
  readonly atMs: number
  readonly records: number
}

/** A stretch is at least so long: shorter ones show how polls come, and not how fast a run is. */
const MIN_STRETCH_MS = 50

/** The rate of each lap of the warm-up. */
export function warmUpSeries(laps: readonly Lap[], lapRecords: number): RatePoint[] {
  let atMs = -laps.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0)
  return laps.map(({ elapsedMs }) => {
    atMs += elapsedMs
    return { atMs, recordsPerSecond: lapRecords / (elapsedMs / 1000) }
  })
}

/**
 * The rate between samples; one stretch, which is all of it, where there are none.
 *
 * @param whole The end of the timed part.
 */
export function timedSeries(
  samples: readonly ProgressSample[],
  whole: ProgressSample,
): RatePoint[] {
  const points: RatePoint[] = []
  let last: ProgressSample = { atMs: 0, records: 0 }
  const inside = samples.filter(
    ({ atMs, records }) => atMs < whole.atMs && records > 0 && records < whole.records,
  )
  for (const sample of [...inside, whole]) {
    const elapsedMs = sample.atMs - last.atMs
    if (elapsedMs < MIN_STRETCH_MS && sample !== whole) continue
    const recordsPerSecond = (sample.records - last.records) / (elapsedMs / 1000)
    points.push({ atMs: sample.atMs, recordsPerSecond })
    last = sample
  }
  return points
}
