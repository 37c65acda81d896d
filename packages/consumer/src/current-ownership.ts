import { RinglogError, type TopicPartition } from '@ringlog/core/internal'
import type { Lifecycle } from './lifecycle.ts'
import { withinListener } from './listener-calls.ts'
import type { Membership } from './membership.ts'
import type { Ownership } from './ownership.ts'
import type { RebalanceListener } from './rebalance-listener.ts'
import type { SelfAssignment } from './self-assignment.ts'
import { checkListener, checkTopics } from './subscribe-request.ts'
import { checkPartitions, uniquePartitions, type SubscriptionState } from './subscription-state.ts'

/**
 * How a consumer comes to its partitions now. It is one way or the other: `assign` is refused while the
 * consumer subscribes, `subscribe` while it has partitions that its user has assigned.
 *
 * Thread: the consumer's.
 */
export class CurrentOwnership {
  readonly #parts: CurrentOwnershipParts

  constructor(parts: CurrentOwnershipParts) {
    this.#parts = parts
  }

  get now(): Ownership {
    const { membership, selfAssignment } = this.#parts
    if (membership === null) return selfAssignment
    return membership.isGroups || membership.pendingCall !== null ? membership : selfAssignment
  }

  /** See `Consumer.assign`. */
  async assign(partitions: TopicPartition[]): Promise<void> {
    const { lifecycle, selfAssignment } = this.#parts
    lifecycle.assertOpen()
    const wanted = uniquePartitions(checkPartitions(partitions))
    this.#assertNotWithinListener('assign()')
    if (this.now !== selfAssignment) {
      throw new RinglogError(
        'INVALID_STATE',
        'this consumer has subscribed, so its group assigns its partitions: unsubscribe first',
      )
    }
    await selfAssignment.change(wanted)
  }

  /** See `Consumer.subscribe`. */
  async subscribe(topics: string[] | RegExp, listener?: RebalanceListener): Promise<void> {
    const { lifecycle, membership, selfAssignment, subscription } = this.#parts
    lifecycle.assertOpen()
    const to = checkTopics(topics)
    const checked = checkListener(listener)
    if ('topics' in to && to.topics.length === 0) return this.unsubscribe()
    this.#assertNotWithinListener('subscribe()')
    if (membership === null) {
      throw new RinglogError('INVALID_GROUP_ID', 'to subscribe, give the consumer a groupId')
    }
    const isAssigned = selfAssignment.isChanging || subscription.order.length > 0
    if (this.now === selfAssignment && isAssigned) {
      throw new RinglogError(
        'INVALID_STATE',
        'this consumer has assigned partitions to itself: assign([]) or unsubscribe() first',
      )
    }
    await membership.subscribe(to, checked)
  }

  /** See `Consumer.unsubscribe`. */
  async unsubscribe(): Promise<void> {
    this.#parts.lifecycle.assertOpen()
    this.#assertNotWithinListener('unsubscribe()')
    await this.now.unsubscribe()
  }

  /** Whether the caller runs within the rebalance listener: see `ListenerCalls.isCaller`. */
  get isWithinListener(): boolean {
    return this.#parts.membership?.listenerCalls.isCaller() === true
  }

  /** @throws RinglogError INVALID_STATE: a listener must not wait for what waits for it. */
  #assertNotWithinListener(call: string): void {
    if (this.isWithinListener) throw withinListener(call)
  }
}

/** What a consumer's ownership is made of. */
export interface CurrentOwnershipParts {
  readonly selfAssignment: SelfAssignment
  /** `null`: the consumer has no group. */
  readonly membership: Membership | null
  readonly subscription: SubscriptionState
  readonly lifecycle: Lifecycle
}
