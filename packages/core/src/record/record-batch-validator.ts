import { RinglogError } from '../errors/ringlog-error.ts'
import { CURSOR_SUBJECT, RecordBatchCursor } from './record-batch-cursor.ts'
import { BATCH_HEADER_BYTES, MAGIC_V2, MAX_COMPRESSION_TYPE, NONE } from './record-batch-format.ts'
import { RecordBatchHeader } from './record-batch-header.ts'
import { areHeadersValid } from './record-headers.ts'

/**
 * Holds a batch against the format before it enters a log: the header's fields against each other
 * and against the number of bytes there are, then every record's lengths, so that whatever a log
 * takes can be read to its end. Compressed records are not looked into.
 *
 * One validator is used for many batches; it allocates only to report a fault.
 */
export class RecordBatchValidator {
  readonly #header = new RecordBatchHeader()
  readonly #cursor = new RecordBatchCursor()
  #maxTimestamp = NONE

  /**
   * The largest timestamp of the batch that was last found good, by its records; by its header, where
   * its records were not looked into. Like Kafka's broker, a log corrects the header by it.
   */
  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /**
   * Says what is wrong with the one batch that `batch` must hold, or `null`.
   *
   * @param batch Private memory: shared memory could change between check and use.
   */
  findFault(batch: Uint8Array): string | null {
    if (batch.length < BATCH_HEADER_BYTES) {
      return `is shorter than a header: sizeBytes=${batch.length}, headerBytes=${BATCH_HEADER_BYTES}`
    }
    const header = this.#header.wrap(batch)
    if (header.magic !== MAGIC_V2) return `has another magic than 2: magic=${header.magic}`
    if (header.sizeBytes !== batch.length) {
      return `has another length than it says: saysBytes=${header.sizeBytes}, sizeBytes=${batch.length}`
    }
    const { baseOffset, recordsCount, lastOffsetDelta } = header
    if (!Number.isSafeInteger(baseOffset) || baseOffset < 0) {
      return `has a base offset that cannot be: baseOffset=${baseOffset}`
    }
    if (recordsCount < 1 || lastOffsetDelta !== recordsCount - 1) {
      return `has a count that cannot be: recordsCount=${recordsCount}, lastOffsetDelta=${lastOffsetDelta}`
    }
    if (!isTimestamp(header.baseTimestamp) || !isTimestamp(header.maxTimestamp)) {
      return (
        'has timestamps that cannot be: ' +
        `baseTimestamp=${header.baseTimestamp}, maxTimestamp=${header.maxTimestamp}`
      )
    }
    const { producerId } = header
    if (producerId !== NONE) {
      const { producerEpoch, baseSequence } = header
      if (!Number.isSafeInteger(producerId) || producerId < 0 || producerEpoch < 0) {
        return `has a producer that cannot be: producerId=${producerId}, producerEpoch=${producerEpoch}`
      }
      if (baseSequence < 0 && !header.isControl) {
        return `has a sequence that cannot be: baseSequence=${baseSequence}`
      }
    }
    if (header.compressionType > MAX_COMPRESSION_TYPE) {
      return `has an unknown compression: type=${header.compressionType}`
    }
    this.#maxTimestamp = header.maxTimestamp
    if (header.compressionType !== 0 || header.isControl) return null
    return this.#findRecordFault(batch, recordsCount)
  }

  #findRecordFault(batch: Uint8Array, recordsCount: number): string | null {
    const cursor = this.#cursor
    const { baseOffset } = this.#header
    let maxTimestamp = NONE
    try {
      cursor.open(batch, 0)
      for (let index = 0; index < recordsCount; index++) {
        cursor.next()
        if (
          cursor.offset !== baseOffset + index ||
          !isTimestamp(cursor.timestamp) ||
          !areHeadersValid(batch, cursor.headersStart, cursor.recordEnd)
        ) {
          return `has a malformed record: recordIndex=${index}`
        }
        if (cursor.timestamp > maxTimestamp) maxTimestamp = cursor.timestamp
      }
    } catch (error) {
      if (RinglogError.is(error)) return error.message.slice(CURSOR_SUBJECT.length)
      throw error
    }
    this.#maxTimestamp = maxTimestamp
    const rest = batch.length - cursor.nextStart
    return rest === 0 ? null : `has bytes after its last record: restBytes=${rest}`
  }
}

/** -1 stands for "no timestamp", as in Kafka. */
function isTimestamp(value: number): boolean {
  return Number.isSafeInteger(value) && value >= NONE
}
