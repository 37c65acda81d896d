/**
 * Kafka's record batch, format v2 (magic 2): how records travel between threads and how they rest in
 * a ring. All integers are big-endian, as on Kafka's wire.
 *
 * ```text
 *  byte  length  field
 *     0       8  baseOffset            int64   offset of the first record; assigned by the log
 *     8       4  batchLength           int32   bytes after this field
 *    12       4  partitionLeaderEpoch  int32   0 here: there are no replicas
 *    16       1  magic                 int8    2
 *    17       4  crc                   uint32  CRC-32C of all from `attributes` on; 0 inside the process
 *    21       2  attributes            int16   see below
 *    23       4  lastOffsetDelta       int32   offset of the last record, less baseOffset
 *    27       8  baseTimestamp         int64   what records' timestamps are counted from, milliseconds since 1970: that
 *                                            of the first record, or the delete horizon
 *    35       8  maxTimestamp          int64   the largest; the append time where attributes say so
 *    43       8  producerId            int64   -1: none
 *    51       2  producerEpoch         int16   -1: none
 *    53       4  baseSequence          int32   sequence of the first record; -1: none
 *    57       4  recordsCount          int32
 *    61          records
 *
 *  attributes   bits 0-2 compression (0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd)
 *               bit 3 timestamp type (0 create time, 1 log append time)   bit 4 transactional
 *               bit 5 control batch                                       bit 6 has a delete horizon
 *
 *  record       length varint, attributes int8 (unused), timestampDelta varlong, offsetDelta varint,
 *               keyLength varint (-1: null), key, valueLength varint (-1: null), value,
 *               headersCount varint, then for each: nameLength varint, name, valueLength varint, value
 * ```
 *
 * The CRC stays 0 inside the process, where nothing can flip a bit between two threads; whatever
 * takes a batch out of the process, or into it, computes it. That also lets the log change
 * `baseOffset`, `attributes` and `maxTimestamp` in place.
 *
 * Source: Apache Kafka, `common/record/DefaultRecordBatch.java`, `DefaultRecord.java`.
 */
export const BASE_OFFSET_BYTE = 0
export const BATCH_LENGTH_BYTE = BASE_OFFSET_BYTE + 8
export const PARTITION_LEADER_EPOCH_BYTE = BATCH_LENGTH_BYTE + 4
export const MAGIC_BYTE = PARTITION_LEADER_EPOCH_BYTE + 4
export const CRC_BYTE = MAGIC_BYTE + 1
export const ATTRIBUTES_BYTE = CRC_BYTE + 4
export const LAST_OFFSET_DELTA_BYTE = ATTRIBUTES_BYTE + 2
export const BASE_TIMESTAMP_BYTE = LAST_OFFSET_DELTA_BYTE + 4
export const MAX_TIMESTAMP_BYTE = BASE_TIMESTAMP_BYTE + 8
export const PRODUCER_ID_BYTE = MAX_TIMESTAMP_BYTE + 8
export const PRODUCER_EPOCH_BYTE = PRODUCER_ID_BYTE + 8
export const BASE_SEQUENCE_BYTE = PRODUCER_EPOCH_BYTE + 2
export const RECORDS_COUNT_BYTE = BASE_SEQUENCE_BYTE + 4
export const RECORDS_BYTE = RECORDS_COUNT_BYTE + 4

/** Bytes of a batch before its first record. */
export const BATCH_HEADER_BYTES = 61
/** Bytes that `batchLength` does not count: itself, and the base offset before it. */
export const BATCH_LENGTH_OVERHEAD_BYTES = BATCH_LENGTH_BYTE + 4

if (RECORDS_BYTE !== BATCH_HEADER_BYTES)
  throw new Error('record batch header: fields do not add up')

export const MAGIC_V2 = 2

export const COMPRESSION_MASK = 0b0111
export const LOG_APPEND_TIME_FLAG = 0b1000
export const TRANSACTIONAL_FLAG = 0b1_0000
export const CONTROL_FLAG = 0b10_0000
/** `baseTimestamp` is the time from which on compaction may drop the batch's records that have no value. */
export const DELETE_HORIZON_FLAG = 0b100_0000
/** Compression types, by number; nothing above zstd exists. */
export const MAX_COMPRESSION_TYPE = 4

/** "None" for producer id, epoch and sequence, and for a key or value that is null. */
export const NONE = -1

const TWO_TO_32 = 0x1_0000_0000

/** Reads a big-endian int64 as a number: exact where it is a safe integer, else rounded. */
export function readInt64(bytes: Uint8Array, byteIndex: number): number {
  return readInt32(bytes, byteIndex) * TWO_TO_32 + (readInt32(bytes, byteIndex + 4) >>> 0)
}

export function readInt32(bytes: Uint8Array, byteIndex: number): number {
  return (
    (bytes[byteIndex]! << 24) |
    (bytes[byteIndex + 1]! << 16) |
    (bytes[byteIndex + 2]! << 8) |
    bytes[byteIndex + 3]!
  )
}

export function readInt16(bytes: Uint8Array, byteIndex: number): number {
  return ((bytes[byteIndex]! << 24) >> 16) | bytes[byteIndex + 1]!
}

/** Writes a safe integer as a big-endian int64. */
export function writeInt64(bytes: Uint8Array, byteIndex: number, value: number): void {
  writeInt32(bytes, byteIndex, Math.floor(value / TWO_TO_32))
  writeInt32(bytes, byteIndex + 4, value >>> 0)
}

export function writeInt32(bytes: Uint8Array, byteIndex: number, value: number): void {
  bytes[byteIndex] = value >>> 24
  bytes[byteIndex + 1] = value >>> 16
  bytes[byteIndex + 2] = value >>> 8
  bytes[byteIndex + 3] = value
}

export function writeInt16(bytes: Uint8Array, byteIndex: number, value: number): void {
  bytes[byteIndex] = value >> 8
  bytes[byteIndex + 1] = value
}

/** Bytes of the whole batch that starts at `byteIndex`, by its own `batchLength`. */
export function batchSizeAt(bytes: Uint8Array, byteIndex: number): number {
  return readInt32(bytes, byteIndex + BATCH_LENGTH_BYTE) + BATCH_LENGTH_OVERHEAD_BYTES
}
