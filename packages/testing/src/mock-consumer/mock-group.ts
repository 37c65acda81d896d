import {
  TopicFilter,
  partitionKey,
  type Clock,
  type ClockTimer,
  type GroupChange,
  type GroupMembership,
  type GroupSubscription,
  type JoinGroupRequest,
  type MemberFence,
  type StartPosition,
  type TopicPartition,
} from '@ringlog/core/internal'
import type { MockPartition } from './mock-commits.ts'

/**
 * The group of a mock consumer, which is its only member: it is given the partitions that a test says, and
 * asked for those that it is to have no more.
 */
export class MockGroup {
  readonly #parts: MockGroupParts
  /** What the member is to have, whether there is one or not. */
  #intended: readonly TopicPartition[] = []
  #member: MockMember | null = null

  constructor(parts: MockGroupParts) {
    this.#parts = parts
  }

  /** What its member subscribes to; `null`: it has none. */
  get subscription(): GroupSubscription | null {
    return this.#member?.subscription ?? null
  }

  /** Whether a partition is its member's, or will be: as soon as it looks, or when there is one. */
  gives(p: TopicPartition): boolean {
    const toHave = this.#member?.toHave() ?? this.#intended
    return toHave.some((one) => partitionKey(one) === partitionKey(p))
  }

  /** Whether its member may be given partitions of a topic: there is none, or it subscribes to that. */
  allows(topic: string): boolean {
    return this.#member === null || filterOf(this.#member.subscription).has(topic)
  }

  /** The member is to have exactly these from now on; where there is none, the next one that joins. */
  intend(partitions: readonly TopicPartition[]): void {
    this.#intended = partitions
    this.#member?.change()
  }

  join(request: JoinGroupRequest): { membership: GroupMembership; change: GroupChange } {
    const member = new MockMember(request, {
      ...this.#parts,
      intended: () => this.#intended,
      onGone: () => {
        if (this.#member === member) this.#member = null
      },
    })
    this.#member = member
    return { membership: member, change: member.answer() }
  }
}

/** The mock consumer as the member of its group. */
class MockMember implements GroupMembership {
  readonly memberId: string
  subscription: GroupSubscription
  hasChanged = false
  fence: MemberFence | null = null
  readonly #request: JoinGroupRequest
  readonly #parts: MockMemberParts
  readonly #held = new Map<string, MockPartition>()
  /** Puts the member out when it has not polled for too long; `null`: it waits in a poll, or is gone. */
  #pollTimer: ClockTimer | null = null

  constructor(request: JoinGroupRequest, parts: MockMemberParts) {
    this.memberId = request.memberId
    this.subscription = request.subscription
    this.#request = request
    this.#parts = parts
    this.beat()
  }

  /** What it is to have is another. */
  change(): void {
    this.hasChanged = true
    this.#request.doorbell.ring()
  }

  beat(): void {
    this.beginWaiting()
    if (this.fence !== null) return
    const { maxPollIntervalMs } = this.#request
    this.#pollTimer = this.#parts.clock.setTimer(() => {
      this.#pollTimer = null
      this.fence = { reason: 'maxPollInterval', elapsedMs: maxPollIntervalMs }
      this.#part()
      this.change()
    }, maxPollIntervalMs)
    this.#pollTimer.unref()
  }

  beginWaiting(): void {
    if (this.#pollTimer !== null) this.#parts.clock.clearTimer(this.#pollTimer)
    this.#pollTimer = null
  }

  async reconcile(released: readonly TopicPartition[]): Promise<GroupChange> {
    for (const p of released) this.#release(partitionKey(p))
    return this.answer()
  }

  async changeSubscription(subscription: GroupSubscription): Promise<GroupChange> {
    this.subscription = subscription
    return this.answer()
  }

  async leave(): Promise<void> {
    this.beginWaiting()
    this.#part()
  }

  /** What is new for it. */
  answer(): GroupChange {
    this.hasChanged = false
    const toHave = this.toHave()
    const keys = new Set(toHave.map(partitionKey))
    const toRelease = [...this.#held.values()].filter((open) => !keys.has(partitionKey(open)))
    const granted = toHave
      .filter((p) => !this.#held.has(partitionKey(p)))
      .map((p) => this.#parts.open(p, this.#request.start))
    for (const open of granted) this.#held.set(partitionKey(open), open)
    return { granted, toRelease: toRelease.map(({ topic, partition }) => ({ topic, partition })) }
  }

  /** What it is to have, of what the group intends for it: only what it subscribes to. */
  toHave(): readonly TopicPartition[] {
    const filter = filterOf(this.subscription)
    return this.#parts.intended().filter(({ topic }) => filter.has(topic))
  }

  #release(key: string): void {
    const open = this.#held.get(key)
    if (open !== undefined) open.commits.isRevoked = true
    this.#held.delete(key)
  }

  /** What it had is not its own any more. */
  #part(): void {
    for (const key of this.#held.keys()) this.#release(key)
    this.#parts.onGone()
  }
}

function filterOf(subscription: GroupSubscription): TopicFilter {
  return new TopicFilter('topics' in subscription ? subscription.topics : subscription.pattern)
}

/** What a group needs of its log. */
export interface MockGroupParts {
  readonly clock: Clock
  open(p: TopicPartition, start: StartPosition): MockPartition
}

interface MockMemberParts extends MockGroupParts {
  intended(): readonly TopicPartition[]
  onGone(): void
}
