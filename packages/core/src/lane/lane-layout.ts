import { ERROR_SECTION_BYTES } from '../errors/error-section.ts'
import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'
import { allocateSharedPages } from '../memory/shared-pages.ts'
import { BATCH_ALIGNMENT_BYTES, alignUp } from '../ring/ring-log-layout.ts'

/**
 * The memory of one lane, the way of one producer's batches to one partition: one
 * SharedArrayBuffer, little-endian, counters of 32 bits.
 *
 * ```text
 *  byte   name                   writer            readers           access
 *     0   LANE_MAGIC             creator, once     both              plain, before any thread has the lane
 *     4   LANE_VERSION           creator, once     both              plain
 *     8   SECTION_DIRECTORY      creator, once     both              plain: (offset, length) in bytes, int32 each,
 *                                                                    of control, frames, answers, refusal, closing, data
 *   128   FRAME_COUNT            producer          partition worker  Atomics.store / load        INV-21
 *   132   PRODUCER_STATE         producer          partition worker  Atomics.store / load        INV-28
 *   256   ANSWER_COUNT           partition worker  both              Atomics.store / load        INV-22, INV-23
 *   260   WORKER_STATE           partition worker  both              Atomics.store / load        INV-28
 *   264   ANSWERS_HELD           partition worker  producer          plain, before ANSWER_COUNT or WORKER_STATE INV-90
 *   268   SHOWN_COUNT            partition worker  producer          Atomics.store / load        INV-90
 *   384   PENDING_FRAME          partition worker  its successor     Atomics.store / load        INV-24
 *   388   PENDING_RESETS         partition worker  its successor     plain, before PENDING_FRAME
 *   392   PENDING_END_POSITION   partition worker  its successor     plain, before PENDING_FRAME
 *   400   PENDING_BASE_OFFSET    partition worker  its successor     plain, before PENDING_FRAME
 *   408   PENDING_APPEND_TIME    partition worker  its successor     plain, before PENDING_FRAME
 *   512   frames                 one entry of 64 bytes for each slot
 *     …   answers                one entry of 64 bytes for each slot
 *     …   refusal                2,048 bytes: the error of the frame that was refused last; before ANSWER_COUNT
 *     …   closing                2,048 bytes: the error for which the worker closed the lane; before WORKER_STATE
 *     …   data                   laneBytes, a power of two; starts at a multiple of 128
 *
 *  frame entry   byte 0   FRAME_NUMBER              producer          partition worker  plain, before FRAME_COUNT  INV-21
 *                byte 4   FRAME_RESETS              producer          partition worker  plain, before FRAME_COUNT
 *                byte 8   FRAME_BYTE_INDEX          producer          partition worker  plain, before FRAME_COUNT
 *                byte 12  FRAME_SIZE                producer          partition worker  plain, before FRAME_COUNT
 *                byte 16  FRAME_REQUEST_DEADLINE    producer          partition worker  plain, before FRAME_COUNT
 *                byte 24  FRAME_MAX_BLOCK           producer          partition worker  plain, before FRAME_COUNT
 *                byte 32  FRAME_WAITING_SINCE       producer          partition worker  plain, before FRAME_COUNT
 *                byte 40  (spare)
 *  answer entry  byte 0   ANSWER_FRAME              partition worker  producer          plain, before ANSWER_COUNT INV-23
 *                byte 4   ANSWER_OUTCOME            partition worker  producer          plain, before ANSWER_COUNT
 *                byte 8   ANSWER_RESETS             partition worker  producer          plain, before ANSWER_COUNT
 *                byte 12  ANSWER_ERROR_NUMBER       partition worker  producer          plain, before ANSWER_COUNT
 *                byte 16  ANSWER_BASE_OFFSET        partition worker  producer          plain, before ANSWER_COUNT
 *                byte 24  ANSWER_APPEND_TIME        partition worker  producer          plain, before ANSWER_COUNT
 *                byte 32  (spare)
 * ```
 *
 * Refusal, closing and the batches in data have the writer of the word that publishes them: the
 * partition worker, the partition worker, the producer. An error lies as in `error-section.ts`.
 *
 * A *frame* is one batch on its way: an entry that says where in data the batch lies and how long it
 * may take. Frames are numbered from 0 on; frame n and its answer have the slot n modulo the number
 * of slots. A frame is sent only while its slot is free, so there is always room for its answer.
 *
 * Batches lie in data contiguous and 8-byte aligned, in the order of their frames; one that does not
 * fit before the end goes to the start. Since the entry says where, there is no pad marker, and a
 * damaged length spoils no frame but its own.
 *
 * Both counts wrap at 32 bits. They may: they are never further apart than there are slots.
 */
export const LANE_MAGIC = 0x4e4c_4e52 // "RNLN"
export const LANE_VERSION = 3

/** Bytes between words with different writers: two cache lines. */
const LINE_BYTES = 128
const INT32_BYTES = 4
const FLOAT64_BYTES = 8

export const LANE_MAGIC_BYTE = 0
export const LANE_VERSION_BYTE = LANE_MAGIC_BYTE + INT32_BYTES
export const SECTION_DIRECTORY_BYTE = LANE_VERSION_BYTE + INT32_BYTES
export const FRAME_COUNT_BYTE = LINE_BYTES
export const PRODUCER_STATE_BYTE = FRAME_COUNT_BYTE + INT32_BYTES
export const ANSWER_COUNT_BYTE = FRAME_COUNT_BYTE + LINE_BYTES
export const WORKER_STATE_BYTE = ANSWER_COUNT_BYTE + INT32_BYTES
export const ANSWERS_HELD_BYTE = WORKER_STATE_BYTE + INT32_BYTES
export const SHOWN_COUNT_BYTE = ANSWERS_HELD_BYTE + INT32_BYTES
export const PENDING_FRAME_BYTE = ANSWER_COUNT_BYTE + LINE_BYTES
export const PENDING_RESETS_BYTE = PENDING_FRAME_BYTE + INT32_BYTES
export const PENDING_END_POSITION_BYTE = PENDING_RESETS_BYTE + INT32_BYTES
export const PENDING_BASE_OFFSET_BYTE = PENDING_END_POSITION_BYTE + FLOAT64_BYTES
export const PENDING_APPEND_TIME_BYTE = PENDING_BASE_OFFSET_BYTE + FLOAT64_BYTES
export const FRAMES_BYTE = PENDING_FRAME_BYTE + LINE_BYTES

/** One cache line: while one thread writes an entry, the other reads the one before it. */
export const ENTRY_BYTES = 64
export const FRAME_NUMBER_BYTE = 0
export const FRAME_RESETS_BYTE = FRAME_NUMBER_BYTE + INT32_BYTES
export const FRAME_BYTE_INDEX_BYTE = FRAME_RESETS_BYTE + INT32_BYTES
export const FRAME_SIZE_BYTE = FRAME_BYTE_INDEX_BYTE + INT32_BYTES
export const FRAME_REQUEST_DEADLINE_BYTE = FRAME_SIZE_BYTE + INT32_BYTES
export const FRAME_MAX_BLOCK_BYTE = FRAME_REQUEST_DEADLINE_BYTE + FLOAT64_BYTES
export const FRAME_WAITING_SINCE_BYTE = FRAME_MAX_BLOCK_BYTE + FLOAT64_BYTES
const FRAME_SPARE_BYTE = FRAME_WAITING_SINCE_BYTE + FLOAT64_BYTES

export const ANSWER_FRAME_BYTE = 0
export const ANSWER_OUTCOME_BYTE = ANSWER_FRAME_BYTE + INT32_BYTES
export const ANSWER_RESETS_BYTE = ANSWER_OUTCOME_BYTE + INT32_BYTES
export const ANSWER_ERROR_NUMBER_BYTE = ANSWER_RESETS_BYTE + INT32_BYTES
export const ANSWER_BASE_OFFSET_BYTE = ANSWER_ERROR_NUMBER_BYTE + INT32_BYTES
export const ANSWER_APPEND_TIME_BYTE = ANSWER_BASE_OFFSET_BYTE + FLOAT64_BYTES
const ANSWER_SPARE_BYTE = ANSWER_APPEND_TIME_BYTE + FLOAT64_BYTES

if (FRAMES_BYTE !== 512 || FRAME_SPARE_BYTE !== 40 || ANSWER_SPARE_BYTE !== 32) {
  throw new Error('lane layout does not add up')
}

/** Index of a word in an `Int32Array` over the whole memory. */
export const FRAME_COUNT_WORD = FRAME_COUNT_BYTE / INT32_BYTES
export const PRODUCER_STATE_WORD = PRODUCER_STATE_BYTE / INT32_BYTES
export const ANSWER_COUNT_WORD = ANSWER_COUNT_BYTE / INT32_BYTES
export const WORKER_STATE_WORD = WORKER_STATE_BYTE / INT32_BYTES
export const ANSWERS_HELD_WORD = ANSWERS_HELD_BYTE / INT32_BYTES
export const SHOWN_COUNT_WORD = SHOWN_COUNT_BYTE / INT32_BYTES
export const PENDING_FRAME_WORD = PENDING_FRAME_BYTE / INT32_BYTES
export const PENDING_RESETS_WORD = PENDING_RESETS_BYTE / INT32_BYTES
export const FRAME_NUMBER_WORD = FRAME_NUMBER_BYTE / INT32_BYTES
export const FRAME_RESETS_WORD = FRAME_RESETS_BYTE / INT32_BYTES
export const FRAME_BYTE_INDEX_WORD = FRAME_BYTE_INDEX_BYTE / INT32_BYTES
export const FRAME_SIZE_WORD = FRAME_SIZE_BYTE / INT32_BYTES
export const ANSWER_FRAME_WORD = ANSWER_FRAME_BYTE / INT32_BYTES
export const ANSWER_OUTCOME_WORD = ANSWER_OUTCOME_BYTE / INT32_BYTES
export const ANSWER_RESETS_WORD = ANSWER_RESETS_BYTE / INT32_BYTES
export const ANSWER_ERROR_NUMBER_WORD = ANSWER_ERROR_NUMBER_BYTE / INT32_BYTES
export const ENTRY_WORDS = ENTRY_BYTES / INT32_BYTES

/** Index of a number in a `Float64Array` over the whole memory. */
export const PENDING_END_POSITION_NUMBER = PENDING_END_POSITION_BYTE / FLOAT64_BYTES
export const PENDING_BASE_OFFSET_NUMBER = PENDING_BASE_OFFSET_BYTE / FLOAT64_BYTES
export const PENDING_APPEND_TIME_NUMBER = PENDING_APPEND_TIME_BYTE / FLOAT64_BYTES
export const FRAME_REQUEST_DEADLINE_NUMBER = FRAME_REQUEST_DEADLINE_BYTE / FLOAT64_BYTES
export const FRAME_MAX_BLOCK_NUMBER = FRAME_MAX_BLOCK_BYTE / FLOAT64_BYTES
export const FRAME_WAITING_SINCE_NUMBER = FRAME_WAITING_SINCE_BYTE / FLOAT64_BYTES
export const ANSWER_BASE_OFFSET_NUMBER = ANSWER_BASE_OFFSET_BYTE / FLOAT64_BYTES
export const ANSWER_APPEND_TIME_NUMBER = ANSWER_APPEND_TIME_BYTE / FLOAT64_BYTES
export const ENTRY_NUMBERS = ENTRY_BYTES / FLOAT64_BYTES

/** A state of either side; new memory is open. */
export const LANE_OPEN = 0
/** PRODUCER_STATE of a closed lane. In WORKER_STATE it is the number of the error that closed it. */
export const CLOSED_BY_PRODUCER = 1

export const MIN_LANE_BYTES = 1024
export const MAX_LANE_BYTES = 1024 * 1024 * 1024
/** Two at least: an answer that is being written must not lie upon the one before it (INV-26). */
export const MIN_LANE_SLOTS = 2
export const MAX_LANE_SLOTS = 4096
export const DEFAULT_LANE_SLOTS = 64
/** A batch that goes through a lane is at most this part of it. */
export const MAX_BATCH_LANE_SHARE = 4

/** The sections of a lane's memory, in bytes from its start. */
export interface LaneSections {
  laneBytes: number
  slots: number
  answersByte: number
  refusalByte: number
  closingByte: number
  dataByte: number
  totalBytes: number
}

export function laneSectionsOf(laneBytes: number, slots: number): LaneSections {
  const answersByte = FRAMES_BYTE + slots * ENTRY_BYTES
  const refusalByte = answersByte + slots * ENTRY_BYTES
  const closingByte = refusalByte + ERROR_SECTION_BYTES
  const dataByte = alignUp(closingByte + ERROR_SECTION_BYTES, LINE_BYTES)
  const totalBytes = dataByte + laneBytes
  return { laneBytes, slots, answersByte, refusalByte, closingByte, dataByte, totalBytes }
}

/** The largest batch, in bytes, that a lane takes; a larger one goes another way. */
export function maxLaneBatchBytesOf(laneBytes: number): number {
  return laneBytes / MAX_BATCH_LANE_SHARE
}

/** What a batch occupies in the data section. */
export function laneBytesOfBatch(sizeBytes: number): number {
  return alignUp(sizeBytes, BATCH_ALIGNMENT_BYTES)
}

function isPowerOfTwoWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max && (value & (value - 1)) === 0
}

/**
 * Allocates the memory of a lane, open and empty.
 *
 * @param laneBytes A power of two from 1 KiB to 1 GiB: see `laneBytesFor`.
 * @param slots How many batches can be on their way: a power of two from 2 to 4,096.
 * @throws RinglogError INVALID_CONFIG for anything else.
 */
export function createLaneMemory(
  laneBytes: number,
  slots: number = DEFAULT_LANE_SLOTS,
): SharedArrayBuffer {
  assertPowerOfTwo('laneBytes', laneBytes, MIN_LANE_BYTES, MAX_LANE_BYTES)
  assertPowerOfTwo('slots', slots, MIN_LANE_SLOTS, MAX_LANE_SLOTS)
  const sections = laneSectionsOf(laneBytes, slots)
  const memory = allocateSharedPages(sections.totalBytes)
  const header = new DataView(memory)
  const directory = [
    [0, FRAMES_BYTE],
    [FRAMES_BYTE, slots * ENTRY_BYTES],
    [sections.answersByte, slots * ENTRY_BYTES],
    [sections.refusalByte, ERROR_SECTION_BYTES],
    [sections.closingByte, ERROR_SECTION_BYTES],
    [sections.dataByte, laneBytes],
  ].flat()
  directory.forEach((value, i) =>
    header.setInt32(SECTION_DIRECTORY_BYTE + i * INT32_BYTES, value, true),
  )
  // No frame is pending: the note is of the frame before the first.
  header.setInt32(PENDING_FRAME_BYTE, -1, true)
  header.setInt32(LANE_VERSION_BYTE, LANE_VERSION, true)
  header.setInt32(LANE_MAGIC_BYTE, LANE_MAGIC, true)
  return memory
}

function assertPowerOfTwo(name: string, value: number, min: number, max: number): void {
  if (isPowerOfTwoWithin(value, min, max)) return
  throw new RinglogError(
    'INVALID_CONFIG',
    `${name} of a lane must be a power of two from ${min} to ${max}, got ${show(value)}`,
    { details: { [name]: value } },
  )
}

/**
 * Reads the directory of a lane's memory and holds it against this layout.
 *
 * @throws RinglogError LAYOUT_MISMATCH when the memory was made by another version, or is no lane.
 */
export function openLaneSections(memory: SharedArrayBuffer): LaneSections {
  const header = memory.byteLength >= FRAMES_BYTE ? new DataView(memory) : null
  const field = (byte: number): number => header?.getInt32(byte, true) ?? 0
  const magic = field(LANE_MAGIC_BYTE)
  const version = field(LANE_VERSION_BYTE)
  const slots = field(SECTION_DIRECTORY_BYTE + 3 * INT32_BYTES) / ENTRY_BYTES
  const laneBytes = field(SECTION_DIRECTORY_BYTE + 11 * INT32_BYTES)
  const isKnown =
    magic === LANE_MAGIC &&
    version === LANE_VERSION &&
    isPowerOfTwoWithin(slots, MIN_LANE_SLOTS, MAX_LANE_SLOTS) &&
    isPowerOfTwoWithin(laneBytes, MIN_LANE_BYTES, MAX_LANE_BYTES)
  const sections = isKnown ? laneSectionsOf(laneBytes, slots) : null
  if (sections === null || sections.totalBytes !== memory.byteLength) {
    throw new RinglogError(
      'LAYOUT_MISMATCH',
      `the shared memory is no lane of layout version ${LANE_VERSION}: magic=${magic}, ` +
        `version=${version}, laneBytes=${laneBytes}, slots=${slots}, sizeBytes=${memory.byteLength}`,
      { details: { magic, version, laneBytes, slots, sizeBytes: memory.byteLength } },
    )
  }
  return sections
}
