import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from 'ringlog'
import type { Stage } from '../define-scenario.ts'
import { ratioIntervalOf, type RatioInterval } from '../metrics/ratio-interval.ts'
import { spreadOf } from '../metrics/spread.ts'
import { readThreadTimes, threadTimesSince } from '../metrics/thread-times.ts'

/** How long a window is: some of the page's looks at the broker. */
const WINDOW_MS = 1_000
/** Before it, so that the page is open, or closed, for all of it. */
const SETTLE_MS = 250

/** Where the page's questions are asked and answered, and little else happens: 15 characters of a name. */
const MONITOR_THREADS: ReadonlySet<string> = new Set(['node-MainThread', 'controller-ring'])

/** What a window was like. */
interface Window {
  /** Of the processor's, in all threads of the process, for each record that was appended. */
  readonly nanosPerRecord: number
  /** Of a core, in the threads of the monitor. */
  readonly percentOfACore: number
}

/** Pairs of windows: of each, the processor time of a record with the page open, and closed. */
export class MonitorWindows {
  readonly #stage: Stage
  readonly #broker: Broker
  readonly #topic: string
  readonly #streamUrl: string
  readonly #open: Window[] = []
  readonly #closed: Window[] = []

  constructor(stage: Stage, broker: Broker, topic: string, streamUrl: string) {
    this.#stage = stage
    this.#broker = broker
    this.#topic = topic
    this.#streamUrl = streamUrl
  }

  /** Makes as many pairs as there is time for. */
  async measureUntil(endMs: number): Promise<void> {
    const pairMs = 2 * (SETTLE_MS + WINDOW_MS)
    for (let isOpenFirst = true; this.#stage.nowMs() + pairMs < endMs; isOpenFirst = !isOpenFirst) {
      if (isOpenFirst) this.#open.push(await this.#withPage())
      this.#closed.push(await this.#window())
      if (!isOpenFirst) this.#open.push(await this.#withPage())
    }
  }

  /**
   * `costPercent…`: by how much a record costs more with the page open; where that lies by 95 %.
   * `percentOfACore`: what the monitor takes, in the threads that it works in.
   */
  get figures(): Record<string, number> {
    const pairs = this.#open.length
    if (pairs === 0) return { pairs }
    const differences = this.#open.map(
      ({ percentOfACore }, i) => percentOfACore - this.#closed[i]!.percentOfACore,
    )
    const [open, closed] = this.#nanos
    const interval = ratioIntervalOf(open, closed, { areInTurn: true })
    return {
      pairs,
      percentOfACore: spreadOf(differences).median,
      ...(interval === null ? {} : costOf(interval)),
    }
  }

  get ratios(): Record<string, number> {
    if (this.#open.length === 0) return {}
    const [open, closed] = this.#nanos
    const ratio = spreadOf(open).median / spreadOf(closed).median
    return { 'monitor open / closed, processor time': ratio }
  }

  get #nanos(): [open: number[], closed: number[]] {
    return [this.#open.map(nanosOf), this.#closed.map(nanosOf)]
  }

  async #withPage(): Promise<Window> {
    const page = get(this.#streamUrl)
    const [stream] = (await once(page, 'response')) as [IncomingMessage]
    stream.on('error', () => undefined).resume() // It is ended in the middle.
    const window = await this.#window()
    page.destroy()
    return window
  }

  async #window(): Promise<Window> {
    await sleep(SETTLE_MS)
    const first = await this.#endOffset()
    const cpu = process.cpuUsage()
    const threads = readThreadTimes()
    const startedAtMs = this.#stage.nowMs()
    await sleep(WINDOW_MS)
    const elapsedMs = this.#stage.nowMs() - startedAtMs
    const { user, system } = process.cpuUsage(cpu)
    const monitorMicros = threadTimesSince(threads, readThreadTimes())
      .filter(({ name }) => MONITOR_THREADS.has(name))
      .reduce((sum, { cpuMicros }) => sum + cpuMicros, 0)
    return {
      nanosPerRecord: ((user + system) * 1000) / ((await this.#endOffset()) - first),
      percentOfACore: monitorMicros / 10 / elapsedMs,
    }
  }

  async #endOffset(): Promise<number> {
    const [offsets] = await this.#broker.offsets(this.#topic)
    return offsets!.endOffset
  }
}

function nanosOf({ nanosPerRecord }: Window): number {
  return nanosPerRecord
}

function costOf({ low, high }: RatioInterval): Record<string, number> {
  return { costPercentLow: (low - 1) * 100, costPercentHigh: (high - 1) * 100 }
}
