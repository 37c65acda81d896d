import {
  Doorbell,
  MemberMemory,
  clearTimer,
  monotonicMs,
  setTimer,
  type FenceReason,
  type StartPosition,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { OpenPartitionMemory } from '../../wire/consumer-description.ts'
import type { SessionConsumer } from '../registrar.ts'

/**
 * The controller's end of a member: what it is told through shared memory, and the grants that wait
 * for its next `reconcile`.
 *
 * Thread: the controller's.
 */
export class MemberLink {
  /** The member as the registrar knows it: its `consumerId` is the member id. */
  readonly consumer: SessionConsumer
  /** Where it starts where the group has no offset. */
  readonly start: StartPosition
  readonly #memory: MemberMemory
  readonly #doorbell: Doorbell
  readonly #grants: OpenPartitionMemory[] = []
  /** Those that are on their way. */
  readonly #coming = new Set<Promise<void>>()
  /** When it heard that it is a member; `Infinity`: it waits for that. */
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

  /** When it last polled, on the clock of `monotonicMs`; `Infinity` while it waits in a poll, or to be admitted. */
  get lastPollMs(): number {
    return Math.max(this.#memory.lastPollMs, this.#admittedMs)
  }

  /** It is told that it is a member: from now on it has to poll. */
  admit(): void {
    this.#admittedMs = monotonicMs()
  }

  /** There is something new for it. INV-33: all that it will ask for is ready by now, or awaited. */
  notify(assignmentEpoch: number): void {
    this.#memory.setAssignmentEpoch(assignmentEpoch)
    this.#doorbell.ring()
  }

  /** It is in the group no more. */
  fence(reason: FenceReason, elapsedMs: number): void {
    this.#memory.setFence(reason, elapsedMs)
    this.#doorbell.ring()
  }

  /** Wakes it, whatever state its thread was left in. */
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

  /** Resolves when what is on its way now has come, or has failed; or after so long. */
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
