import type { LogReader } from '../ring/log-reader.ts'

/** An offset to look up: the log's start, its end, or that of the first record of a time or later. */
export type ListedOffset = 'earliest' | 'latest' | { readonly timestamp: number }

/**
 * Looks an offset up in one log; `null`: no record is so new.
 *
 * @throws RinglogError CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR.
 */
export async function listedOffset(reader: LogReader, at: ListedOffset): Promise<number | null> {
  if (at === 'earliest') return reader.logStartOffset
  if (at === 'latest') return reader.endOffset
  return (await reader.findByTimestamp(at.timestamp))?.offset ?? null
}
