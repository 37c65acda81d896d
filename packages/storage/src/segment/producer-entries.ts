import { NONE, type RecordBatchHeader } from '@ringlog/core/internal/storage'

/** So many producers of a partition are kept, as its worker does; then the one unused for longest goes. */
const MAX_PRODUCERS = 10_000

const MAX_INT32 = 2 ** 31 - 1

/** The latest batch of a producer that numbers its batches. */
export interface ProducerEntry {
  readonly producerId: number
  readonly producerEpoch: number
  /** The sequence number of the batch's last record. */
  readonly lastSequence: number
  /** The offset of the batch's last record. */
  readonly lastOffset: number
  /** `lastOffset`, less the offset of the batch's first record. */
  readonly offsetDelta: number
  /** The largest of the batch, milliseconds since 1970. */
  readonly timestamp: number
}

/**
 * The latest batch of each producer up to the end of a log, by the batches' headers. The partition's worker keeps
 * the same for what stands in the ring, and is ahead.
 *
 * Thread: the storage thread's alone.
 */
export class ProducerEntries {
  /** The one unused for longest comes first. */
  readonly #entries = new Map<number, ProducerEntry>()

  note(header: RecordBatchHeader): void {
    const { producerId, baseSequence, lastOffsetDelta } = header
    if (producerId === NONE || header.isControl) return
    // Sequence numbers go on with 0 after the largest int32.
    const sequence = baseSequence + lastOffsetDelta
    this.add({
      producerId,
      producerEpoch: header.producerEpoch,
      lastSequence: sequence > MAX_INT32 ? sequence - MAX_INT32 - 1 : sequence,
      lastOffset: header.lastOffset,
      offsetDelta: lastOffsetDelta,
      timestamp: header.maxTimestamp,
    })
  }

  add(entry: ProducerEntry): void {
    this.#entries.delete(entry.producerId)
    this.#entries.set(entry.producerId, entry)
    if (this.#entries.size <= MAX_PRODUCERS) return
    const { value: oldest } = this.#entries.keys().next()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  all(): ProducerEntry[] {
    return [...this.#entries.values()]
  }
}
