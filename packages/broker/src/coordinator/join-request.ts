import type { Assignor } from '@ringlog/core/internal/assignors'

/** A consumer that wants to be a member of a group. */
export interface JoinRequest {
  /** Unique in the process; a consumer that joins again takes a new one. */
  readonly memberId: string
  /** The `groupInstanceId` of a static member; `null`: a dynamic one. */
  readonly instanceId: string | null
  readonly clientId: string
  /** What it subscribes to. */
  readonly matcher: TopicMatcher
  readonly assignor: Assignor
  /** How long a static member's partitions are kept for it while it is away. */
  readonly sessionTimeoutMs: number
  /** How long it may go without polling. */
  readonly maxPollIntervalMs: number
}

/** Chooses the topics that a member subscribes to. */
export interface TopicMatcher {
  /**
   * Those of all topics that the member subscribes to, in alphabetical order.
   *
   * @throws RinglogError INVALID_REQUEST when its pattern takes too long.
   */
  select(allTopics: Iterable<string>): string[]
}
