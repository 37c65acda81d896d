import {
  MemberMemory,
  RinglogError,
  monotonicMs,
  type GroupChange,
  type GroupMembership,
  type GroupSubscription,
  type MemberFence,
  type OpenPartition,
  type RpcClient,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { ControllerService } from '../wire/controller-service.ts'
import type { OpenPartitionMemory } from '../wire/consumer-description.ts'
import type { JoinGroupMessage, MemberAnswer } from '../wire/group-service.ts'

/** What a membership is made of. */
export interface LocalMembershipParts {
  readonly controller: RpcClient<ControllerService>
  readonly open: (opened: OpenPartitionMemory) => OpenPartition
}

/**
 * A member's end of its group: words that it shares with the controller, and calls to it.
 *
 * Thread: the member's.
 */
export class LocalMembership implements GroupMembership {
  readonly memberId: string
  readonly #parts: LocalMembershipParts
  readonly #groupId: string
  readonly #memory: MemberMemory
  /** Of the latest answer: the word differs from it when there is something new. */
  #assignmentEpoch = 0

  /** Joins; the answer holds what was free. */
  static async join(
    parts: LocalMembershipParts,
    message: Omit<JoinGroupMessage, 'memory'>,
  ): Promise<{ membership: LocalMembership; change: GroupChange }> {
    const membership = new LocalMembership(parts, message.groupId, message.consumer.consumerId)
    membership.beat(monotonicMs())
    const { memory } = membership.#memory
    try {
      const answer = await parts.controller.call('joinGroup', [{ ...message, memory }])
      return { membership, change: membership.#toChange(answer) }
    } catch (error) {
      // Whether it was admitted is not known where no answer came in time.
      void membership.leave().catch(() => undefined)
      throw error
    }
  }

  private constructor(parts: LocalMembershipParts, groupId: string, memberId: string) {
    this.#parts = parts
    this.#groupId = groupId
    this.memberId = memberId
    this.#memory = new MemberMemory()
  }

  /** INV-33: the word is looked at, not a message waited for. */
  get hasChanged(): boolean {
    return this.#memory.assignmentEpoch !== this.#assignmentEpoch
  }

  get fence(): MemberFence | null {
    return this.#memory.fence
  }

  beat(nowMs: number): void {
    this.#memory.beat(nowMs)
  }

  beginWaiting(): void {
    this.#memory.beginWaiting()
  }

  async reconcile(released: readonly TopicPartition[]): Promise<GroupChange> {
    const args = [this.#groupId, this.memberId, released.map(toPlain)] as const
    // No deadline: what is granted is in the answer, so it must not get lost. The port's end ends it.
    return this.#toChange(
      await this.#parts.controller.call('reconcileGroup', [...args], { deadlineMs: Infinity }),
    )
  }

  async changeSubscription(subscription: GroupSubscription): Promise<GroupChange> {
    const args = [this.#groupId, this.memberId, subscription] as const
    return this.#toChange(
      await this.#parts.controller.call('changeSubscription', [...args], { deadlineMs: Infinity }),
    )
  }

  async leave(): Promise<void> {
    try {
      await this.#parts.controller.call('leaveGroup', [this.#groupId, this.memberId])
    } catch (error) {
      // With the broker its groups are gone.
      if (!RinglogError.is(error, 'BROKER_CLOSED')) throw error
    }
  }

  #toChange({ assignmentEpoch, granted, toRelease }: MemberAnswer): GroupChange {
    this.#assignmentEpoch = Math.max(this.#assignmentEpoch, assignmentEpoch)
    return { granted: granted.map(this.#parts.open), toRelease }
  }
}

function toPlain({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}
