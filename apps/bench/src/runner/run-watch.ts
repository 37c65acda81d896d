import { monitorEventLoopDelay } from 'node:perf_hooks'
import { CoreWatch, type CorePlacement } from '../metrics/core-watch.ts'
import { GcWatch, type GcPauses } from '../metrics/gc-watch.ts'
import { hostLoadSince, readHostTimes, type HostLoad } from '../metrics/host-times.ts'
import type { ProgressSample } from '../metrics/rate-series.ts'
import { readThreadTimes, threadTimesSince, type ThreadTimes } from '../metrics/thread-times.ts'

const SAMPLE_MS = 50
const CORE_LOOK_MS = 250
const NANOS_PER_MS = 1e6
const STALL_RESOLUTION_MS = 10

/** What the run's process and its host did in the timed part. */
export interface Watched {
  /** None where the system does not tell. */
  readonly threads: readonly ThreadTimes[]
  /** `null` where the system does not tell. */
  readonly placement: CorePlacement | null
  /** Of the main thread. */
  readonly gc: GcPauses
  /** `null` where the system does not tell. */
  readonly host: HostLoad | null
  /** By how much the main thread, which mostly only waits, was late at most: what the host's hiccups are like. */
  readonly longestStallMs: number
  readonly samples: readonly ProgressSample[]
}

/**
 * Watches a run from its main thread, from the last time that the roles were let go to when their work was
 * found done. What it reads takes less than a millisecond, before the clock starts and after it has stopped;
 * meanwhile its looks take a thousandth or two of a core.
 */
export class RunWatch {
  readonly #gc = new GcWatch()
  readonly #cores = new CoreWatch()
  readonly #delay = monitorEventLoopDelay({ resolution: STALL_RESOLUTION_MS })
  readonly #readProgress: () => number
  readonly #nowMs: () => number
  readonly #timers: readonly NodeJS.Timeout[]
  #threads = readThreadTimes()
  #host = readHostTimes()
  #samples: ProgressSample[] = []
  #startedAtMs: number
  #startedAt = 0
  #watched: Watched | null = null

  /** @param readProgress How many records were consumed so far, as roles tell. */
  constructor(readProgress: () => number, nowMs: () => number) {
    this.#readProgress = readProgress
    this.#nowMs = nowMs
    this.#startedAtMs = nowMs()
    this.#timers = [
      setInterval(() => this.#sample(), SAMPLE_MS).unref(),
      setInterval(() => this.#cores.look(), CORE_LOOK_MS).unref(),
    ]
  }

  /** The roles are about to be let go. */
  restart(): void {
    this.#threads = readThreadTimes()
    this.#host = readHostTimes()
    this.#samples = []
    this.#startedAt = this.#readProgress()
    this.#cores.restart()
    this.#gc.restart()
    this.#delay.enable()
    this.#delay.reset()
    this.#startedAtMs = this.#nowMs()
  }

  /** The work is done; the last call counts. */
  stop(ownCpuMicros: number): void {
    const hostNow = readHostTimes()
    this.#cores.look()
    const host =
      this.#host === null || hostNow === null
        ? null
        : hostLoadSince(this.#host, hostNow, ownCpuMicros)
    this.#watched = {
      threads: threadTimesSince(this.#threads, readThreadTimes()),
      placement: this.#cores.placement,
      gc: this.#gc.pauses,
      host,
      longestStallMs: Math.max(0, this.#delay.max / NANOS_PER_MS - STALL_RESOLUTION_MS),
      samples: [...this.#samples],
    }
  }

  /** `null`: nothing was timed. */
  get watched(): Watched | null {
    return this.#watched
  }

  /** Its timers end. */
  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#cores.close()
    this.#delay.disable()
  }

  #sample(): void {
    this.#samples.push({
      atMs: this.#nowMs() - this.#startedAtMs,
      records: this.#readProgress() - this.#startedAt,
    })
  }
}
