/**
 * What a consumer reads a partition through. The ring is one implementation; a durable tier that
 * holds what the ring has evicted can be another.
 */
export interface LogReader {
  /** The first offset that can be read. */
  readonly logStartOffset: number
  /**
   * The offset before which the user has deleted everything, 0: nothing was deleted. What lies before
   * the log's start and not before this was evicted: a consumer that has a copy may go on with it.
   */
  readonly deletedBefore: number
  /** The offset after the last record that can be read: a read from here finds nothing new yet. */
  readonly endOffset: number

  /**
   * Copies record batches, the first of which holds `offset` (or, where no batch does, the next
   * offset that exists), to the start of `target`. They lie there as in the log: whole, in order, at
   * multiples of 8 bytes; walk them with `RecordBatchHeader` up to `result.copiedBytes`.
   *
   * A `target` that holds no whole batch is no error: `requiredBytes` says how large it must be.
   *
   * @param target Private memory, 8-byte aligned, of at least 64 bytes.
   * @param result Written to, so that a read allocates no object.
   */
  read(offset: number, target: Uint8Array, result: ReadResult): void

  /**
   * Bytes from `offset` to the end of what can be read; 0 is what a reader waits on. `Infinity` where
   * nothing is known of the offset yet: `read` it.
   */
  availableBytes(offset: number): number

  /**
   * The first record whose timestamp is at least `timestampMs`, or `null`.
   * Source: Kafka's `ListOffsets` by timestamp.
   */
  findByTimestamp(timestampMs: number): { offset: number; timestamp: number } | null
}

/** Batches were copied: `copiedBytes` of them. */
export const READ_OK = 0
/** Nothing was written after `offset` yet. */
export const READ_NOTHING_NEW = 1
/** The offset lies before the log's start or after its end. */
export const READ_OUT_OF_RANGE = 2
/** `target` is smaller than the batch: `requiredBytes`. */
export const READ_NEEDS_LARGER_TARGET = 3

/** What became of a read. */
export type ReadStatus =
  | typeof READ_OK
  | typeof READ_NOTHING_NEW
  | typeof READ_OUT_OF_RANGE
  | typeof READ_NEEDS_LARGER_TARGET

/** The outcome of a `LogReader.read`. */
export class ReadResult {
  status: ReadStatus = READ_NOTHING_NEW
  /** Bytes of whole batches in the target. */
  copiedBytes = 0
  /** The offset after the last one copied. */
  nextOffset = 0
  requiredBytes = 0
}
