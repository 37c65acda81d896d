/** Kafka's `metrics.sample.window.ms`; like Kafka, two windows are looked at: this one and the last. */
const WINDOW_MS = 30_000

/**
 * Average, maximum and rate of values over the last 30 to 60 seconds.
 *
 * Cost: nothing is allocated but when a window is over.
 *
 * Source: Apache Kafka, `common/metrics/stats/SampledStat.java`. There a rate is divided by 30 s even
 * where less has passed; here by the time that has.
 */
export class WindowedStat {
  #current: Window
  #last: Window | null = null
  #total = 0

  constructor(nowMs: number) {
    this.#current = { startMs: nowMs, count: 0, sum: 0, max: 0 }
  }

  /** The sum of all values ever. */
  get total(): number {
    return this.#total
  }

  add(value: number, nowMs: number): void {
    this.#roll(nowMs)
    const window = this.#current
    window.count++
    window.sum += value
    if (value > window.max) window.max = value
    this.#total += value
  }

  /** 0 where there was no value. */
  average(nowMs: number): number {
    const { count, sum } = this.#measure(nowMs)
    return count === 0 ? 0 : sum / count
  }

  /** 0 where there was no value. */
  max(nowMs: number): number {
    return this.#measure(nowMs).max
  }

  /** The sum of the values a second. */
  perSecond(nowMs: number): number {
    const { startMs, sum } = this.#measure(nowMs)
    // What was added within the first second is not blown up to a rate that never was.
    return (sum * 1000) / Math.max(nowMs - startMs, 1000)
  }

  #measure(nowMs: number): Window {
    this.#roll(nowMs)
    const current = this.#current
    const last = this.#last
    if (last === null) return current
    return {
      startMs: last.startMs,
      count: last.count + current.count,
      sum: last.sum + current.sum,
      max: Math.max(last.max, current.max),
    }
  }

  #roll(nowMs: number): void {
    const elapsedMs = nowMs - this.#current.startMs
    if (elapsedMs < WINDOW_MS) return
    // After a long pause the windows in between are empty, and the last one is too.
    const isNext = elapsedMs < 2 * WINDOW_MS
    const startMs = nowMs - (elapsedMs % WINDOW_MS)
    const empty = { startMs: startMs - WINDOW_MS, count: 0, sum: 0, max: 0 }
    this.#last = isNext ? this.#current : empty
    this.#current = { startMs, count: 0, sum: 0, max: 0 }
  }
}

interface Window {
  startMs: number
  count: number
  sum: number
  max: number
}
