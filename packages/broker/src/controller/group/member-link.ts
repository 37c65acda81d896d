import {
  Doorbell,
  MemberMemory,
  clearTimer,
  setTimer,
  type FenceReason,
  type StartPosition,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { OpenPartitionMemory } from '../../wire/consumer-description.ts'
import type { SessionConsumer } from '../registrar.ts'

/**
 * The controller's end of a member: writes to the memory that the two share, and keeps the grants that
 * wait for the member's next `reconcile`.
 *
 * Thread: the controller's.
 */
export class MemberLink {
  /** The member as the registrar knows it: its `consumerId` is the member id. */
  readonly consumer: SessionConsumer
  /** Where the member starts on a partition on which the group has no offset. */
  readonly start: StartPosition
  readonly #memory: MemberMemory
  readonly #doorbell: Doorbell
  readonly #grants: OpenPartitionMemory[] = []
  /** The grants that are on their way. */
  readonly #coming = new Set<Promise<void>>()
  /** When the member was admitted; `Infinity`: not yet. */
  #admittedMs = Infinity

  constructor(consumer: SessionConsumer, start: StartPosition, memory: SharedArrayBuffer) {
    this.consumer = consumer
    this.start = start
    this.#memory = new MemberMemory(memory)
    this.#doorbell = new Doorbell(consumer.doorbell)
  }

  get memberId(): string {
    return this.consumer.consumerId
  }

  /**
   * When it last polled, on the clock of the log; `Infinity` while it waits in a poll, or to be
   * admitted.
   */
  get lastPollMs(): number {
    return Math.max(this.#memory.lastPollMs, this.#admittedMs)
  }

  /** The answer to the member's `join` is about to leave: from now on it has to poll. */
  admit(nowMs: number): void {
    this.#admittedMs = nowMs
  }

  /**
   * The member's assignment has changed. INV-33: the grants that it will ask for are ready by now, or
   * awaited.
   */
  notify(assignmentEpoch: number): void {
    this.#memory.setAssignmentEpoch(assignmentEpoch)
    this.#doorbell.ring()
  }

  /** The member is out of the group. */
  fence(reason: FenceReason, elapsedMs: number): void {
    this.#memory.setFence(reason, elapsedMs)
    this.#doorbell.ring()
  }

  /** Wakes the member, in whatever state a thread that died while it rang left its doorbell. */
  ring(): void {
    this.#doorbell.ringUnconditionally()
  }

  addGrant(open: OpenPartitionMemory): void {
    this.#grants.push(open)
  }

  /** A grant is on its way until this has resolved. */
  expectGrant(made: Promise<void>): void {
    const coming = made.finally(() => this.#coming.delete(coming))
    this.#coming.add(coming)
  }

  /** Resolves when the grants that are on their way now have come or failed; or after so long. */
  async untilGrantsCame(timeoutMs: number): Promise<void> {
    if (this.#coming.size === 0) return
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimer(resolve, timeoutMs)
    await Promise.race([Promise.all(this.#coming), late])
    clearTimer(timer)
  }

  /** Takes out the grants of these partitions; of several for one partition only the last is of use. */
  takeGrants(partitions: readonly TopicPartition[]): OpenPartitionMemory[] {
    return partitions.flatMap(({ topic, partition }) => {
      let last: OpenPartitionMemory | undefined
      for (let i = this.#grants.length - 1; i >= 0; i--) {
        const grant = this.#grants[i]!
        if (grant.topic !== topic || grant.partition !== partition) continue
        last ??= grant
        this.#grants.splice(i, 1)
      }
      return last === undefined ? [] : [last]
    })
  }
}
