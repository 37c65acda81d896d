import { partitionName, type EvictedEvent } from '@ringlog/core/internal'

/** The `code` of the warning. */
const EVICTED_UNREAD = 'RINGLOG_EVICTED_UNREAD'

let isGiven = false

/**
 * Warns the process, once, that a topic evicts records which no consumer has read: rarely what the user
 * of a topic that is there to lose nothing wants.
 */
export function warnOfUnread({ topic, partition, unreadRecords }: EvictedEvent): void {
  if (unreadRecords === 0 || isGiven) return
  isGiven = true
  process.emitWarning(
    `partition ${partitionName(topic, partition)} evicts records that nobody has read: ` +
      'no consumer or group holds the topic back. Name its gatingGroups, or open its consumers before ' +
      'its producers write, or create it with whenFull "evict". This is told once; metrics() counts on.',
    { type: 'RinglogWarning', code: EVICTED_UNREAD },
  )
}
