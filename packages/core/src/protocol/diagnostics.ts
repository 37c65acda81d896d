import type { TopicPartition } from '../topic-partition.ts'

/** Who holds a full ring back: a group by its commits, or a consumer without one by its position. */
export interface SlowestHolder {
  /** `null`: a consumer without a group. */
  readonly groupId: string | null
  /** `null`: no live consumer of the group has the partition. */
  readonly consumerId: string | null
  readonly clientId: string | null
  /** The first offset that it holds. */
  readonly offset: number
  /** Whether it has a live consumer; a group without one holds all the same. */
  readonly hasLiveMembers: boolean
}

/**
 * Published on the diagnostics channel `ringlog:blocked` when appends to a partition begin, or cease,
 * to wait for room; at most once a second a partition.
 */
export interface BlockedEvent {
  readonly topic: string
  readonly partition: number
  readonly isBlocked: boolean
  /** How long it has been blocked, or had been. */
  readonly blockedMs: number
  /** How many batches wait. */
  readonly waitingAppends: number
  /** `null`: no holder any more. */
  readonly holder: SlowestHolder | null
}

/**
 * Published on the diagnostics channel `ringlog:evicted` when batches were evicted from a partition; at
 * most once a second a partition, with all of that second.
 */
export interface EvictedEvent {
  readonly topic: string
  readonly partition: number
  /** To make room in a full ring. */
  readonly records: number
  /** How many of them no consumer had read; counted where the topic holds unread records, else 0. */
  readonly unreadRecords: number
  /** Because their time was over: `retentionMs`. */
  readonly expiredRecords: number
  readonly logStartOffset: number
}

/** What set off a rebalance; `enforced`: a test, by `forceRebalance`. */
export type RebalanceReason =
  'join' | 'leave' | 'death' | 'stuck' | 'session' | 'subscription' | 'topics' | 'enforced'

/** A partition that changed hands. */
export interface PartitionMove extends TopicPartition {
  /** The member that had it; `null`: none. */
  readonly from: string | null
  /** The member that has it now; `null`: none. */
  readonly to: string | null
  /** From the decision until the new owner had it. */
  readonly durationMs: number
}

/** A rebalance is over: every member has what it is to have. What `ringlog:rebalance` publishes. */
export interface RebalanceEvent {
  readonly groupId: string
  /** The group epoch that was reached. */
  readonly groupEpoch: number
  /** What set it off, in order, each once: changes that come during a rebalance are part of it. */
  readonly reasons: readonly RebalanceReason[]
  readonly durationMs: number
  readonly moves: readonly PartitionMove[]
}

/**
 * Published on the diagnostics channel `ringlog:partition:restart` when a partition, whose worker had died, is
 * served by another one.
 */
export interface PartitionRestartEvent {
  readonly topic: string
  readonly partition: number
  /** How often its worker was started again in all. */
  readonly restarts: number
  /** How the worker ended that was there last. */
  readonly cause: string
  /** From the death until the partition was served again. */
  readonly downMs: number
}

/**
 * Published on the diagnostics channel `ringlog:log:truncated` when a broker has opened a partition's files, and has cut
 * off their end: a crash had left it incomplete, or `truncateCorrupt` was given.
 */
export interface LogTruncatedEvent {
  readonly topic: string
  readonly partition: number
  /** Of the files. */
  readonly bytes: number
  /** Where the log ends now. */
  readonly fromOffset: number
  /** The offset after the last record that is known to be lost; `fromOffset`: none is. */
  readonly toOffset: number
}
