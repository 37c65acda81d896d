import { readFileSync, readdirSync } from 'node:fs'

/** What one thread had of the processors, or all threads of one name together. */
export interface ThreadTimes {
  /** Its first 15 characters: Linux keeps no more. */
  readonly name: string
  readonly cpuMicros: number
  /** How long it could have run, and others had the cores. */
  readonly waitedMicros: number
}

const NANOS_PER_MICRO = 1000
const ALL_THREADS = '/proc/self/task'

/** By their ids, all threads of the process; none where the system does not tell. */
export function readThreadTimes(): Map<string, ThreadTimes> {
  const threads = new Map<string, ThreadTimes>()
  try {
    for (const id of readdirSync(ALL_THREADS)) {
      const times = timesIn(`${ALL_THREADS}/${id}`)
      if (times !== null) threads.set(id, times)
    }
  } catch {
    // No Linux.
  }
  return threads
}

/** Of the thread that asks; `null` where the system does not tell. */
export function readOwnThreadTimes(): ThreadTimes | null {
  return timesIn('/proc/thread-self')
}

/** What each thread has had since, those of one name together, the busiest first. */
export function threadTimesSince(
  before: ReadonlyMap<string, ThreadTimes>,
  now: ReadonlyMap<string, ThreadTimes>,
): ThreadTimes[] {
  const byName = new Map<string, ThreadTimes>()
  for (const [id, times] of now) {
    byName.set(times.name, sumOf(byName.get(times.name), differenceOf(times, before.get(id))))
  }
  return [...byName.values()].sort((a, b) => b.cpuMicros - a.cpuMicros)
}

export function differenceOf(now: ThreadTimes, before: ThreadTimes | undefined): ThreadTimes {
  return {
    name: now.name,
    cpuMicros: now.cpuMicros - (before?.cpuMicros ?? 0),
    waitedMicros: now.waitedMicros - (before?.waitedMicros ?? 0),
  }
}

function sumOf(a: ThreadTimes | undefined, b: ThreadTimes): ThreadTimes {
  return {
    name: b.name,
    cpuMicros: b.cpuMicros + (a?.cpuMicros ?? 0),
    waitedMicros: b.waitedMicros + (a?.waitedMicros ?? 0),
  }
}

/**
 * `schedstat` has nanoseconds, where `stat` has hundredths of a second: "ran waited slices".
 *
 * Source: Linux, Documentation/scheduler/sched-stats.rst.
 */
function timesIn(folder: string): ThreadTimes | null {
  try {
    const name = readFileSync(`${folder}/comm`, 'utf8').trim()
    const text = readFileSync(`${folder}/schedstat`, 'utf8')
    const [ran, waited] = text.split(' ').map(Number) as [number, number]
    return { name, cpuMicros: ran / NANOS_PER_MICRO, waitedMicros: waited / NANOS_PER_MICRO }
  } catch {
    return null // It has just ended, or the kernel does not count.
  }
}
