import { RingLogReader, type LogReader } from '@ringlog/core/internal'

/**
 * The one way in this package to read a partition's log, by the memory that the controller hands out.
 *
 * Thread: any; a reader belongs to the one that opened it.
 */
export function openLogReader(memory: SharedArrayBuffer): LogReader {
  return new RingLogReader(memory)
}
