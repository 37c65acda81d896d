import {
  ATTRIBUTES_BYTE,
  BASE_OFFSET_BYTE,
  COMPRESSION_MASK,
  CRC_BYTE,
  PARTITION_LEADER_EPOCH_BYTE,
  TRANSACTIONAL_FLAG,
  writeInt16,
  writeInt32,
  writeInt64,
} from './record-batch-format.ts'
import type { RecordBatchHeader } from './record-batch-header.ts'

const MAY_BE_SET = COMPRESSION_MASK | TRANSACTIONAL_FLAG

/**
 * Whether a batch that a log has can be appended to another one as it is: none of its offsets is left out, and its
 * records have timestamps of their own. Kafka's brokers refuse others.
 */
export function canBeAppendedAgain(header: RecordBatchHeader): boolean {
  return (
    (header.attributes & ~MAY_BE_SET) === 0 && header.lastOffsetDelta === header.recordsCount - 1
  )
}

/**
 * Takes out of a batch's header what the log that has it has assigned: its offset, the leader's epoch, that it belonged
 * to a transaction, and the checksum over that. The producer's fields stay.
 */
export function clearAssigned(batch: Uint8Array, header: RecordBatchHeader): void {
  const compression = header.attributes & COMPRESSION_MASK
  writeInt64(batch, BASE_OFFSET_BYTE, 0)
  writeInt32(batch, PARTITION_LEADER_EPOCH_BYTE, 0)
  writeInt32(batch, CRC_BYTE, 0)
  writeInt16(batch, ATTRIBUTES_BYTE, compression)
}
