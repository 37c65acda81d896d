import type { Clock, TopicPartition } from '@ringlog/core/internal/partition-thread'
import type { EvictionCounts } from './log-eviction.ts'
import type { SendPartitionEvent } from './partition-event.ts'
import { ThrottledReport } from './throttled-report.ts'

/** Reports what was evicted since the last report. */
export class EvictedReport {
  readonly #options: EvictedReportOptions
  readonly #report: ThrottledReport
  #reported: EvictionCounts

  constructor(options: EvictedReportOptions) {
    this.#options = options
    this.#reported = options.state()
    this.#report = new ThrottledReport(() => this.#tell(), options.clock)
  }

  request(): void {
    this.#report.request()
  }

  #tell(): boolean {
    const { at, state, send } = this.#options
    const now = state()
    const before = this.#reported
    this.#reported = now
    send({
      type: 'evicted',
      event: {
        ...at,
        records: now.evictedRecordsTotal - before.evictedRecordsTotal,
        unreadRecords: now.evictedUnreadRecordsTotal - before.evictedUnreadRecordsTotal,
        expiredRecords: now.expiredRecordsTotal - before.expiredRecordsTotal,
        logStartOffset: now.logStartOffset,
      },
    })
    return true
  }
}

export interface EvictedReportOptions {
  readonly at: TopicPartition
  readonly state: () => EvictionCounts & { logStartOffset: number }
  readonly send: SendPartitionEvent
  readonly clock: Clock
}
