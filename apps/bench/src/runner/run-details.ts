import type { CorePlacement } from '../metrics/core-watch.ts'
import { allPauses, type GcPauses } from '../metrics/gc-watch.ts'
import type { HostLoad } from '../metrics/host-times.ts'
import { timedSeries, warmUpSeries, type RatePoint } from '../metrics/rate-series.ts'
import type { ThreadTimes } from '../metrics/thread-times.ts'
import type { Lap } from '../metrics/warm-up.ts'
import type { LogCounts, Measurement } from '../define-scenario.ts'
import type { Watched } from './run-watch.ts'

/** What explains how one run differs from another. */
export interface RunDetails {
  readonly records: number
  readonly elapsedMs: number
  /** By name, the busiest first; none where the system does not tell. */
  readonly threads: readonly ThreadTimes[]
  /** `null` where the system does not tell. */
  readonly placement: CorePlacement | null
  /** Of the main thread and the roles' threads. */
  readonly gc: GcPauses
  readonly host: HostLoad | null
  readonly longestStallMs: number
  /** Absent where no broker was asked. */
  readonly log?: LogCounts
  readonly rates: readonly RatePoint[]
}

/** What a role's thread tells of itself at its end, from the last point that it passed. */
export interface RoleDetails {
  /** `null` where the system does not tell. */
  readonly times: ThreadTimes | null
  readonly gc: GcPauses
}

/**
 * Puts together what the main thread and the roles have seen. What a role says of its thread counts for it:
 * the thread may be gone when the main thread looks.
 */
export function runDetails(
  watched: Watched,
  roles: readonly RoleDetails[],
  { laps, lapRecords }: { laps: readonly Lap[]; lapRecords: number },
  { records, elapsedMs, log }: Measurement,
): RunDetails {
  const ofRoles = roles.flatMap(({ times }) => times ?? [])
  const names = new Set(ofRoles.map(({ name }) => name))
  const threads = [...ofRoles, ...watched.threads.filter(({ name }) => !names.has(name))]
  return {
    records,
    elapsedMs,
    threads: threads
      .filter(({ cpuMicros }) => cpuMicros > 0)
      .sort((a, b) => b.cpuMicros - a.cpuMicros),
    placement: watched.placement,
    gc: allPauses([watched.gc, ...roles.map(({ gc }) => gc)]),
    host: watched.host,
    longestStallMs: watched.longestStallMs,
    ...(log === undefined ? {} : { log }),
    rates: [
      ...warmUpSeries(laps, lapRecords),
      ...(records > 0 ? timedSeries(watched.samples, { atMs: elapsedMs, records }) : []),
    ],
  }
}

/** How long all threads together could have run while others had the cores; absent where nobody tells. */
export function waitedMs({ threads }: RunDetails): number | undefined {
  if (threads.length === 0) return undefined
  return threads.reduce((sum, { waitedMicros }) => sum + waitedMicros, 0) / 1000
}
