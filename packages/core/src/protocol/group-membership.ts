import type { FenceReason } from '../group/member-memory.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { ConsumerDoorbell } from './consumer-doorbell.ts'
import type { FetchOptions } from './fetch-options.ts'
import type { OpenPartition } from './open-partition.ts'

/**
 * What a member subscribes to: topics by name, which need not exist yet; or all topics whose name the
 * pattern finds, also those that come later.
 */
export type GroupSubscription =
  { readonly topics: readonly string[] } | { readonly pattern: RegExp }

/** A consumer that wants to be a member of a group. */
export interface JoinGroupRequest {
  readonly groupId: string
  /** A new one each time: unique in the process. */
  readonly memberId: string
  readonly clientId: string
  /** The `groupInstanceId` of a static member; `null`: a dynamic one. */
  readonly instanceId: string | null
  readonly doorbell: ConsumerDoorbell
  readonly subscription: GroupSubscription
  /** A built-in's name, an absolute path, or a URL. */
  readonly assignor: string
  readonly sessionTimeoutMs: number
  readonly maxPollIntervalMs: number
  readonly fetch: FetchOptions
  /** Where the group starts on partitions that it has never had. */
  readonly start: 'earliest' | 'latest'
  /**
   * Aborted as the consumer closes: it is not to be admitted any more, and what its membership waits for rejects with
   * `signal.reason`. An engine that answers soon need not look at it.
   */
  readonly signal: AbortSignal
}

/** What is new for a member. */
export interface GroupChange {
  /** In the member's hands from now on, each with commits. */
  readonly granted: readonly OpenPartition[]
  /** What it must let go, and then name in a `reconcile`. */
  readonly toRelease: readonly TopicPartition[]
}

/** Why a consumer is no member any more. */
export interface MemberFence {
  readonly reason: FenceReason
  /** For how long it had not polled, or not let go; 0 where it was replaced. */
  readonly elapsedMs: number
}

/**
 * A consumer's membership of a group, from when it is admitted until it leaves or is fenced.
 *
 * Thread: the member's.
 */
export interface GroupMembership {
  readonly memberId: string
  /** Whether to `reconcile`, or to look at `fence`. Looks at shared memory only; the member is rung after it changes. */
  readonly hasChanged: boolean
  /** `null`: it is a member. */
  readonly fence: MemberFence | null
  /** The member polls, or comes back from waiting in a poll; on the clock of `monotonicMs`. */
  beat(nowMs: number): void
  /** The member waits in a poll, for however long. */
  beginWaiting(): void
  /**
   * Reports what the member has let go, and hears what is new.
   *
   * @throws RinglogError UNKNOWN_MEMBER_ID when it is no member any more; BROKER_CLOSED.
   */
  reconcile(released: readonly TopicPartition[]): Promise<GroupChange>
  /** @throws RinglogError as `reconcile`; INVALID_REQUEST when the assignor fails. */
  changeSubscription(subscription: GroupSubscription): Promise<GroupChange>
  /** The member has let go of all it had, and goes. */
  leave(): Promise<void>
}
