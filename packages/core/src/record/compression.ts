import { choiceOption, integerOption } from '../config/options.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'
import { COMPRESSION_TYPES, compressionCodec, type CompressionType } from './compression-codecs.ts'
import { TooLargeToDecompress } from './compression-limit.ts'
import {
  ATTRIBUTES_BYTE,
  BATCH_HEADER_BYTES,
  BATCH_LENGTH_BYTE,
  BATCH_LENGTH_OVERHEAD_BYTES,
  COMPRESSION_MASK,
  CRC_BYTE,
  batchSizeAt,
  readInt16,
  writeInt16,
  writeInt32,
} from './record-batch-format.ts'

/** The largest batch that any log holds: a quarter of the largest ring. */
const MAX_BATCH_BYTES = 256 * 1024 * 1024

/** What bounds the work of decompressing a batch. */
export interface DecompressOptions {
  /**
   * The most bytes that the batch may have when it is decompressed, header included: an integer of at least
   * 1. Default, and no more than, 256 MiB: the largest batch that a ring takes.
   */
  maxBytes?: number | undefined
}

/**
 * Compresses the records of a batch, as Kafka's clients do: the header stays as it is but for its
 * length and its attributes. A batch that does not get smaller by it is compressed all the same, as in
 * Kafka.
 *
 * Ownership: the batch is borrowed; what is returned is new memory, 8-byte aligned. Cost: compresses
 * in this thread, blocking it; allocates.
 *
 * @param batch Exactly one batch that is not compressed.
 * @throws RinglogError UNSUPPORTED_COMPRESSION_TYPE where the package behind a type cannot be loaded;
 *   INVALID_REQUEST when the batch is compressed already, for a type that there is not, or for what is no
 *   `Uint8Array`.
 */
export function compressBatch(batch: Uint8Array, type: CompressionType): Uint8Array<ArrayBuffer> {
  const fault = TYPE_OPTION.fault(type)
  if (fault !== null) throw invalid(`the compression type ${fault}`)
  const number = COMPRESSION_TYPES.indexOf(type)
  if (compressionOf(batch) !== 0) {
    throw new RinglogError('INVALID_REQUEST', 'the record batch is compressed already')
  }
  const records = batch.subarray(BATCH_HEADER_BYTES)
  const compressed = number === 0 ? records : compressionCodec(number).compress(records)
  return withRecords(batch, compressed, number)
}

/**
 * The same batch with its records decompressed, so that a cursor can walk them; one that is not
 * compressed is returned as it is.
 *
 * Ownership: the batch is borrowed, and must be private memory; what is returned is new memory,
 * 8-byte aligned, unless it is the batch itself. Cost: decompresses in this thread, blocking it;
 * allocates what comes out, and no more than `maxBytes` of it.
 *
 * @param batch Exactly one batch.
 * @throws RinglogError CORRUPT_MESSAGE when the compressed bytes are malformed; MESSAGE_TOO_LARGE when
 *   more than `maxBytes` would come out; UNSUPPORTED_COMPRESSION_TYPE; INVALID_REQUEST for other `maxBytes`
 *   than there can be, or for what is no `Uint8Array`.
 */
export function decompressBatch(batch: Uint8Array, options: DecompressOptions = {}): Uint8Array {
  const { maxBytes: givenBytes = MAX_BATCH_BYTES } = options
  const fault = MAX_BYTES_OPTION.fault(givenBytes)
  if (fault !== null) throw invalid(`maxBytes ${fault}`)
  const maxBytes = Math.min(givenBytes, MAX_BATCH_BYTES)
  const number = compressionOf(batch)
  if (number === 0) return batch
  const codec = compressionCodec(number)
  let records: Uint8Array
  try {
    records = codec.decompress(batch.subarray(BATCH_HEADER_BYTES), maxBytes - BATCH_HEADER_BYTES)
  } catch (cause) {
    const name = COMPRESSION_TYPES[number]
    if (cause instanceof TooLargeToDecompress) {
      throw new RinglogError(
        'MESSAGE_TOO_LARGE',
        `record batch has more than ${maxBytes} bytes when it is decompressed: ` +
          `compression=${name}, sizeBytes=${batch.length}`,
        { details: { compression: name, sizeBytes: batch.length, maxBytes } },
      )
    }
    throw new RinglogError(
      'CORRUPT_MESSAGE',
      `record batch has records that cannot be decompressed: compression=${name}, ` +
        `sizeBytes=${batch.length}`,
      { cause, details: { compression: name, sizeBytes: batch.length } },
    )
  }
  return withRecords(batch, records, 0)
}

const TYPE_OPTION = choiceOption<CompressionType>('none', COMPRESSION_TYPES)
const MAX_BYTES_OPTION = integerOption(MAX_BATCH_BYTES, { min: 1 })

function invalid(message: string): RinglogError {
  return new RinglogError('INVALID_REQUEST', message)
}

/** @throws RinglogError INVALID_REQUEST for what is no bytes; CORRUPT_MESSAGE when they are not exactly one batch. */
function compressionOf(batch: Uint8Array): number {
  if (!(batch instanceof Uint8Array)) {
    throw invalid(`a record batch must be a Uint8Array, got ${show(batch)}`)
  }
  if (batch.length < BATCH_HEADER_BYTES || batchSizeAt(batch, 0) !== batch.length) {
    throw new RinglogError(
      'CORRUPT_MESSAGE',
      `record batch has another length than it says: sizeBytes=${batch.length}`,
    )
  }
  return readInt16(batch, ATTRIBUTES_BYTE) & COMPRESSION_MASK
}

function withRecords(
  batch: Uint8Array,
  records: Uint8Array,
  compressionType: number,
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(BATCH_HEADER_BYTES + records.length)
  copy.set(batch.subarray(0, BATCH_HEADER_BYTES))
  copy.set(records, BATCH_HEADER_BYTES)
  const attributes = readInt16(batch, ATTRIBUTES_BYTE)
  writeInt32(copy, BATCH_LENGTH_BYTE, copy.length - BATCH_LENGTH_OVERHEAD_BYTES)
  writeInt32(copy, CRC_BYTE, 0)
  writeInt16(copy, ATTRIBUTES_BYTE, (attributes & ~COMPRESSION_MASK) | compressionType)
  return copy
}
