import { type Option } from '../config/options.ts'
import { show } from '../errors/show.ts'

/**
 * Chooses the partition of a record: what a user implements.
 *
 * Its answer must be an integer from 0 to `partitionCount`, exclusive; anything else refuses the
 * record with INVALID_REQUEST. Key and value are the encoded bytes, borrowed for the call.
 */
export interface Partitioner {
  /**
   * Chooses the partition of one record.
   *
   * @param record What the choice can go by.
   * @param partitionCount How many partitions the topic has now.
   */
  partition(
    record: { topic: string; key: Uint8Array | null; value: Uint8Array | null },
    partitionCount: number,
  ): number
}

/** The names of the partitioners that come with Ringlog. */
export type PartitionerName = 'default' | 'roundRobin' | 'sticky'

/**
 * Chooses partitions for one topic of one producer: the form in which the producer asks the built-in
 * partitioners. The producer asks it, then says whether it took the record, so that a refused record
 * moves nothing.
 */
export interface TopicPartitioner {
  /** Whether a record's key decides by its hash, and `choose` is asked for those without one only. */
  readonly usesKey: boolean

  choose(partitionCount: number): number

  /** The record was taken by the partition that its key or `choose` gave, into this batch. */
  onAppended(isKeyed: boolean, batch: FillingBatch): void
}

/** What a partitioner may ask about the batch that took a record. */
export interface FillingBatch {
  /** What the record added to it. */
  readonly lastRecordBytes: number
  /** Whether a batch of that partition is ready to leave because it is full. */
  readonly isOpenFull: boolean
}

export function partitionerOption(): Option<PartitionerName | Partitioner> {
  return {
    default: 'default',
    fault: (value) => {
      if (value === 'default' || value === 'roundRobin' || value === 'sticky') return null
      if (typeof value === 'object' && value !== null && 'partition' in value) {
        if (typeof value.partition === 'function') return null
      }
      return `must be "default", "roundRobin", "sticky" or have a method partition, got ${show(value)}`
    },
  }
}
