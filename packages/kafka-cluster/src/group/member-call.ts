import type { GroupSubscription, TopicPartition } from '@ringlog/core/internal'

/** A consumer that is to become a member, as the thread that keeps its membership sees it. Can be cloned. */
export interface MemberCall {
  readonly groupId: string
  readonly memberId: string
  /** The consumer's: the cluster tells of the member by it. */
  readonly clientId: string
  readonly instanceId: string | null
  readonly subscription: GroupSubscription
  readonly assignor: string
  readonly sessionTimeoutMs: number
  readonly maxPollIntervalMs: number
  /** Of a `MemberMemory`. */
  readonly memberMemory: SharedArrayBuffer
  /** Of a `MemberEpoch`. */
  readonly epochMemory: SharedArrayBuffer
  /** Of the consumer's doorbell. */
  readonly doorbellMemory: SharedArrayBuffer
}

/** What is new for a member: names only, which its consumer opens. */
export interface MemberChange {
  /** The member's, as its coordinator knows it. */
  readonly memberId: string
  readonly granted: readonly TopicPartition[]
  readonly toRelease: readonly TopicPartition[]
  /** Of `MemberMemory.assignmentEpoch`: what this answers. */
  readonly seenEpoch: number
}

/** Keeps memberships: a thread of ours, or the consumer's. */
export interface MemberKeeper {
  /** @throws RinglogError INVALID_REQUEST, GROUP_AUTHORIZATION_FAILED, UNSUPPORTED_ASSIGNOR, … */
  join(call: MemberCall): Promise<MemberChange>
  /** @throws RinglogError UNKNOWN_MEMBER_ID when it is no member any more. */
  reconcile(memberId: string, released: readonly TopicPartition[]): Promise<MemberChange>
  changeSubscription(memberId: string, subscription: GroupSubscription): Promise<MemberChange>
  leave(memberId: string): Promise<void>
  /** All have left. */
  close(): Promise<void>
}
