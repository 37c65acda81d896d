import {
  BASE_OFFSET_BYTE,
  BATCH_ALIGNMENT_BYTES,
  LAST_OFFSET_DELTA_BYTE,
  PARTITION_LEADER_EPOCH_BYTE,
  alignUp,
  batchSizeAt,
  copyBytes,
  readInt32,
  readInt64,
  writeInt32,
} from '@ringlog/core/internal/storage'
import { stampCrc } from '../segment/batch-crc.ts'

/** The one leader epoch that a log without replicas has. */
const LEADER_EPOCH = 0

/**
 * Makes of batches as a ring has them, in place, what a segment file has: back to back without the padding between
 * them, with their leader epoch and their CRC-32C. Gives how many bytes they take then.
 *
 * @param bytes Private memory.
 * @param length Of whole batches.
 * @param onBatch Called for each with the offset after its last record, and where the next one stood in the ring's
 *   layout, in bytes from the first.
 */
export function packBatches(
  bytes: Uint8Array,
  length: number,
  onBatch: (nextOffset: number, endByte: number) => void,
): number {
  let to = 0
  for (let from = 0; from < length;) {
    const sizeBytes = batchSizeAt(bytes, from)
    const endByte = from + alignUp(sizeBytes, BATCH_ALIGNMENT_BYTES)
    const nextOffset =
      readInt64(bytes, from + BASE_OFFSET_BYTE) +
      readInt32(bytes, from + LAST_OFFSET_DELTA_BYTE) +
      1
    if (to < from) copyBytes(bytes, from, bytes, to, sizeBytes)
    writeInt32(bytes, to + PARTITION_LEADER_EPOCH_BYTE, LEADER_EPOCH)
    stampCrc(bytes, to, sizeBytes)
    onBatch(nextOffset, endByte)
    to += sizeBytes
    from = endByte
  }
  return to
}
