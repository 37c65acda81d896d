import {
  RinglogError,
  show,
  type GroupSubscription,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { Cluster } from '../cluster.ts'
import { ClassicGroupMember } from './classic-group-member.ts'
import { ConsumerGroupMember } from './consumer-group-member.ts'
import type { GroupMember } from './group-member.ts'
import type { MemberCall, MemberChange, MemberKeeper } from './member-call.ts'

/** Keeps memberships in the thread that it is in. */
export class LocalMemberKeeper implements MemberKeeper {
  readonly #cluster: Cluster
  readonly #members = new Map<string, GroupMember>()
  /** Those that are not members yet: aborted when they are to leave. */
  readonly #joining = new Map<string, AbortController>()

  constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  async join(call: MemberCall): Promise<MemberChange> {
    const joining = new AbortController()
    const { signal } = joining
    this.#joining.set(call.memberId, joining)
    try {
      const member = await this.#newMember(call, signal)
      signal.throwIfAborted()
      try {
        return await this.#join(call, member)
      } catch (error) {
        // Kafka 3.7 to 3.9 knows the newer protocol, and refuses it where it is not configured to take it.
        const isRefused = RinglogError.is(error, 'UNSUPPORTED_VERSION')
        if (!isRefused || member instanceof ClassicGroupMember) throw error
        signal.throwIfAborted()
        return await this.#join(call, new ClassicGroupMember(this.#cluster, call))
      }
    } finally {
      this.#joining.delete(call.memberId)
    }
  }

  async #join(call: MemberCall, member: GroupMember): Promise<MemberChange> {
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
    this.#joining.get(memberId)?.abort(goneError())
    const member = this.#members.get(memberId)
    this.#members.delete(memberId)
    await member?.leave()
  }

  async close(): Promise<void> {
    const memberIds = new Set([...this.#joining.keys(), ...this.#members.keys()])
    await Promise.all([...memberIds].map((memberId) => this.leave(memberId)))
  }

  /** By the newer protocol, where the coordinator and the assignor allow it. */
  async #newMember(call: MemberCall, signal: AbortSignal): Promise<GroupMember> {
    if (ConsumerGroupMember.canServe(call)) {
      const { coordinators, kafka } = this.#cluster
      const apis = [kafka.consumerGroupHeartbeatV1.api, kafka.consumerGroupHeartbeatV0.api]
      const isTaken = await coordinators.takes(call.groupId, apis, signal)
      if (isTaken) return new ConsumerGroupMember(this.#cluster, call)
    }
    if (ClassicGroupMember.canServe(call)) return new ClassicGroupMember(this.#cluster, call)
    throw new RinglogError(
      'UNSUPPORTED_ASSIGNOR',
      `a group of a cluster has the assignors "sticky", "range" and "roundRobin", got ${show(call.assignor)}`,
      { details: { groupId: call.groupId, assignor: call.assignor } },
    )
  }

  #member(memberId: string): GroupMember {
    const member = this.#members.get(memberId)
    if (member !== undefined) return member
    throw goneError()
  }
}

function goneError(): RinglogError {
  return new RinglogError('UNKNOWN_MEMBER_ID', 'the group has put this member out')
}
