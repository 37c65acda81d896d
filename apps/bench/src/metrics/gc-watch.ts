import { PerformanceObserver, performance, type PerformanceEntry } from 'node:perf_hooks'

/** How long a thread, or several, stood still for V8's collections of garbage. */
export interface GcPauses {
  readonly count: number
  readonly totalMs: number
  readonly longestMs: number
}

/** Counts the pauses of the thread that it is made in. */
export class GcWatch {
  readonly #observer: PerformanceObserver
  #since = performance.now()
  #count = 0
  #totalMs = 0
  #longestMs = 0

  constructor() {
    this.#observer = new PerformanceObserver((list) => this.#take(list.getEntries()))
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  /** Begins to count anew. */
  restart(): void {
    this.#since = performance.now()
    this.#count = 0
    this.#totalMs = 0
    this.#longestMs = 0
  }

  get pauses(): GcPauses {
    this.#take(this.#observer.takeRecords())
    return { count: this.#count, totalMs: this.#totalMs, longestMs: this.#longestMs }
  }

  #take(entries: readonly PerformanceEntry[]): void {
    for (const { startTime, duration } of entries) {
      if (startTime < this.#since) continue
      this.#count++
      this.#totalMs += duration
      this.#longestMs = Math.max(this.#longestMs, duration)
    }
  }
}

export function allPauses(of: readonly GcPauses[]): GcPauses {
  return {
    count: of.reduce((sum, { count }) => sum + count, 0),
    totalMs: of.reduce((sum, { totalMs }) => sum + totalMs, 0),
    longestMs: Math.max(0, ...of.map(({ longestMs }) => longestMs)),
  }
}
