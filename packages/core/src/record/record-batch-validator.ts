import { integerOption, resolveOptions } from '../config/options.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { decompressBatch } from './compression.ts'
import { NOT_ORDINARY, latestOfOrdinaryRecords } from './ordinary-records.ts'
import { CURSOR_SUBJECT, RecordBatchCursor } from './record-batch-cursor.ts'
import {
  BATCH_HEADER_BYTES,
  MAGIC_V2,
  MAX_COMPRESSION_TYPE,
  NONE,
  RECORDS_BYTE,
} from './record-batch-format.ts'
import { RecordBatchHeader } from './record-batch-header.ts'
import { areHeadersValid } from './record-headers.ts'

/** As large as a batch may get by decompression, where its own limit is smaller. */
const MIN_DECOMPRESSION_LIMIT_BYTES = 16 * 1024 * 1024

/**
 * Holds a batch against the format before it enters a log: the header's fields against each other
 * and against the number of bytes there are, then every record's lengths, so that whatever a log
 * takes can be read to its end. Compressed records are decompressed for it, within a limit.
 *
 * One validator is used for many batches; it allocates only to decompress, and to report a fault.
 */
export class RecordBatchValidator {
  readonly #maxDecompressedBytes: number
  readonly #header = new RecordBatchHeader()
  readonly #cursor = new RecordBatchCursor()
  #maxTimestamp = NONE

  /**
   * One validator looks at batch after batch, in one thread.
   *
   * @throws RinglogError INVALID_CONFIG that lists every faulty option.
   */
  constructor(options?: RecordBatchValidatorOptions) {
    const { maxMessageBytes } = resolveOptions('RecordBatchValidatorOptions', OPTIONS, options)
    this.#maxDecompressedBytes = Math.max(maxMessageBytes, MIN_DECOMPRESSION_LIMIT_BYTES)
  }

  /**
   * The largest timestamp of the batch that was last found good, by its records; by its header, where
   * they are markers. Like Kafka's broker, a log corrects the header by it.
   */
  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /**
   * Says what is wrong with the one batch that `batch` must hold, or `null`.
   *
   * @param batch Private memory: shared memory could change between check and use.
   * @throws RinglogError MESSAGE_TOO_LARGE when it would be too large once decompressed;
   *   UNSUPPORTED_COMPRESSION_TYPE when it cannot be decompressed here.
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
    if (recordsCount < 1 || lastOffsetDelta !== recordsCount - 1) {
      return `has a count that cannot be: recordsCount=${recordsCount}, lastOffsetDelta=${lastOffsetDelta}`
    }
    if (!Number.isSafeInteger(baseOffset + lastOffsetDelta) || baseOffset < 0) {
      return `has a base offset that cannot be: baseOffset=${baseOffset}`
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
    if (header.isControl) return findMarkerFault(batch, header)
    if (header.compressionType === 0 && !header.isLogAppendTime) {
      const latest = latestOfOrdinaryRecords(batch, RECORDS_BYTE, recordsCount)
      const maxTimestamp = header.baseTimestamp + latest
      if (latest !== NOT_ORDINARY && isTimestamp(maxTimestamp)) {
        this.#maxTimestamp = maxTimestamp
        return null
      }
    }
    return this.#findRecordFault(batch, header)
  }

  #findRecordFault(batch: Uint8Array, header: RecordBatchHeader): string | null {
    const { baseOffset, recordsCount, baseTimestamp } = header
    const cursor = this.#cursor
    let maxTimestamp = NONE
    let walked = batch
    try {
      walked = decompressBatch(batch, { maxBytes: this.#maxDecompressedBytes })
      cursor.open(walked, 0)
      for (let index = 0; index < recordsCount; index++) {
        cursor.next()
        if (
          cursor.offset !== baseOffset + index ||
          !isTimestamp(cursor.timestamp) ||
          // The cursor counts with doubles: a delta beyond them it may have read as another.
          Math.abs(cursor.timestamp - baseTimestamp) > Number.MAX_SAFE_INTEGER ||
          !areHeadersValid(walked, cursor.headersStart, cursor.recordEnd)
        ) {
          return `has a malformed record: recordIndex=${index}`
        }
        if (cursor.timestamp > maxTimestamp) maxTimestamp = cursor.timestamp
      }
    } catch (error) {
      if (!RinglogError.is(error, 'CORRUPT_MESSAGE')) throw error
      return error.message.slice(CURSOR_SUBJECT.length)
    }
    this.#maxTimestamp = maxTimestamp
    const rest = walked.length - cursor.nextStart
    return rest === 0 ? null : `has bytes after its last record: restBytes=${rest}`
  }
}

/** What a batch may be. */
export interface RecordBatchValidatorOptions {
  /**
   * The largest batch that is taken, an integer of at least 0; a compressed one may have 16 MiB when it is
   * decompressed, or this, where it is more. Default 0.
   */
  maxMessageBytes?: number | undefined
}

const OPTIONS = { maxMessageBytes: integerOption(0, { min: 0 }) }

/** Markers are written by brokers, who have no need of headers, or of long keys and values. */
function findMarkerFault(batch: Uint8Array, header: RecordBatchHeader): string | null {
  const { compressionType, recordsCount } = header
  if (compressionType !== 0) return 'has markers that are compressed'
  const latest = latestOfOrdinaryRecords(batch, RECORDS_BYTE, recordsCount)
  return latest === NOT_ORDINARY
    ? `has markers that do not fit their count: recordsCount=${recordsCount}`
    : null
}

/** -1 stands for "no timestamp", as in Kafka. */
function isTimestamp(value: number): boolean {
  return Number.isSafeInteger(value) && value >= NONE
}
