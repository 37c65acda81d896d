import { ProducerTable } from '@ringlog/core/internal'
import type { ProducerEntry } from '@ringlog/storage'

/** Sequence numbers go on with 0 after the largest int32. */
const SEQUENCES = 2 ** 31

/**
 * Writes into a partition's producer table what its files say of its producers, before the partition's worker starts:
 * the latest batch of each.
 *
 * @param table The table's memory, empty.
 * @param endOffset Where the log on disk ends.
 */
export function restoreProducers(
  table: SharedArrayBuffer,
  endOffset: number,
  producers: readonly ProducerEntry[],
): void {
  const restored = new ProducerTable(table, endOffset)
  // Where there are more than the table has room for, those that were unused for longest are forgotten.
  for (const entry of producers.toSorted((a, b) => a.lastOffset - b.lastOffset)) {
    const { producerId, producerEpoch, lastSequence, lastOffset, offsetDelta, timestamp } = entry
    const baseSequence = (lastSequence - offsetDelta + SEQUENCES) % SEQUENCES
    const recordsCount = offsetDelta + 1
    const batch = { producerId, producerEpoch, baseSequence, recordsCount }
    restored.write(batch, lastOffset - offsetDelta, timestamp)
  }
}
