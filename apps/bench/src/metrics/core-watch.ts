import { closeSync, openSync, readSync, readdirSync } from 'node:fs'

/** What one core did for the threads of a run. */
export interface CoreUse {
  readonly core: number
  /** By name, the busiest first. What a thread had since the look before counts for the core that it is found on. */
  readonly threads: ReadonlyArray<{ readonly name: string; readonly cpuMicros: number }>
}

/** Two threads that both ran since the look before, and were found on the same core. */
export interface SharedCore {
  readonly threads: readonly [string, string]
  /** At how many looks. */
  readonly looks: number
}

/** Which threads ran on which core, as far as looks a few times a second find it. */
export interface CorePlacement {
  readonly looks: number
  readonly cores: readonly CoreUse[]
  /** The pair first that shared a core most often. */
  readonly shared: readonly SharedCore[]
}

interface ThreadStat {
  readonly name: string
  /** Of processor time since the thread began. */
  readonly cpuMicros: number
  /** On which it runs, or ran last. */
  readonly core: number
}

const ALL_THREADS = '/proc/self/task'
const TICK_MICROS = 10_000
const MAX_STAT_BYTES = 1024

/**
 * Looks where the threads of the process are. A look reads one file of each thread, which stays open: 4 µs a
 * thread, and up to 30 where other threads have the caches. The kernel counts in hundredths of a second, so that who had less since the look before is not seen.
 */
export class CoreWatch {
  readonly #files = new Map<string, number>()
  readonly #buffer = Buffer.alloc(MAX_STAT_BYTES)
  readonly #micros = new Map<number, Map<string, number>>()
  readonly #shared = new Map<string, SharedCore>()
  #before = new Map<string, ThreadStat>()
  #looks = 0

  /** Begins anew, with what the threads had until now. */
  restart(): void {
    this.#micros.clear()
    this.#shared.clear()
    this.#looks = 0
    this.#before = this.#read()
  }

  look(): void {
    const now = this.#read()
    const namesByCore = new Map<number, Set<string>>()
    for (const [id, { name, cpuMicros, core }] of now) {
      const micros = cpuMicros - (this.#before.get(id)?.cpuMicros ?? 0)
      if (micros <= 0) continue
      const ofCore = entryOf(this.#micros, core, () => new Map<string, number>())
      ofCore.set(name, (ofCore.get(name) ?? 0) + micros)
      entryOf(namesByCore, core, () => new Set<string>()).add(name)
    }
    for (const names of namesByCore.values()) this.#countPairs([...names].sort())
    this.#before = now
    this.#looks++
  }

  /** `null` where the system does not tell. */
  get placement(): CorePlacement | null {
    if (this.#before.size === 0) return null
    return {
      looks: this.#looks,
      cores: [...this.#micros]
        .sort(([a], [b]) => a - b)
        .map(([core, micros]) => ({
          core,
          threads: [...micros]
            .map(([name, cpuMicros]) => ({ name, cpuMicros }))
            .sort((a, b) => b.cpuMicros - a.cpuMicros),
        })),
      shared: [...this.#shared.values()].sort((a, b) => b.looks - a.looks),
    }
  }

  close(): void {
    for (const file of this.#files.values()) closeSync(file)
    this.#files.clear()
  }

  #countPairs(names: readonly string[]): void {
    for (const [index, a] of names.entries()) {
      for (const b of names.slice(index + 1)) {
        const pair = JSON.stringify([a, b])
        const looks = (this.#shared.get(pair)?.looks ?? 0) + 1
        this.#shared.set(pair, { threads: [a, b], looks })
      }
    }
  }

  #read(): Map<string, ThreadStat> {
    const threads = new Map<string, ThreadStat>()
    for (const id of threadIds()) {
      const stat = this.#statOf(id)
      if (stat !== null) threads.set(id, stat)
    }
    for (const [id, file] of this.#files) {
      if (threads.has(id)) continue
      closeSync(file)
      this.#files.delete(id)
    }
    return threads
  }

  #statOf(id: string): ThreadStat | null {
    try {
      const file = entryOf(this.#files, id, () => openSync(`${ALL_THREADS}/${id}/stat`, 'r'))
      const bytes = readSync(file, this.#buffer, 0, MAX_STAT_BYTES, 0)
      return parseThreadStat(this.#buffer.toString('latin1', 0, bytes))
    } catch {
      return null // It has just ended.
    }
  }
}

/**
 * ```text
 *  id (name) state … utime(14) stime(15) … processor(39) …
 * ```
 * A name may have blanks and brackets in it. `null`: the text is none of the kernel's.
 *
 * Source: proc_pid_stat(5).
 */
export function parseThreadStat(text: string): ThreadStat | null {
  const [nameBegin, nameEnd] = [text.indexOf('('), text.lastIndexOf(')')]
  if (nameBegin < 0 || nameEnd < nameBegin) return null
  // The state, behind the name, is the third field.
  const fields = text.slice(nameEnd + 2).split(' ')
  const field = (number: number): number => Number(fields[number - 3])
  const [cpuMicros, core] = [(field(14) + field(15)) * TICK_MICROS, field(39)]
  if (!Number.isSafeInteger(cpuMicros) || !Number.isSafeInteger(core)) return null
  return { name: text.slice(nameBegin + 1, nameEnd), cpuMicros, core }
}

/** At how many percent of all looks two threads shared a core, the most often first. */
export function sharedPercents(
  placements: readonly CorePlacement[],
): Array<{ threads: readonly [string, string]; percent: number }> {
  const looks = placements.reduce((sum, one) => sum + one.looks, 0)
  const pairs = Map.groupBy(
    placements.flatMap(({ shared }) => shared),
    ({ threads }) => JSON.stringify(threads),
  )
  return [...pairs.values()]
    .map((same) => {
      const own = same.reduce((sum, one) => sum + one.looks, 0)
      return { threads: same[0]!.threads, percent: (own / looks) * 100 }
    })
    .sort((a, b) => b.percent - a.percent)
}

function threadIds(): string[] {
  try {
    return readdirSync(ALL_THREADS)
  } catch {
    return [] // No Linux.
  }
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
