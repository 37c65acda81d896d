import { RinglogError } from '../errors/ringlog-error.ts'
import { allocateSharedPages } from '../memory/shared-pages.ts'

/**
 * What a partition remembers of its producers' sequences: one SharedArrayBuffer beside the ring, which
 * outlives the partition's worker as the ring does. Little-endian. The system gives it memory page by
 * page, as producers come.
 *
 * ```text
 *  slot   byte 0    17 entries of 40 bytes: the latest 16 batches of one producer, and a spare one
 *         byte 680  (spare)
 *
 *  entry  byte 0    NEXT_OFFSET      partition worker  its successor  Atomics.store / load, before END_POSITION  INV-80
 *         byte 8    PRODUCER_ID      partition worker  its successor  plain, before END_POSITION of the ring
 *         byte 16   APPEND_TIME      partition worker  its successor  plain, before END_POSITION of the ring
 *         byte 24   PRODUCER_EPOCH   partition worker  its successor  plain, before END_POSITION of the ring
 *         byte 28   BASE_SEQUENCE    partition worker  its successor  plain, before END_POSITION of the ring
 *         byte 32   RECORDS_COUNT    partition worker  its successor  plain, before END_POSITION of the ring
 *         byte 36   (spare)
 * ```
 *
 * The entries of a slot are a ring: a batch is written into the one after the newest, which is the
 * spare one. NEXT_OFFSET is the offset after the batch's last record, so the newest entry has the largest;
 * 0 says that the entry is empty.
 *
 * Slots are used in order. One that a producer has given up, unused for longest, goes to the next producer
 * entry by entry: it belongs to the producer of its newest one.
 */
export const SLOT_BYTES = 704
export const ENTRY_BYTES = 40

const INT32_BYTES = 4
const FLOAT64_BYTES = 8

export const NEXT_OFFSET_BYTE = 0
export const PRODUCER_ID_BYTE = NEXT_OFFSET_BYTE + FLOAT64_BYTES
export const APPEND_TIME_BYTE = PRODUCER_ID_BYTE + FLOAT64_BYTES
export const PRODUCER_EPOCH_BYTE = APPEND_TIME_BYTE + FLOAT64_BYTES
export const BASE_SEQUENCE_BYTE = PRODUCER_EPOCH_BYTE + INT32_BYTES
export const RECORDS_COUNT_BYTE = BASE_SEQUENCE_BYTE + INT32_BYTES
const ENTRY_SPARE_BYTE = RECORDS_COUNT_BYTE + INT32_BYTES

/**
 * So many batches of a producer are remembered, and so many may it have on their way at a time: else it could
 * not send again those whose answers are lost. With Kafka both are 5.
 */
export const REMEMBERED_BATCHES = 16
export const SLOT_ENTRIES: number = REMEMBERED_BATCHES + 1

if (ENTRY_SPARE_BYTE + INT32_BYTES !== ENTRY_BYTES || SLOT_ENTRIES * ENTRY_BYTES > SLOT_BYTES) {
  throw new Error('producer table layout does not add up')
}

/** Index of a number in a `Float64Array` or a `BigInt64Array` over the memory. */
export const NEXT_OFFSET_NUMBER = NEXT_OFFSET_BYTE / FLOAT64_BYTES
export const PRODUCER_ID_NUMBER = PRODUCER_ID_BYTE / FLOAT64_BYTES
export const APPEND_TIME_NUMBER = APPEND_TIME_BYTE / FLOAT64_BYTES
export const ENTRY_NUMBERS = ENTRY_BYTES / FLOAT64_BYTES
export const SLOT_NUMBERS = SLOT_BYTES / FLOAT64_BYTES

/** Index of a word in an `Int32Array` over the memory, from the entry's first. */
export const PRODUCER_EPOCH_WORD = PRODUCER_EPOCH_BYTE / INT32_BYTES
export const BASE_SEQUENCE_WORD = BASE_SEQUENCE_BYTE / INT32_BYTES
export const RECORDS_COUNT_WORD = RECORDS_COUNT_BYTE / INT32_BYTES

/** So many producers of one partition are remembered; then the one unused for longest is forgotten. */
const MAX_PRODUCERS = 10_000

/**
 * Allocates the memory of a partition's producer table, empty: 7 MB of addresses, to which the system gives
 * pages as producers come.
 *
 * @param maxProducers How many producers are remembered. Default 10,000, as in every topic.
 */
export function createProducerTableMemory(maxProducers = MAX_PRODUCERS): SharedArrayBuffer {
  return allocateSharedPages(maxProducers * SLOT_BYTES)
}

/**
 * How many producers the table has room for.
 *
 * @throws RinglogError LAYOUT_MISMATCH when `memory` is no producer table.
 */
export function producerSlotsOf(memory: SharedArrayBuffer): number {
  const slots = memory.byteLength / SLOT_BYTES
  if (slots >= 1 && Number.isInteger(slots)) return slots
  throw new RinglogError(
    'LAYOUT_MISMATCH',
    `the shared memory is no producer table: sizeBytes=${memory.byteLength}, slotBytes=${SLOT_BYTES}`,
    { details: { sizeBytes: memory.byteLength } },
  )
}
