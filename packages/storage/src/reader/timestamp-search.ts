import {
  RecordBatchHeader,
  RinglogError,
  firstRecordSince,
  type FoundRecord,
  type PartitionStorage,
} from '@ringlog/core/internal/storage'
import type { ChunkLoader } from './chunk-loader.ts'
import { DiskChunk, type FilePlace } from './disk-chunk.ts'
import type { FileWork } from './file-work.ts'
import { HALF_SWAPPED, unreadableLog } from './segment-fault.ts'

/** What a search by time looks through. */
export interface TimestampSearch {
  readonly loader: ChunkLoader
  readonly storage: PartitionStorage
  readonly directory: string
  readonly timestampMs: number
  /** The search ends before the first batch that starts here, or after it. */
  readonly upTo: number
}

/**
 * The first record in a log's files whose timestamp is at least `timestampMs`. Indexes by time say where it cannot
 * be; the rest is read, batch by batch.
 *
 * @throws RinglogError CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR.
 */
export function* findByTimestamp(search: TimestampSearch): FileWork<FoundRecord | null> {
  const { loader, storage, directory, timestampMs, upTo } = search
  const chunk = new DiskChunk()
  let offset = storage.logStartOffset
  try {
    while (offset < upTo) {
      const candidate = yield* loader.skipOlder(offset, upTo, timestampMs)
      if (candidate === null || candidate >= upTo) return null
      offset = candidate
      let from: FilePlace | null = null
      do {
        const result = yield* loader.load(chunk, offset, upTo, from)
        if (result === 'nothing') return null
        if (result === 'swapping') throw unreadableLog(directory, offset, HALF_SWAPPED)
        if (result === 'deleted') {
          offset = storage.logStartOffset // it was deleted meanwhile
          break
        }
        const found = findInChunk(chunk, offset, timestampMs)
        if (found !== null) return found
        offset = chunk.nextOffset
        const isInNextSegment: boolean = (from ?? chunk.next).baseOffset !== chunk.next.baseOffset
        from = isInNextSegment ? null : chunk.next
      } while (from !== null && offset < upTo)
    }
    return null
  } catch (error) {
    throw RinglogError.is(error) ? error : unreadableLog(directory, offset, error)
  }
}

function findInChunk(chunk: DiskChunk, offset: number, timestampMs: number): FoundRecord | null {
  const header = new RecordBatchHeader()
  for (let at = chunk.byteOf(offset); at < chunk.endByte; at += header.sizeBytes) {
    if (header.wrap(chunk.bytes, at).maxTimestamp < timestampMs) continue
    const batch = new Uint8Array(chunk.bytes.subarray(at, at + header.sizeBytes))
    const found = firstRecordSince(batch, timestampMs, offset)
    if (found !== null) return found
  }
  return null
}
