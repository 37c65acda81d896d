import {
  ATTRIBUTES_BYTE,
  BASE_OFFSET_BYTE,
  BASE_SEQUENCE_BYTE,
  BASE_TIMESTAMP_BYTE,
  COMPRESSION_MASK,
  CONTROL_FLAG,
  CRC_BYTE,
  DELETE_HORIZON_FLAG,
  LAST_OFFSET_DELTA_BYTE,
  LOG_APPEND_TIME_FLAG,
  MAGIC_BYTE,
  MAX_TIMESTAMP_BYTE,
  PARTITION_LEADER_EPOCH_BYTE,
  PRODUCER_EPOCH_BYTE,
  PRODUCER_ID_BYTE,
  RECORDS_COUNT_BYTE,
  TRANSACTIONAL_FLAG,
  batchSizeAt,
  readInt16,
  readInt32,
  readInt64,
} from './record-batch-format.ts'

const NO_BYTES = new Uint8Array(0)

/**
 * A view of one batch's header: reads fields where they lie, checks nothing, copies nothing. One
 * view is moved from batch to batch with `wrap`.
 *
 * Ownership: the bytes are borrowed.
 */
export class RecordBatchHeader {
  #bytes: Uint8Array = NO_BYTES
  #start = 0

  /** Looks at the batch that starts at `byteIndex`. */
  wrap(bytes: Uint8Array, byteIndex = 0): this {
    this.#bytes = bytes
    this.#start = byteIndex
    return this
  }

  /** The offset of the first record. */
  get baseOffset(): number {
    return readInt64(this.#bytes, this.#start + BASE_OFFSET_BYTE)
  }

  /** Bytes of the whole batch. */
  get sizeBytes(): number {
    return batchSizeAt(this.#bytes, this.#start)
  }

  /** Kafka's epoch of the partition's leader; nothing here sets it. */
  get partitionLeaderEpoch(): number {
    return readInt32(this.#bytes, this.#start + PARTITION_LEADER_EPOCH_BYTE)
  }

  /** The version of the format: 2. */
  get magic(): number {
    return this.#bytes[this.#start + MAGIC_BYTE]!
  }

  /** CRC-32C of what follows it; 0 within the process. */
  get crc(): number {
    return readInt32(this.#bytes, this.#start + CRC_BYTE) >>> 0
  }

  /** The bits that the following are made of. */
  get attributes(): number {
    return readInt16(this.#bytes, this.#start + ATTRIBUTES_BYTE)
  }

  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  get compressionType(): number {
    return this.attributes & COMPRESSION_MASK
  }

  /** Whether `maxTimestamp` is the time of the append, and that of every record. */
  get isLogAppendTime(): boolean {
    return (this.attributes & LOG_APPEND_TIME_FLAG) !== 0
  }

  /** Whether the batch belongs to a transaction. */
  get isTransactional(): boolean {
    return (this.attributes & TRANSACTIONAL_FLAG) !== 0
  }

  /** A batch of markers: it has offsets, and no record of it is ever handed to a user. */
  get isControl(): boolean {
    return (this.attributes & CONTROL_FLAG) !== 0
  }

  /** Whether `baseTimestamp` is the time from which on compaction may drop its records that have no value. */
  get hasDeleteHorizon(): boolean {
    return (this.attributes & DELETE_HORIZON_FLAG) !== 0
  }

  /** `recordsCount - 1`; Kafka's compaction may leave it larger. */
  get lastOffsetDelta(): number {
    return readInt32(this.#bytes, this.#start + LAST_OFFSET_DELTA_BYTE)
  }

  /** The offset of the last record. */
  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta
  }

  /** What the timestamps of the records are counted from, in milliseconds since 1970. */
  get baseTimestamp(): number {
    return readInt64(this.#bytes, this.#start + BASE_TIMESTAMP_BYTE)
  }

  /** The latest timestamp of its records, in milliseconds since 1970. */
  get maxTimestamp(): number {
    return readInt64(this.#bytes, this.#start + MAX_TIMESTAMP_BYTE)
  }

  /** -1: the producer is not idempotent. */
  get producerId(): number {
    return readInt64(this.#bytes, this.#start + PRODUCER_ID_BYTE)
  }

  /** -1 without a producer id. */
  get producerEpoch(): number {
    return readInt16(this.#bytes, this.#start + PRODUCER_EPOCH_BYTE)
  }

  /** The sequence number of the first record; -1 without a producer id. */
  get baseSequence(): number {
    return readInt32(this.#bytes, this.#start + BASE_SEQUENCE_BYTE)
  }

  /** How many records the batch holds. */
  get recordsCount(): number {
    return readInt32(this.#bytes, this.#start + RECORDS_COUNT_BYTE)
  }
}
