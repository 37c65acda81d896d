import {
  MemberMemory,
  RinglogError,
  type GroupChange,
  type GroupMembership,
  type GroupSubscription,
  type MemberFence,
  type RpcClient,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { ControllerService } from '../wire/controller-service.ts'
import type { JoinGroupMessage, MemberAnswer } from '../wire/group-service.ts'
import { LocalPartition } from './local-partition.ts'

/**
 * A member's end of its group: words that it shares with the controller, and calls to it.
 *
 * Thread: the member's.
 */
export class LocalMembership implements GroupMembership {
  readonly memberId: string
  readonly #controller: RpcClient<ControllerService>
  readonly #groupId: string
  readonly #memory: MemberMemory
  /**
   * The assignment epoch of the latest answer: the shared word differs from it once the assignment has
   * changed.
   */
  #assignmentEpoch = 0
  /** It has left because the controller did not answer: what it does next tells it that it is no member. */
  #hasLeft = false

  /** Joins; the answer has the partitions that were free. */
  static async join(
    controller: RpcClient<ControllerService>,
    nowMs: number,
    message: Omit<JoinGroupMessage, 'memory'>,
  ): Promise<{ membership: LocalMembership; change: GroupChange }> {
    const membership = new LocalMembership(controller, message.groupId, message.consumer.consumerId)
    membership.beat(nowMs)
    const { memory } = membership.#memory
    try {
      const answer = await controller.call('joinGroup', [{ ...message, memory }])
      return { membership, change: membership.#toChange(answer) }
    } catch (error) {
      // Where no answer came in time, the controller may have admitted the member.
      void membership.leave().catch(() => undefined)
      throw error
    }
  }

  private constructor(controller: RpcClient<ControllerService>, groupId: string, memberId: string) {
    this.#controller = controller
    this.#groupId = groupId
    this.memberId = memberId
    this.#memory = new MemberMemory()
  }

  /** INV-33: reads the shared word; it waits for no message. */
  get hasChanged(): boolean {
    return this.#hasLeft || this.#memory.assignmentEpoch !== this.#assignmentEpoch
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

  reconcile(released: readonly TopicPartition[]): Promise<GroupChange> {
    const args = [this.#groupId, this.memberId, released.map(toPlain)] as const
    return this.#change(this.#controller.call('reconcileGroup', [...args]))
  }

  changeSubscription(subscription: GroupSubscription): Promise<GroupChange> {
    const args = [this.#groupId, this.memberId, subscription] as const
    return this.#change(this.#controller.call('changeSubscription', [...args]))
  }

  async leave(): Promise<void> {
    try {
      await this.#controller.call('leaveGroup', [this.#groupId, this.memberId])
    } catch (error) {
      // With the broker its groups are gone.
      if (!RinglogError.is(error, 'BROKER_CLOSED')) throw error
    }
  }

  /** An answer that comes too late is lost, and its grants with it: the member is none any more then. */
  async #change(answer: Promise<MemberAnswer>): Promise<GroupChange> {
    try {
      return this.#toChange(await answer)
    } catch (error) {
      if (RinglogError.is(error, 'REQUEST_TIMED_OUT')) {
        this.#hasLeft = true
        void this.leave().catch(() => undefined)
      }
      throw error
    }
  }

  #toChange({ assignmentEpoch, granted, toRelease }: MemberAnswer): GroupChange {
    this.#assignmentEpoch = Math.max(this.#assignmentEpoch, assignmentEpoch)
    return { granted: granted.map((opened) => new LocalPartition(opened)), toRelease }
  }
}

function toPlain({ topic, partition }: TopicPartition): TopicPartition {
  return { topic, partition }
}
