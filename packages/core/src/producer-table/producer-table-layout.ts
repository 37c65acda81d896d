/**
 * What a partition remembers of its producers' sequences: one SharedArrayBuffer beside the ring, which outlives
 * the partition's worker as the ring does. Little-endian. The system gives it memory page by page, as
 * producers come.
 *
 * ```text
 *  slot    10,000 of 256 bytes: the batches of one producer
 *
 *          byte 0    6 entries of 40 bytes: its latest five batches, and a spare one
 *          byte 240  (spare)
 *
 *  entry   byte 0    NEXT_OFFSET      partition worker  its successor  plain, before END_POSITION of the ring
 *          byte 8    PRODUCER_ID      partition worker  its successor  plain, before END_POSITION of the ring
 *          byte 16   APPEND_TIME      partition worker  its successor  plain, before END_POSITION of the ring
 *          byte 24   PRODUCER_EPOCH   partition worker  its successor  plain, before END_POSITION of the ring
 *          byte 28   BASE_SEQUENCE    partition worker  its successor  plain, before END_POSITION of the ring
 *          byte 32   RECORDS_COUNT    partition worker  its successor  plain, before END_POSITION of the ring
 *          byte 36   (spare)
 * ```
 *
 * NEXT_OFFSET is the offset after the batch's last record; 0 says that the entry is empty.
 */
export const SLOT_BYTES = 256

/** So many producers of one partition are remembered; then the one unused for longest is forgotten. */
export const MAX_PRODUCERS = 10_000

/** Allocates the memory of a partition's producer table, empty. */
export function createProducerTableMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(MAX_PRODUCERS * SLOT_BYTES)
}
