import { RinglogError, type GroupSubscription, type TopicPartition } from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { ConsumerGroupMember } from './consumer-group-member.ts'
import type { GroupMember } from './group-member.ts'
import type { MemberCall, MemberChange, MemberKeeper } from './member-call.ts'

/** Keeps memberships in the thread that it is in. */
export class LocalMemberKeeper implements MemberKeeper {
  readonly #cluster: Cluster
  readonly #members = new Map<string, GroupMember>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async join(call: MemberCall): Promise<MemberChange> {
    const member = new ConsumerGroupMember(this.#cluster, call)
    this.#members.set(call.memberId, member)
    try {
      return await member.join()
    } catch (error) {
      this.#members.delete(call.memberId)
      await member.leave()
      throw error
    }
  }

  reconcile(memberId: string, released: readonly TopicPartition[]): Promise<MemberChange> {
    return this.#member(memberId).reconcile(released)
  }

  changeSubscription(memberId: string, subscription: GroupSubscription): Promise<MemberChange> {
    return this.#member(memberId).changeSubscription(subscription)
  }

  async leave(memberId: string): Promise<void> {
    const member = this.#members.get(memberId)
    this.#members.delete(memberId)
    await member?.leave()
  }

  async close(): Promise<void> {
    await Promise.all([...this.#members.keys()].map((memberId) => this.leave(memberId)))
  }

  #member(memberId: string): GroupMember {
    const member = this.#members.get(memberId)
    if (member !== undefined) return member
    throw new RinglogError('UNKNOWN_MEMBER_ID', 'the group has put this member out')
  }
}
