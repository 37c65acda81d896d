import type { FenceReason } from '@ringlog/core/internal'
import type { GroupMember } from './group-member.ts'

/** When a member last polled, in ms; `Infinity` while it waits in a poll. */
export type LastPollMsOf = (memberId: string) => number

/** Why a live member must be put out of its group, and for how long it has been so. */
export interface Stuck {
  readonly reason: FenceReason
  readonly elapsedMs: number
}

/** `null`: the member is well. */
export function findStuck(member: GroupMember, nowMs: number, lastPollMs: number): Stuck | null {
  const sincePollMs = nowMs - lastPollMs
  if (sincePollMs > member.maxPollIntervalMs) {
    return { reason: 'maxPollInterval', elapsedMs: sincePollMs }
  }
  const sinceAskedMs = nowMs - leavingSinceMs(member)
  if (sinceAskedMs > member.maxPollIntervalMs) {
    return { reason: 'rebalanceTimeout', elapsedMs: sinceAskedMs }
  }
  return null
}

/** Before this a member cannot have become stuck. */
export function stuckDeadlineMs(member: GroupMember, nowMs: number, lastPollMs: number): number {
  // A member that waits in a poll may be done with it in the next moment.
  const sinceMs = Math.min(lastPollMs, nowMs, leavingSinceMs(member))
  return sinceMs + member.maxPollIntervalMs
}

/** Since when it must let something go and has done nothing about it; `Infinity`: it need not. */
function leavingSinceMs(member: GroupMember): number {
  let sinceMs = Infinity
  for (const partition of member.partitions.values()) {
    if (partition.isLeaving) sinceMs = Math.min(sinceMs, partition.leavingSinceMs)
  }
  return sinceMs
}
