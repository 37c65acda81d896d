import { RingLogReader, type LogReader } from '@ringlog/core/internal'
import { TieredLogReader } from '@ringlog/storage'

/**
 * The one way in this package to read a partition's log: by its ring, and the files in its directory, if it has
 * any.
 *
 * Thread: any; a reader belongs to the one that opened it.
 */
export function openLogReader(memory: SharedArrayBuffer, directory: string | null): LogReader {
  return directory === null ? new RingLogReader(memory) : new TieredLogReader(memory, directory)
}
