import {
  DISK_LOG_START_WORD,
  FILE_SWAPS_WORD,
  FLUSHED_OFFSET_WORD,
  HIGH_WATERMARK_OFFSET_WORD,
  HIGH_WATERMARK_POSITION_WORD,
  STORAGE_STATE_WORD,
  WRITTEN_FILE_BYTES_WORD,
  WRITTEN_OFFSET_WORD,
  WRITTEN_SEGMENT_WORD,
  openRingLogSections,
} from './ring-log-layout.ts'

/** STORAGE_STATE: the disk takes what comes. */
export const STORAGE_WRITES = 0
/** STORAGE_STATE: the disk is full, or a quota is; the storage thread tries again. */
export const STORAGE_FULL = 1
/** STORAGE_STATE: a write or a sync has failed: nothing more is written until the broker is started anew. */
export const STORAGE_FAILED = 2

export type StorageState = typeof STORAGE_WRITES | typeof STORAGE_FULL | typeof STORAGE_FAILED

/**
 * What a storage thread says of a partition on disk, in the memory of its ring.
 *
 * The *high watermark* is the offset up to which records are acknowledged and visible: those before it are on
 * disk, as far as the topic's `flushMessages` asks for that. It never goes back.
 *
 * Thread: the storage thread that follows the partition is the only writer; any thread reads.
 */
export class PartitionStorage {
  readonly #words: BigInt64Array

  /** @param memory Of a ring whose log is on disk: see `createRingLogMemory`. */
  constructor(memory: SharedArrayBuffer) {
    this.#words = new BigInt64Array(memory, 0, openRingLogSections(memory).dataByte / 8)
  }

  /** Every record below this is acknowledged. */
  get highWatermark(): number {
    return Number(Atomics.load(this.#words, HIGH_WATERMARK_OFFSET_WORD)) // INV-111
  }

  /** Where the high watermark lies in the ring: a byte position. */
  get highWatermarkPosition(): number {
    return Number(Atomics.load(this.#words, HIGH_WATERMARK_POSITION_WORD)) // INV-111
  }

  /** The caller rings the partition's worker afterwards: that rings all who wait for it. */
  advanceHighWatermark(position: number, offset: number): void {
    // INV-111: the position first. What is acknowledged can be read.
    Atomics.store(this.#words, HIGH_WATERMARK_POSITION_WORD, BigInt(position)) // INV-111
    Atomics.store(this.#words, HIGH_WATERMARK_OFFSET_WORD, BigInt(offset)) // INV-111
  }

  /** How far the log's files reach. */
  get written(): WrittenLog {
    return {
      offset: Number(Atomics.load(this.#words, WRITTEN_OFFSET_WORD)), // INV-112
      segmentBaseOffset: Number(Atomics.load(this.#words, WRITTEN_SEGMENT_WORD)), // INV-112
      fileBytes: Number(Atomics.load(this.#words, WRITTEN_FILE_BYTES_WORD)), // INV-112
    }
  }

  setWritten({ offset, segmentBaseOffset, fileBytes }: WrittenLog): void {
    Atomics.store(this.#words, WRITTEN_SEGMENT_WORD, BigInt(segmentBaseOffset)) // INV-112
    Atomics.store(this.#words, WRITTEN_FILE_BYTES_WORD, BigInt(fileBytes)) // INV-112
    Atomics.store(this.#words, WRITTEN_OFFSET_WORD, BigInt(offset)) // INV-112: last
  }

  /** Every record below this would survive the loss of power. */
  get flushedOffset(): number {
    return Number(Atomics.load(this.#words, FLUSHED_OFFSET_WORD)) // INV-115
  }

  /** Once a sync thread has answered that `fdatasync` has returned. */
  setFlushed(offset: number): void {
    Atomics.store(this.#words, FLUSHED_OFFSET_WORD, BigInt(offset)) // INV-115
  }

  /** The first offset of the log, on disk or in the ring. */
  get logStartOffset(): number {
    return Number(Atomics.load(this.#words, DISK_LOG_START_WORD)) // INV-113
  }

  /** Before the files of what lies before are unlinked. */
  setLogStart(offset: number): void {
    Atomics.store(this.#words, DISK_LOG_START_WORD, BigInt(offset)) // INV-113
  }

  get state(): StorageState {
    return Number(Atomics.load(this.#words, STORAGE_STATE_WORD)) as StorageState // INV-114
  }

  /**
   * How often compacted files have begun, and ended, to take the place of those that they were made from: odd while
   * they do.
   */
  get fileSwaps(): number {
    return Number(Atomics.load(this.#words, FILE_SWAPS_WORD)) // INV-150
  }

  /** Before the first of a log's files gets another name. */
  beginFileSwap(): void {
    Atomics.store(this.#words, FILE_SWAPS_WORD, BigInt(this.fileSwaps | 1)) // INV-150
  }

  /** Once all of them have their names; does nothing where none had begun, in this thread or one that has died. */
  endFileSwap(): void {
    const swaps = this.fileSwaps
    Atomics.store(this.#words, FILE_SWAPS_WORD, BigInt(swaps + (swaps & 1))) // INV-150
  }

  /** The caller rings the partition's worker afterwards. */
  setState(state: StorageState): void {
    Atomics.store(this.#words, STORAGE_STATE_WORD, BigInt(state)) // INV-114
  }
}

/** How far a log's files reach: the end of its last file is that of a batch. */
export interface WrittenLog {
  /** The offset after the last record. */
  readonly offset: number
  /** The base offset of the last segment. */
  readonly segmentBaseOffset: number
  /** The size of its `.log`. */
  readonly fileBytes: number
}
