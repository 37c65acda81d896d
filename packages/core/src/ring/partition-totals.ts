import type { LogTotals } from '../protocol/broker-metrics.ts'
import { TOTALS_BYTE } from './ring-log-layout.ts'

/** What is counted in a partition's memory. How many messages came in is no count: the log's end offset says it. */
export type PartitionTotal = Exclude<keyof LogTotals, 'messagesInTotal'>

/** Where each stands among the words of TOTALS, in float64. */
const WORD_OF: Readonly<Record<PartitionTotal, number>> = {
  bytesInTotal: 0,
  batchesInTotal: 1,
  failedProduceRequestsTotal: 2,
  evictedRecordsTotal: 3,
  evictedUnreadRecordsTotal: 4,
  expiredRecordsTotal: 5,
  deletedRecordsTotal: 6,
  blockedTotal: 7,
  blockedMsTotal: 8,
}

/**
 * What a partition's workers count, one after the other, in the memory of its ring: a worker goes on where its
 * predecessor has ended. What was answered is counted; what that one was doing when it died may not be.
 *
 * Thread: the partition worker alone (INV-1): so nothing here is atomic.
 */
export class PartitionTotals {
  readonly #words: Float64Array

  /** @param memory Of a ring: see `createRingLogMemory`. */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new Float64Array(memory, TOTALS_BYTE, Object.keys(WORD_OF).length)
  }

  add(total: PartitionTotal, count: number): void {
    this.#words[WORD_OF[total]]! += count
  }

  get(total: PartitionTotal): number {
    return this.#words[WORD_OF[total]]!
  }
}
