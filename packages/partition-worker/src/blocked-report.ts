import type {
  BlockedEvent,
  Clock,
  PartitionTotals,
  TopicPartition,
} from '@ringlog/core/internal/partition-thread'
import type { SendPartitionEvent } from './partition-event.ts'
import { ThrottledReport } from './throttled-report.ts'

/**
 * Counts how often and for how long a log is blocked, and reports when that begins and ends. What
 * begins and ends between two reports is not reported.
 */
export class BlockedReport {
  readonly #options: BlockedReportOptions
  readonly #report: ThrottledReport
  #sinceMs: number | null = null
  #lastMs = 0
  #isReported = false

  constructor(options: BlockedReportOptions) {
    this.#options = options
    this.#report = new ThrottledReport(() => this.#tell(), options.clock)
  }

  get isBlocked(): boolean {
    return this.#sinceMs !== null
  }

  /** How often it has been blocked. */
  get count(): number {
    return this.#options.totals.get('blockedTotal')
  }

  /** For how long in all, up to now. */
  get totalMs(): number {
    return this.#options.totals.get('blockedMsTotal') + this.#currentMs()
  }

  begin(): void {
    if (this.isBlocked) return
    this.#sinceMs = this.#options.clock.nowMs()
    this.#options.totals.add('blockedTotal', 1)
    this.#report.request()
  }

  end(): void {
    if (!this.isBlocked) return
    this.#lastMs = this.#currentMs()
    this.#options.totals.add('blockedMsTotal', this.#lastMs)
    this.#sinceMs = null
    this.#report.request()
  }

  #currentMs(): number {
    return this.#sinceMs === null ? 0 : this.#options.clock.nowMs() - this.#sinceMs
  }

  #tell(): boolean {
    const { isBlocked } = this
    if (isBlocked === this.#isReported) return false
    this.#isReported = isBlocked
    const { at, state, send } = this.#options
    const blockedMs = isBlocked ? this.#currentMs() : this.#lastMs
    send({ type: 'blocked', event: { ...at, isBlocked, blockedMs, ...state() } })
    return true
  }
}

/** What a blocked event says: how many appends wait, and for which holder. */
export type BlockedState = Pick<BlockedEvent, 'waitingAppends' | 'holder'>

export interface BlockedReportOptions {
  readonly at: TopicPartition
  readonly state: () => BlockedState
  readonly send: SendPartitionEvent
  readonly clock: Clock
  readonly totals: PartitionTotals
}
