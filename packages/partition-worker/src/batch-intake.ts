import {
  MAX_TIMESTAMP_BYTE,
  RecordBatchHeader,
  RecordBatchValidator,
  RinglogError,
  partitionName,
  writeInt64,
} from '@ringlog/core/internal/partition-thread'

/** Checks batches before they enter a partition's log. */
export class BatchIntake {
  readonly #name: string
  readonly #maxMessageBytes: number
  readonly #validator: RecordBatchValidator
  readonly #header = new RecordBatchHeader()

  constructor(topic: string, partition: number, maxMessageBytes: number) {
    this.#name = partitionName(topic, partition)
    this.#maxMessageBytes = maxMessageBytes
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
    const { maxTimestamp } = this.#validator
    if (header.maxTimestamp !== maxTimestamp) writeInt64(batch, MAX_TIMESTAMP_BYTE, maxTimestamp)
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
