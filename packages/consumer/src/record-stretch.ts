import type { TopicPartition } from '@ringlog/core/internal'
import { FetchedRecord, type ConsumerRecord } from './consumer-record.ts'
import type { RecordDecoder } from './record-decoder.ts'
import { SliceCursor, type RecordSlice } from './slice-cursor.ts'

/**
 * The records of one partition that one poll has brought, for a loop that takes one at a time from other
 * functions: an iterator would make an object a record more, and a record of a poll would have to be asked
 * which partition it is of.
 */
export class RecordStretch<K, V> {
  readonly at: TopicPartition
  readonly count: number
  readonly #cursor: SliceCursor
  readonly #decoder: RecordDecoder<K, V>

  /** @param slices Of one partition; at least one. */
  constructor(slices: readonly RecordSlice[], decoder: RecordDecoder<K, V>) {
    this.at = slices[0]!.at
    let count = 0
    for (const slice of slices) count += slice.count
    this.count = count
    this.#cursor = new SliceCursor(slices)
    this.#decoder = decoder
  }

  /** The next record, whose object is made now; `null`: there are no more. */
  take(): ConsumerRecord<K, V> | null {
    return this.#cursor.next() ? new FetchedRecord(this.#cursor, this.#decoder) : null
  }
}
