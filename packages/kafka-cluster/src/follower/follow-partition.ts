import { monotonicMs, type ConsumerDoorbell } from '@ringlog/core/internal'
import { randomUUID } from 'node:crypto'
import type { FetchedLog } from '../consumer/fetched-log.ts'
import type { LogPlace } from '../consumer/leader-epochs.ts'
import { FollowedLog } from './followed-log.ts'
import type { FollowedRing } from './followed-ring.ts'
import type { FollowerLink } from './follower-link.ts'
import type { FollowedPartition } from './follower-messages.ts'

/** How a consumer has its partitions followed. */
export interface Following {
  readonly link: FollowerLink
  readonly doorbell: ConsumerDoorbell
  /** Whether it holds the rings back where it reads in them. */
  readonly isGating: boolean
}

/**
 * Has a partition followed for a consumer, from where that starts.
 *
 * @param own What the consumer fetches itself of it.
 * @param start Where it starts.
 */
export async function followPartition(
  { link, doorbell, isGating }: Following,
  own: FetchedLog,
  at: FollowedPartition,
  start: LogPlace,
): Promise<FollowedLog> {
  let readerId = ''
  const join = (startOffset: number, leaderEpoch: number): Promise<FollowedRing | null> => {
    readerId = randomUUID()
    const bounds = { logStartOffset: own.logStartOffset, endOffset: own.endOffset }
    const reader = { readerId, doorbell: doorbell.memory, isGating }
    return link.openReader({ ...at, ...reader, startOffset, leaderEpoch, bounds })
  }
  const removeListener = link.onLost(() => doorbell.ring())
  const ring = await join(start.offset, start.leaderEpoch)
  return new FollowedLog(own, start, ring, {
    join,
    leave: () => link.closeReader(readerId),
    isLost: () => link.isLost,
    nowMs: monotonicMs,
    onClose: removeListener,
  })
}
