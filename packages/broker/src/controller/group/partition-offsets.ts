import type { PartitionOffsets } from '@ringlog/core/internal'
import type { Partition } from '../topic/partition.ts'
import type { GroupStanding } from './group-gate.ts'

/**
 * @param standing Where the group of the query stands; `null`: no group was named, or it has no offset here.
 */
export function offsetsOf(
  { partition, reader }: Partition,
  standing: GroupStanding | null,
): PartitionOffsets {
  const { committed = null, position = null, currentOffset = -1 } = standing ?? {}
  const { logStartOffset, endOffset } = reader
  return {
    partition,
    logEndOffset: endOffset - 1,
    currentOffset,
    committedOffset: committed === null ? -1 : committed - 1,
    logStartOffset,
    endOffset,
    position,
    committed,
    lag: endOffset - (committed ?? logStartOffset),
  }
}
