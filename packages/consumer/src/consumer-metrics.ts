import { WindowedStat, type ConsumerMetrics } from '@ringlog/core/internal'
import type { SubscriptionState } from './subscription-state.ts'

/** Counts what `ConsumerMetrics` shows: once for a poll; records of an iteration one by one. */
export class ConsumerStats {
  /** Records that were handed out; polls and iterations add to it. */
  recordsConsumed = 0
  /** Records that were gone before they were handed out; the fetcher adds to it. */
  recordsMissed = 0
  readonly #nowMs: () => number
  readonly #records: WindowedStat
  readonly #bytes: WindowedStat
  readonly #fetchSize: WindowedStat
  readonly #fetchRecords: WindowedStat
  readonly #fetches: WindowedStat
  readonly #betweenPolls: WindowedStat
  readonly #inPolls: WindowedStat
  readonly #cycles: WindowedStat
  #pollBeganMs = -1
  #pollEndedMs: number
  /** What the last poll has taken, less what is counted as consumed. */
  #takenBytes = 0
  #takenRecords = 0

  /** @param nowMs The engine's clock. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
    const startMs = nowMs()
    const stat = (): WindowedStat => new WindowedStat(startMs)
    this.#records = stat()
    this.#bytes = stat()
    this.#fetchSize = stat()
    this.#fetchRecords = stat()
    this.#fetches = stat()
    this.#betweenPolls = stat()
    this.#inPolls = stat()
    this.#cycles = stat()
    this.#pollEndedMs = startMs
  }

  onPollBegin(): void {
    const nowMs = this.#nowMs()
    if (this.#pollBeganMs >= 0) this.#betweenPolls.add(nowMs - this.#pollBeganMs, nowMs)
    this.#pollBeganMs = nowMs
    this.#count(nowMs)
  }

  onPollEnd(): void {
    const nowMs = this.#nowMs()
    this.#inPolls.add(nowMs - this.#pollBeganMs, nowMs)
    this.#cycles.add(nowMs - this.#pollEndedMs, nowMs)
    this.#pollEndedMs = nowMs
  }

  /** A poll has taken records, which are handed out now or by and by. */
  onTaken(records: number, bytes: number): void {
    const nowMs = this.#pollBeganMs
    this.#fetches.add(1, nowMs)
    this.#fetchSize.add(bytes, nowMs)
    this.#fetchRecords.add(records, nowMs)
    this.#takenBytes = bytes
    this.#takenRecords = records
  }

  read(subscription: SubscriptionState): ConsumerMetrics {
    const nowMs = this.#nowMs()
    this.#count(nowMs)
    const known = subscription.order.filter(
      ({ hasPosition, open }) => hasPosition && !open.isDeleted(),
    )
    const lags = known.map(({ open, position }) => open.reader.endOffset - position)
    const leads = known.map(({ open, position }) => position - open.reader.logStartOffset)
    const cycles = this.#cycles.perSecond(nowMs)
    return {
      recordsConsumedTotal: this.#records.total,
      recordsConsumedRate: this.#records.perSecond(nowMs),
      recordsMissed: this.recordsMissed,
      bytesConsumedTotal: this.#bytes.total,
      bytesConsumedRate: this.#bytes.perSecond(nowMs),
      fetchTotal: this.#fetches.total,
      fetchRate: this.#fetches.perSecond(nowMs),
      fetchSizeAvg: this.#fetchSize.average(nowMs),
      fetchSizeMax: this.#fetchSize.max(nowMs),
      recordsPerRequestAvg: this.#fetchRecords.average(nowMs),
      recordsLagMax: Math.max(0, ...lags),
      recordsLeadMin: known.length === 0 ? 0 : Math.max(0, Math.min(...leads)),
      assignedPartitions: subscription.order.length,
      timeBetweenPollAvg: this.#betweenPolls.average(nowMs),
      timeBetweenPollMax: this.#betweenPolls.max(nowMs),
      lastPollSecondsAgo: this.#pollBeganMs < 0 ? -1 : (nowMs - this.#pollBeganMs) / 1000,
      pollIdleRatioAvg: cycles === 0 ? 0 : this.#inPolls.perSecond(nowMs) / cycles,
    }
  }

  /** Counts what was handed out since the last time; of the bytes taken, as large a share. */
  #count(nowMs: number): void {
    const records = this.recordsConsumed - this.#records.total
    if (records <= 0) return // less: a stream gave one back that was counted
    const bytes = Math.round((this.#takenBytes * records) / this.#takenRecords)
    this.#records.add(records, nowMs)
    this.#bytes.add(bytes, nowMs)
    this.#takenRecords -= records
    this.#takenBytes -= bytes
  }
}
