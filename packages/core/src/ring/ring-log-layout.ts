import { RinglogError } from '../errors/ringlog-error.ts'
import { allocateSharedPages } from '../memory/shared-pages.ts'

/**
 * The memory of one partition: one SharedArrayBuffer, little-endian (the byte order of every
 * machine that Node.js runs on), words of 64 bits.
 *
 * ```text
 *  byte   name                 writer            readers       access
 *     0   LAYOUT_MAGIC         host, once        all           plain, before any thread starts
 *     4   LAYOUT_VERSION       host, once        all           plain
 *     8   SECTION_DIRECTORY    host, once        all           plain: (offset, length) in bytes, int32 each,
 *                                                              of control, index, data
 *    32   STORAGE              host, once        all           plain: where the log's records are kept
 *   128   END_POSITION         partition worker  all           Atomics.store / load        INV-4
 *   256   LOG_START_POSITION   partition worker  all           read-modify-write only      INV-2, INV-3
 *   384   LOG_START_OFFSET     partition worker  all           Atomics.store / load        INV-6
 *   392   DELETED_BEFORE       partition worker  all           Atomics.store / load        INV-6
 *   400   RELEASED_UP_TO       partition worker  its successor Atomics.store / load
 *   512   BLOCKED              partition worker  gate holders  Atomics.store / load        INV-9
 *   640   INDEX_COUNT          partition worker  all           Atomics.store / load        INV-5
 *   768   PARTITION_STATE      controller        all           Atomics.store / load        INV-41
 *   896   TOTALS               partition worker  its successor plain: float64 each, see partition-totals.ts
 *  1024   HIGH_WATERMARK_POSITION  storage thread  all         Atomics.store / load        INV-111
 *  1032   HIGH_WATERMARK_OFFSET    storage thread  all         Atomics.store / load        INV-111
 *  1040   WRITTEN_OFFSET           storage thread  its successor Atomics.store / load      INV-112
 *  1048   WRITTEN_SEGMENT          storage thread  its successor Atomics.store / load      INV-112
 *  1056   WRITTEN_FILE_BYTES       storage thread  its successor Atomics.store / load      INV-112
 *  1064   DISK_LOG_START           storage thread  all         Atomics.store / load        INV-113
 *  1072   STORAGE_STATE            storage thread  all         Atomics.store / load        INV-114
 *  1080   FLUSHED_OFFSET           storage thread  its successor Atomics.store / load      INV-115
 *  1088   FILE_SWAPS               storage thread  readers of the files  Atomics.store / load  INV-150
 *  1152   index                one entry of 32 bytes for each 4,096 bytes of ring
 *     …   data                 ringBytes, a power of two; starts at a multiple of 4,096
 *
 *  index entry   byte 0   offset            partition worker  all           Atomics.store / load        INV-5
 *                byte 8   bytePosition      partition worker  all           Atomics.store / load
 *                byte 16  maxTimestamp      partition worker  all           Atomics.store / load
 *                byte 24  (spare)
 * ```
 *
 * Gates lie in memory of their own: see `gate-layout.ts`.
 *
 * The words from 1024 on are those of a partition on disk: see `partition-storage.ts`. For one in memory nobody looks
 * at them. For one on disk, what the ring has is the end of the log: LOG_START_OFFSET
 * is where the ring starts, DISK_LOG_START where the log does.
 *
 * Words with different writers stand 128 bytes apart, two cache lines, so that no thread's stores
 * slow another's loads (Agrona pads the same way).
 *
 * Data: record batches, each contiguous and 8-byte aligned. A *bytePosition* counts every byte ever
 * written and never wraps; masked with `ringBytes - 1` it is a *byteIndex* into the data section. A
 * batch that does not fit before the end of the section goes to its start: a pad marker, a base
 * offset of -1 in 8 bytes, stands where it would have begun.
 */
export const LAYOUT_MAGIC = 0x474c_4e52 // "RNLG"
export const LAYOUT_VERSION = 7

/** Bytes between words with different writers. */
const LINE_BYTES = 128
const WORD_BYTES = 8

export const LAYOUT_MAGIC_BYTE = 0
export const LAYOUT_VERSION_BYTE = LAYOUT_MAGIC_BYTE + 4
export const SECTION_DIRECTORY_BYTE = LAYOUT_VERSION_BYTE + 4
export const STORAGE_BYTE = SECTION_DIRECTORY_BYTE + 3 * 2 * 4
export const END_POSITION_BYTE = LINE_BYTES
export const LOG_START_POSITION_BYTE = END_POSITION_BYTE + LINE_BYTES
export const LOG_START_OFFSET_BYTE = LOG_START_POSITION_BYTE + LINE_BYTES
export const DELETED_BEFORE_BYTE = LOG_START_OFFSET_BYTE + WORD_BYTES
export const RELEASED_UP_TO_BYTE = DELETED_BEFORE_BYTE + WORD_BYTES
export const BLOCKED_BYTE = LOG_START_OFFSET_BYTE + LINE_BYTES
export const INDEX_COUNT_BYTE = BLOCKED_BYTE + LINE_BYTES
export const PARTITION_STATE_BYTE = INDEX_COUNT_BYTE + LINE_BYTES
export const TOTALS_BYTE = PARTITION_STATE_BYTE + LINE_BYTES
export const HIGH_WATERMARK_POSITION_BYTE = TOTALS_BYTE + LINE_BYTES
export const HIGH_WATERMARK_OFFSET_BYTE = HIGH_WATERMARK_POSITION_BYTE + WORD_BYTES
export const WRITTEN_OFFSET_BYTE = HIGH_WATERMARK_OFFSET_BYTE + WORD_BYTES
export const WRITTEN_SEGMENT_BYTE = WRITTEN_OFFSET_BYTE + WORD_BYTES
export const WRITTEN_FILE_BYTES_BYTE = WRITTEN_SEGMENT_BYTE + WORD_BYTES
export const DISK_LOG_START_BYTE = WRITTEN_FILE_BYTES_BYTE + WORD_BYTES
export const STORAGE_STATE_BYTE = DISK_LOG_START_BYTE + WORD_BYTES
export const FLUSHED_OFFSET_BYTE = STORAGE_STATE_BYTE + WORD_BYTES
export const FILE_SWAPS_BYTE = FLUSHED_OFFSET_BYTE + WORD_BYTES
export const INDEX_BYTE = HIGH_WATERMARK_POSITION_BYTE + LINE_BYTES

/** Kafka's `index.interval.bytes`: an index entry for each so many bytes of log. */
export const INDEX_INTERVAL_BYTES = 4096
export const INDEX_ENTRY_BYTES = 4 * WORD_BYTES
const DATA_ALIGNMENT_BYTES = 4096

export const MIN_RING_BYTES = 64 * 1024
export const MAX_RING_BYTES = 1024 * 1024 * 1024
/** Batches start at multiples of this: then shared memory is copied at full speed. */
export const BATCH_ALIGNMENT_BYTES = 8
/** A batch is at most this part of its ring. */
export const MAX_BATCH_RING_SHARE = 4
/** What a batch may not take of a full ring, so that a marker of a few bytes always finds room. */
export const MARKER_RESERVE_BYTES = 512

/** Index of a control word in a `BigInt64Array` over the whole memory. */
export const END_POSITION_WORD = END_POSITION_BYTE / WORD_BYTES
export const LOG_START_POSITION_WORD = LOG_START_POSITION_BYTE / WORD_BYTES
export const LOG_START_OFFSET_WORD = LOG_START_OFFSET_BYTE / WORD_BYTES
export const DELETED_BEFORE_WORD = DELETED_BEFORE_BYTE / WORD_BYTES
export const RELEASED_UP_TO_WORD = RELEASED_UP_TO_BYTE / WORD_BYTES
export const BLOCKED_WORD = BLOCKED_BYTE / WORD_BYTES
export const INDEX_COUNT_WORD = INDEX_COUNT_BYTE / WORD_BYTES
export const PARTITION_STATE_WORD = PARTITION_STATE_BYTE / WORD_BYTES
export const HIGH_WATERMARK_POSITION_WORD = HIGH_WATERMARK_POSITION_BYTE / WORD_BYTES
export const HIGH_WATERMARK_OFFSET_WORD = HIGH_WATERMARK_OFFSET_BYTE / WORD_BYTES
export const WRITTEN_OFFSET_WORD = WRITTEN_OFFSET_BYTE / WORD_BYTES
export const WRITTEN_SEGMENT_WORD = WRITTEN_SEGMENT_BYTE / WORD_BYTES
export const WRITTEN_FILE_BYTES_WORD = WRITTEN_FILE_BYTES_BYTE / WORD_BYTES
export const DISK_LOG_START_WORD = DISK_LOG_START_BYTE / WORD_BYTES
export const STORAGE_STATE_WORD = STORAGE_STATE_BYTE / WORD_BYTES
export const FLUSHED_OFFSET_WORD = FLUSHED_OFFSET_BYTE / WORD_BYTES
export const FILE_SWAPS_WORD = FILE_SWAPS_BYTE / WORD_BYTES
export const INDEX_ENTRY_WORDS = INDEX_ENTRY_BYTES / WORD_BYTES

/** PARTITION_STATE: the worker runs. */
export const PARTITION_ONLINE = 0n
/** PARTITION_STATE: the worker has died. */
export const PARTITION_OFFLINE = 1n
/** PARTITION_STATE: the topic is deleted. */
export const PARTITION_DELETED = 2n

/** STORAGE: the ring is all there is of the log. */
export const STORED_IN_MEMORY = 0
/** STORAGE: the log is on disk; consumers see it up to the high watermark. */
export const STORED_ON_DISK = 1
/** STORAGE: the log is on disk; consumers see all that is published in the ring. */
export const STORED_ON_DISK_SHOWN_AT_ONCE = 2

/** Where a log's records are kept, and how far consumers see them. */
export type StorageKind =
  typeof STORED_IN_MEMORY | typeof STORED_ON_DISK | typeof STORED_ON_DISK_SHOWN_AT_ONCE

if (INDEX_BYTE !== 1152) throw new Error('ring log layout does not add up')

/** The sections of one partition's memory, in bytes from its start. */
export interface RingLogSections {
  ringBytes: number
  /** A power of two or not: always one entry for each `INDEX_INTERVAL_BYTES` of ring. */
  indexEntries: number
  dataByte: number
  totalBytes: number
}

export function sectionsOf(ringBytes: number): RingLogSections {
  const indexEntries = ringBytes / INDEX_INTERVAL_BYTES
  const dataByte = alignUp(INDEX_BYTE + indexEntries * INDEX_ENTRY_BYTES, DATA_ALIGNMENT_BYTES)
  return { ringBytes, indexEntries, dataByte, totalBytes: dataByte + ringBytes }
}

/** The largest batch, in bytes, that a ring takes. */
export function maxBatchBytesOf(ringBytes: number): number {
  return ringBytes / MAX_BATCH_RING_SHARE
}

export function isRingBytes(value: number): boolean {
  return (
    Number.isInteger(value) &&
    value >= MIN_RING_BYTES &&
    value <= MAX_RING_BYTES &&
    (value & (value - 1)) === 0
  )
}

/** Rounds up to a multiple of `alignment`, a power of two. */
export function alignUp(bytes: number, alignment: number): number {
  return (bytes + alignment - 1) & -alignment
}

/**
 * Allocates a partition's memory, empty, with its directory written. Pages are not touched yet: see
 * `RingLogWriter.touchPages`.
 *
 * @param ringBytes A power of two from 64 KiB to 1 GiB.
 * @throws RinglogError INVALID_CONFIG for any other size.
 */
export function createRingLogMemory(
  ringBytes: number,
  { storage = STORED_IN_MEMORY, logStartOffset = 0, endOffset = 0 }: StoredLog = {},
): SharedArrayBuffer {
  if (!isRingBytes(ringBytes)) {
    throw new RinglogError(
      'INVALID_CONFIG',
      `ringBytes must be a power of two from ${MIN_RING_BYTES} to ${MAX_RING_BYTES}, got ${String(ringBytes)}`,
      { details: { ringBytes } },
    )
  }
  const sections = sectionsOf(ringBytes)
  const memory = allocateSharedPages(sections.totalBytes)
  const header = new DataView(memory)
  const directory = [
    [0, INDEX_BYTE],
    [INDEX_BYTE, sections.indexEntries * INDEX_ENTRY_BYTES],
    [sections.dataByte, ringBytes],
  ].flat()
  directory.forEach((value, i) => header.setInt32(SECTION_DIRECTORY_BYTE + i * 4, value, true))
  header.setInt32(STORAGE_BYTE, storage, true)
  placeEmptyRing(memory, logStartOffset, endOffset)
  header.setInt32(LAYOUT_VERSION_BYTE, LAYOUT_VERSION, true)
  header.setInt32(LAYOUT_MAGIC_BYTE, LAYOUT_MAGIC, true)
  return memory
}

/**
 * Says where the log ends whose next records a ring takes, and so where the ring starts, in which nothing was ever
 * appended: before a thread writes to it, or follows it. All of that log was acknowledged, or is as good as it.
 */
export function placeEmptyRing(
  memory: SharedArrayBuffer,
  logStartOffset: number,
  endOffset: number,
): void {
  const words = new BigInt64Array(memory, 0, INDEX_BYTE / WORD_BYTES)
  const end = BigInt(endOffset)
  Atomics.store(words, DISK_LOG_START_WORD, BigInt(logStartOffset)) // INV-113
  Atomics.store(words, FLUSHED_OFFSET_WORD, end) // INV-115
  Atomics.store(words, WRITTEN_OFFSET_WORD, end) // INV-112
  Atomics.store(words, HIGH_WATERMARK_OFFSET_WORD, end) // INV-111
  Atomics.store(words, LOG_START_OFFSET_WORD, end) // INV-6
}

/** What there is of a log when its ring is made: on disk, or in a cluster that it is followed from. */
export interface StoredLog {
  readonly storage?: StorageKind | undefined
  readonly logStartOffset?: number | undefined
  readonly endOffset?: number | undefined
}

/** Where the records of the log are kept that this ring is the end of, or all of. */
export function storageKindOf(memory: SharedArrayBuffer): StorageKind {
  return new DataView(memory).getInt32(STORAGE_BYTE, true) as StorageKind
}

/**
 * Reads the directory of a partition's memory and holds it against this layout.
 *
 * @throws RinglogError LAYOUT_MISMATCH when the memory was made by another version, or is no ring log.
 */
export function openRingLogSections(memory: SharedArrayBuffer): RingLogSections {
  const header = memory.byteLength >= INDEX_BYTE ? new DataView(memory) : null
  const magic = header?.getInt32(LAYOUT_MAGIC_BYTE, true)
  const version = header?.getInt32(LAYOUT_VERSION_BYTE, true)
  // The last entry of the directory is the data section: its length is the ring's.
  const ringBytes = header?.getInt32(SECTION_DIRECTORY_BYTE + 5 * 4, true) ?? 0
  const isKnown = magic === LAYOUT_MAGIC && version === LAYOUT_VERSION && isRingBytes(ringBytes)
  const sections = isKnown ? sectionsOf(ringBytes) : null
  if (sections === null || sections.totalBytes !== memory.byteLength) {
    throw new RinglogError(
      'LAYOUT_MISMATCH',
      `the shared memory is no ring log of layout version ${LAYOUT_VERSION}: ` +
        `magic=${String(magic)}, version=${String(version)}, ringBytes=${ringBytes}, sizeBytes=${memory.byteLength}`,
      { details: { magic, version, ringBytes, sizeBytes: memory.byteLength } },
    )
  }
  return sections
}
