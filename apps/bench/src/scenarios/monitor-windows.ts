import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from 'ringlog'
import type { Stage } from '../define-scenario.ts'
import { medianIntervalOf } from '../metrics/ratio-interval.ts'
import { spreadOf } from '../metrics/spread.ts'
import { readThreadTimes, threadTimesSince } from '../metrics/thread-times.ts'

/** How long a window is: two of the page's looks at the broker. */
const WINDOW_MS = 500
/** Before it, so that the page is open, or closed, for all of it. */
const SETTLE_MS = 150

/** Where the page's questions are asked and answered, and little else happens: 15 characters of a name. */
const MONITOR_THREADS: ReadonlySet<string> = new Set(['node-MainThread', 'controller-ring'])

/** What a window was like. */
interface Window {
  /** Of the processor's, in all threads of the process, for each record that was appended. */
  readonly nanosPerRecord: number
  /** Of a core, in the threads of the monitor. */
  readonly percentOfACore: number
  /** What those took of all processor time of the process. */
  readonly percentOfProcess: number
}

/** Pairs of windows: of each, what the processors did with the page open, and closed. */
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
   * By pairs, with the page open over closed; each the median, and where that lies by 95 %.
   * - `monitorPercent`: what the monitor's threads take more of the process's processor time. Where the pipeline
   *   has all cores, its rate is lower by as much.
   * - `recordCostPercent`: by how much a record costs more in all threads together. It has in it what the monitor
   *   does to the others' caches, and the noise of a pipeline.
   * - `monitorPercentOfACore`
   */
  get figures(): Record<string, number> {
    const pairs = this.#open.map((open, index) => ({ open, closed: this.#closed[index]! }))
    return {
      pairs: pairs.length,
      ...medianOf(
        'monitorPercent',
        pairs.map(({ open, closed }) => open.percentOfProcess - closed.percentOfProcess),
      ),
      ...medianOf(
        'recordCostPercent',
        pairs.map(({ open, closed }) => (open.nanosPerRecord / closed.nanosPerRecord - 1) * 100),
      ),
      ...medianOf(
        'monitorPercentOfACore',
        pairs.map(({ open, closed }) => open.percentOfACore - closed.percentOfACore),
      ),
    }
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
      percentOfProcess: (monitorMicros / (user + system)) * 100,
    }
  }

  async #endOffset(): Promise<number> {
    const [offsets] = await this.#broker.offsets(this.#topic)
    return offsets!.endOffset
  }
}

function medianOf(name: string, values: readonly number[]): Record<string, number> {
  if (values.length === 0) return {}
  const interval = medianIntervalOf(values)
  return {
    [name]: spreadOf(values).median,
    ...(interval === null ? {} : { [`${name}Low`]: interval.low, [`${name}High`]: interval.high }),
  }
}
