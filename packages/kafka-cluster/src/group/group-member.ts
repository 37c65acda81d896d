import type { GroupSubscription, TopicPartition } from '@ringlog/core/internal'
import type { MemberChange } from './member-call.ts'

/** A member of a group, by whichever protocol. */
export interface GroupMember {
  /** Resolves when the group has admitted it, with what it is to have by then. */
  join(): Promise<MemberChange>
  /** @throws RinglogError UNKNOWN_MEMBER_ID when it is no member any more. */
  reconcile(released: readonly TopicPartition[]): Promise<MemberChange>
  changeSubscription(subscription: GroupSubscription): Promise<MemberChange>
  leave(): Promise<void>
}
