import type { LogClient } from 'ringlog'
import type { LogCounts } from '../define-scenario.ts'

/** What a broker has counted of all its topics so far. */
export interface LogTotals {
  readonly records: number
  readonly batches: number
  readonly waits: number
}

/** Asks every partition's thread: before the clock starts, and after it has stopped. */
export async function readLogTotals(client: LogClient): Promise<LogTotals> {
  const { messagesInTotal, batchesInTotal, blockedTotal } = await client.metrics()
  return { records: messagesInTotal, batches: batchesInTotal, waits: blockedTotal }
}

export function logCountsSince(before: LogTotals, now: LogTotals): LogCounts {
  return {
    recordsPerBatch: (now.records - before.records) / (now.batches - before.batches),
    waitsForRoom: now.waits - before.waits,
  }
}
