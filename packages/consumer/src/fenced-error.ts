import { RinglogError, type MemberFence } from '@ringlog/core/internal'
import type { ResolvedConsumerConfig } from './config.ts'

/** Why a group accepts nothing any more of a consumer that it has put out. */
export function fencedError(
  { groupId, config }: { readonly groupId: string; readonly config: ResolvedConsumerConfig },
  { reason, elapsedMs }: MemberFence,
): RinglogError {
  const { maxPollIntervalMs, groupInstanceId } = config
  const details = { groupId, reason, elapsedMs, maxPollIntervalMs, groupInstanceId }
  if (reason === 'replaced') {
    return new RinglogError(
      'FENCED_MEMBER_EPOCH',
      `another consumer has joined group ${groupId} with groupInstanceId ${String(groupInstanceId)}: ` +
        'this one is no member any more; subscribe again to take its place back',
      { details },
    )
  }
  if (reason === 'slowPattern') {
    return new RinglogError(
      'STALE_MEMBER_EPOCH',
      `group ${groupId} has put this member out and given its partitions to others: its pattern took too ` +
        "long on a new topic's name; the next poll joins again",
      { details },
    )
  }
  if (reason === 'session') {
    return new RinglogError(
      'STALE_MEMBER_EPOCH',
      `group ${groupId} has put this member out and given its partitions to others: its coordinator had not ` +
        'heard of it for the time of a session; the next poll joins again',
      { details },
    )
  }
  const what =
    reason === 'maxPollInterval'
      ? 'it had not polled'
      : 'its event loop had not turned to give up partitions'
  return new RinglogError(
    'STALE_MEMBER_EPOCH',
    `group ${groupId} has put this member out and given its partitions to others: ${what} for ` +
      `${elapsedMs} ms, maxPollIntervalMs=${maxPollIntervalMs}; the next poll joins again`,
    { details },
  )
}
