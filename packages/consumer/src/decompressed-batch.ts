import {
  RinglogError,
  decompressBatch,
  partitionName,
  type RecordBatchHeader,
  type TopicPartition,
} from '@ringlog/core/internal'
import { FetchedChunk } from './fetched-chunk.ts'

/**
 * The compressed batch that starts at `batchStart`, without compression, in memory of its own.
 *
 * Cost: decompresses in this thread; allocates what comes out.
 *
 * @throws RinglogError CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, UNSUPPORTED_COMPRESSION_TYPE, with the place
 *   of the batch: a user who wants to go on seeks past it.
 */
export function decompressedBatch(
  at: TopicPartition,
  bytes: Buffer,
  batchStart: number,
  header: RecordBatchHeader,
): FetchedChunk {
  try {
    const batch = bytes.subarray(batchStart, batchStart + header.sizeBytes)
    const { buffer, byteOffset, length } = decompressBatch(batch)
    return new FetchedChunk(Buffer.from(buffer, byteOffset, length))
  } catch (cause) {
    const { baseOffset, lastOffset } = header
    const code = RinglogError.is(cause) ? cause.code : 'CORRUPT_MESSAGE'
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new RinglogError(
      code,
      `a record batch cannot be read: partition=${partitionName(at.topic, at.partition)}, ` +
        `baseOffset=${baseOffset}, lastOffset=${lastOffset}: ${reason}`,
      { details: { ...at, baseOffset, lastOffset }, cause },
    )
  }
}
