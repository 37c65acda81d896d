import {
  ATTRIBUTES_BYTE,
  LOG_APPEND_TIME_FLAG,
  MAX_TIMESTAMP_BYTE,
  readInt16,
  writeInt16,
  writeInt64,
} from './record-batch-format.ts'

/**
 * Gives all records of a batch the time of its append: readers take it from the header, the records
 * stay as they are.
 *
 * Source: Apache Kafka, `DefaultRecordBatch.setMaxTimestamp`.
 */
export function stampLogAppendTime(batch: Uint8Array, timestampMs: number): void {
  writeInt16(batch, ATTRIBUTES_BYTE, readInt16(batch, ATTRIBUTES_BYTE) | LOG_APPEND_TIME_FLAG)
  writeInt64(batch, MAX_TIMESTAMP_BYTE, timestampMs)
}
