/**
 * What a consumer reads a partition through: its ring, and what lies on disk of what the ring has no more.
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
   * Where the log was cut off after what was read last, `null` or absent: it was not. A position after it goes on
   * from here.
   */
  readonly truncatedTo?: number | null | undefined

  /**
   * Copies record batches, the first of which holds `offset` (or, where no batch does, the next
   * offset that exists), to the start of `target`. They lie there as in the log: whole, in order, at
   * multiples of 8 bytes; walk them with `RecordBatchHeader` up to `result.copiedBytes`.
   *
   * A `target` that holds no whole batch is no error: `requiredBytes` says how large it must be. Nor is an
   * offset of which nothing is in memory yet: READ_NEEDS_LOAD. Nothing blocks.
   *
   * @param target Private memory, 8-byte aligned, of at least 64 bytes.
   * @param result Written to, so that a read allocates no object.
   * @throws RinglogError CORRUPT_MESSAGE.
   */
  read(offset: number, target: Uint8Array, result: ReadResult): void

  /**
   * Brings what follows `offset` into memory, after a `read` that ended with READ_NEEDS_LOAD; resolves when
   * the same `read` ends otherwise. One that is not waited for any more may be followed by another.
   *
   * @throws RinglogError CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR.
   */
  load(offset: number): Promise<void>

  /** As `load`, but blocks. `false`: it takes longer; the caller looks what time it is, and calls again. */
  loadSync(offset: number): boolean

  /**
   * Bytes from `offset` to the end of what can be read; 0 is what a reader waits on. `Infinity` where
   * nothing is known of the offset yet: `read` it.
   */
  availableBytes(offset: number): number

  /**
   * The first record whose timestamp is at least `timestampMs`, or `null`: at once, or where that has to be
   * looked up on disk, by a promise.
   *
   * @throws RinglogError CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR.
   * Source: Kafka's `ListOffsets` by timestamp.
   */
  findByTimestamp(timestampMs: number): FoundRecord | null | Promise<FoundRecord | null>

  /** Gives back the files that it has open, and what it has loaded. Another `load` may follow. */
  close(): void
}

/** A record that was looked for. */
export interface FoundRecord {
  readonly offset: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

/** Batches were copied: `copiedBytes` of them. */
export const READ_OK = 0
/** Nothing was written after `offset` yet. */
export const READ_NOTHING_NEW = 1
/** The offset lies before the log's start or after its end. */
export const READ_OUT_OF_RANGE = 2
/** `target` is smaller than the batch: `requiredBytes`. */
export const READ_NEEDS_LARGER_TARGET = 3
/** Nothing of what follows `offset` is in memory: `load` it, then read again. */
export const READ_NEEDS_LOAD = 4

/** What became of a read. */
export type ReadStatus =
  | typeof READ_OK
  | typeof READ_NOTHING_NEW
  | typeof READ_OUT_OF_RANGE
  | typeof READ_NEEDS_LARGER_TARGET
  | typeof READ_NEEDS_LOAD

/** The outcome of a `LogReader.read`. */
export class ReadResult {
  status: ReadStatus = READ_NOTHING_NEW
  /** Bytes of whole batches in the target. */
  copiedBytes = 0
  /** The offset after the last one copied. */
  nextOffset = 0
  requiredBytes = 0
}
