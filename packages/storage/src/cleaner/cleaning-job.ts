import type { CompactionRound } from '@ringlog/core/internal/storage'

/** What the cleaner is told of a segment. */
export interface SegmentToClean {
  readonly baseOffset: number
  /** The offset after its last record, or before the next segment's first. */
  readonly endOffset: number
  /** Of its `.log`. */
  readonly fileBytes: number
}

/** A round: what the cleaner is to make of a log. Plain data. */
export interface CleaningJob {
  /** The partition's folder. */
  readonly folder: string
  /** From the log's first one on; none of them is appended to any more, all of them are synced. Not empty. */
  readonly segments: readonly SegmentToClean[]
  /** All before it has been compacted. */
  readonly firstDirtyOffset: number
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly deleteRetentionMs: number
  /** What a segment that is made of several may have, in bytes. */
  readonly segmentBytes: number
  /** So many keys are looked at in one round; the rest is left to the next. */
  readonly maxKeys: number
}

/** A segment that was made of others: its files have the suffix `.cleaned`, and are synced. Plain data. */
export interface CleanedSegment {
  /** That of the first of those that it is made of. */
  readonly baseOffset: number
  /** The base offsets of all of them, ascending. */
  readonly replaced: readonly number[]
  /** Of its `.log`. */
  readonly fileBytes: number
  /** Of all its records, milliseconds since 1970; -1: it has none. */
  readonly largestTimestamp: number
}

/** How a round has ended. */
export interface CleaningResult {
  /** Up to here the log is compacted. */
  readonly cleanedUpTo: number
  readonly stats: CleaningStats
}

/** What a round has read and written. */
export type CleaningStats = Omit<CompactionRound, 'durationMs'>
