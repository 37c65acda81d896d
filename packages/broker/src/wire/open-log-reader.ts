import { RingLogReader, type LogReader } from '@ringlog/core/internal'

/**
 * The one way in this package to read a partition's log: by its ring, and the files in its directory, if it has
 * any.
 *
 * Thread: any; a reader belongs to the one that opened it.
 */
export function openLogReader(memory: SharedArrayBuffer, _directory: string | null): LogReader {
  return new RingLogReader(memory)
}
