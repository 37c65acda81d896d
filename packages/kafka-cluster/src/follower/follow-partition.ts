import { monotonicMs, type ConsumerDoorbell } from '@ringlog/core/internal'
import { randomUUID } from 'node:crypto'
import type { FetchedLog } from '../consumer/fetched-log.ts'
import { FollowedLog } from './followed-log.ts'
import type { FollowedRing } from './followed-ring.ts'
import type { FollowerLink } from './follower-link.ts'
import type { ReaderRequest } from './follower-messages.ts'

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
 */
export async function followPartition(
  { link, doorbell, isGating }: Following,
  own: FetchedLog,
  at: Omit<ReaderRequest, 'readerId' | 'doorbell' | 'isGating'>,
): Promise<FollowedLog> {
  let readerId = ''
  const join = (startOffset: number): Promise<FollowedRing | null> => {
    readerId = randomUUID()
    const bounds = { logStartOffset: own.logStartOffset, endOffset: own.endOffset }
    const reader = { readerId, doorbell: doorbell.memory, isGating }
    return link.openReader({ ...at, ...reader, startOffset, bounds })
  }
  const removeListener = link.onLost(() => doorbell.ring())
  const ring = await join(at.startOffset)
  return new FollowedLog(own, ring, {
    join,
    leave: () => link.closeReader(readerId),
    isLost: () => link.isLost,
    nowMs: monotonicMs,
    onClose: removeListener,
  })
}
