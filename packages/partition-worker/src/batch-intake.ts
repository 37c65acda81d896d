import {
  MAX_TIMESTAMP_BYTE,
  NONE,
  RecordBatchCursor,
  RecordBatchHeader,
  RecordBatchValidator,
  RinglogError,
  decompressBatch,
  partitionName,
  writeInt64,
  type CleanupPolicy,
} from '@ringlog/core/internal/partition-thread'

/** Checks batches before they enter a partition's log. */
export class BatchIntake {
  readonly #name: string
  readonly #maxMessageBytes: number
  readonly #validator: RecordBatchValidator
  readonly #header = new RecordBatchHeader()
  /** Goes through the keys; `null`: records need none. */
  readonly #keys: RecordBatchCursor | null

  constructor({ topic, partition, maxMessageBytes, cleanupPolicy }: BatchIntakeOptions) {
    this.#name = partitionName(topic, partition)
    this.#maxMessageBytes = maxMessageBytes
    this.#keys = cleanupPolicy.includes('compact') ? new RecordBatchCursor() : null
    this.#validator = new RecordBatchValidator({ maxMessageBytes })
  }

  /**
   * Lets a good batch pass, its largest timestamp put right.
   *
   * @throws RinglogError CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, INVALID_TIMESTAMP, INVALID_RECORD,
   *   UNSUPPORTED_COMPRESSION_TYPE.
   */
  check(batch: Uint8Array): void {
    // Before it is looked into, which costs by its size.
    if (batch.length > this.#maxMessageBytes) throw this.#tooLarge(batch)
    const fault = this.#validator.findFault(batch)
    if (fault !== null) {
      throw new RinglogError('CORRUPT_MESSAGE', `record batch for ${this.#name} ${fault}`)
    }
    const header = this.#header.wrap(batch)
    // Only a log says when it appended. Source: Apache Kafka, `LogValidator.validateTimestamp`.
    if (header.isLogAppendTime) {
      throw new RinglogError(
        'INVALID_TIMESTAMP',
        `record batch for ${this.#name} has the log's append time, and is not in a log yet`,
      )
    }
    // Markers are the broker's own. Source: Apache Kafka, `LogValidator.validateBatch`.
    if (header.isControl) {
      throw new RinglogError(
        'INVALID_RECORD',
        `record batch for ${this.#name} holds markers (a control batch), which no client may write`,
      )
    }
    if (this.#keys !== null) this.#checkKeys(this.#keys, batch)
    const { maxTimestamp } = this.#validator
    if (header.maxTimestamp !== maxTimestamp) writeInt64(batch, MAX_TIMESTAMP_BYTE, maxTimestamp)
  }

  /** Compaction keeps the latest record of a key. Source: Apache Kafka, `LogValidator.validateKey`. */
  #checkKeys(cursor: RecordBatchCursor, batch: Uint8Array): void {
    cursor.open(decompressBatch(batch), 0)
    for (let index = 0; cursor.next(); index++) {
      if (cursor.keyLength !== NONE) continue
      throw new RinglogError(
        'INVALID_RECORD',
        `a record of a compacted topic must have a key: partition=${this.#name}, recordIndex=${index}; ` +
          'its whole batch is refused',
        { details: { recordIndex: index } },
      )
    }
  }

  #tooLarge(batch: Uint8Array): RinglogError {
    const maxMessageBytes = this.#maxMessageBytes
    return new RinglogError(
      'MESSAGE_TOO_LARGE',
      `record batch is too large: partition=${this.#name}, sizeBytes=${batch.length}, maxMessageBytes=${maxMessageBytes}`,
      { details: { sizeBytes: batch.length, maxMessageBytes } },
    )
  }
}

/** What a batch is held against. */
export interface BatchIntakeOptions {
  readonly topic: string
  readonly partition: number
  readonly maxMessageBytes: number
  readonly cleanupPolicy: readonly CleanupPolicy[]
}
