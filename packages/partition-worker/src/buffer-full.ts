import {
  RinglogError,
  partitionName,
  type SlowestHolder,
  type WhenFull,
} from '@ringlog/core/internal/partition-thread'
import type { GateHolder } from './partition-gates.ts'

/** A batch that found no room. */
export interface RefusedBatch {
  readonly topic: string
  readonly partition: number
  readonly whenFull: WhenFull
  readonly waitedMs: number
  readonly sizeBytes: number
}

/** The slowest holder as plain data; `null` where there is none. */
export function slowestHolder(lowest: {
  offset: number
  holder: GateHolder | null
}): SlowestHolder | null {
  const { offset, holder } = lowest
  if (holder === null) return null
  const { groupId, consumerId, clientId } = holder
  return { groupId, consumerId, clientId, offset, hasLiveMembers: consumerId !== null }
}

/**
 * The error of an append that a full ring had no room for: it names the slowest holder, and what to do.
 *
 * @param diskWait What the append has waited for where the log is on disk.
 */
export function bufferFull(
  refused: RefusedBatch,
  holder: SlowestHolder | null,
  diskWait?: string,
): RinglogError {
  const { topic, partition, whenFull, waitedMs, sizeBytes } = refused
  const remedy = remedyFor(holder)
  const blame =
    holder !== null
      ? `the slowest holder is ${describeHolder(holder)}`
      : (diskWait ?? 'no consumer holds it now')
  return new RinglogError(
    'BUFFER_FULL',
    `ring is full: partition=${partitionName(topic, partition)}, whenFull=${whenFull}, ` +
      `waitedMs=${waitedMs}, sizeBytes=${sizeBytes}; ${blame}; ${remedy}`,
    { details: { topic, partition, whenFull, waitedMs, sizeBytes, holder, remedy } },
  )
}

/** A holder in words, for the middle of a sentence. */
export function describeHolder({
  groupId,
  clientId,
  offset,
  hasLiveMembers,
}: SlowestHolder): string {
  const what =
    groupId === null
      ? `consumer ${clientId}`
      : hasLiveMembers
        ? `group ${groupId} (consumer ${clientId})`
        : `group ${groupId}, of which no live consumer has the partition,`
  return `${what} at offset ${offset}`
}

function remedyFor(holder: SlowestHolder | null): string {
  const otherwise = 'make ringBytes larger, or use whenFull "evict"'
  if (holder === null) return 'send again'
  if (holder.groupId === null) return `poll it more often or close it, ${otherwise}`
  return holder.hasLiveMembers
    ? `let it commit more often, or add members to the group, ${otherwise}`
    : `start a consumer of the group, or delete the group, as the broker does by itself with groupExpiryMs, ${otherwise}`
}
