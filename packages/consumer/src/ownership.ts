import type { Doorbell, ConsumerEngine, RinglogError } from '@ringlog/core/internal'
import type { AutoCommits } from './auto-commits.ts'
import type { ResolvedConsumerConfig } from './config.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { SubscriptionState } from './subscription-state.ts'

/**
 * A way in which a consumer comes to its partitions: its user names them (`SelfAssignment`), or its
 * group assigns them (`Membership`).
 */
export interface Ownership {
  /** Names the consumer to the log, and to its group. */
  readonly consumerId: string
  /** Whether a group assigns the partitions: then they come and go within polls, also the first. */
  readonly isGroups: boolean
  /** The call under way that is to give the consumer partitions; `null`: none is. */
  readonly pendingCall: string | null
  /** Whether the rebalance listener is being called: until it returns, a closed consumer still commits. */
  readonly isInListener: boolean
  /** Why the group accepts no commit of this consumer any more; `null`: no reason is known. */
  refusal(): RinglogError | null
  /** Gives all partitions up. */
  unsubscribe(): Promise<void>
  /** The same, as the consumer closes; once `hurry` is aborted, waits for nothing more. */
  close(hurry: AbortSignal): Promise<void>
}

/** What an ownership works on. */
export interface OwnershipParts {
  readonly engine: ConsumerEngine
  readonly config: ResolvedConsumerConfig
  readonly clientId: string
  readonly doorbell: Doorbell
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
  readonly autoCommits: AutoCommits
}
