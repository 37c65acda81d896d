import type { TopicPartition } from '@ringlog/core/internal'
import assert from 'node:assert/strict'
import type { GroupSubscription } from '@ringlog/core/internal'
import type { MemberAssignment } from '../../src/coordinator/member-assignment.ts'
import type { Gate } from './simulated-gates.ts'

/** A consumer that keeps the rules. What it must let go it holds on to until told to let go. */
export class SimulatedMember {
  readonly memberId: string
  readonly instanceId: string | null
  subscription: GroupSubscription
  lastPollMs: number
  isDead = false
  /** Its handler does not come to an end: it does not poll, but may commit. */
  isHung = false
  isParked = false
  isFenced = false
  hasLeft = false
  hasReconciled = false
  /** In its member memory, written by the controller. */
  epochWord = 0
  seenEpoch = 0
  memberEpoch = 0
  readonly gates = new Map<string, Gate>()
  readonly toRelease = new Map<string, TopicPartition>()

  constructor(
    memberId: string,
    instanceId: string | null,
    subscription: GroupSubscription,
    nowMs: number,
  ) {
    this.memberId = memberId
    this.instanceId = instanceId
    this.subscription = subscription
    this.lastPollMs = nowMs
  }

  get isActive(): boolean {
    return !this.isDead && !this.isHung && !this.isFenced && !this.hasLeft
  }

  subscribed(allTopics: Iterable<string>): string[] {
    const { subscription } = this
    return [...allTopics]
      .filter((topic) =>
        'pattern' in subscription
          ? topic.search(subscription.pattern) >= 0
          : subscription.topics.includes(topic),
      )
      .toSorted()
  }

  get held(): string[] {
    return [...this.gates.values()].map(nameOf).sort()
  }

  take(at: TopicPartition, gate: Gate): void {
    assert(!this.held.includes(nameOf(at)), `given ${nameOf(at)}, which it has`)
    this.gates.set(gate.name, gate)
  }

  letGo(at: TopicPartition): void {
    this.toRelease.delete(nameOf(at))
    for (const gate of this.gates.values()) {
      if (nameOf(gate) === nameOf(at)) this.gates.delete(gate.name)
    }
  }

  loseAll(): void {
    this.gates.clear()
    this.toRelease.clear()
  }

  follow(answer: MemberAssignment): void {
    const owned = answer.owned.map(nameOf)
    const toRelease = answer.toRelease.map(nameOf)
    assert.equal([...owned, ...toRelease].toSorted().join(), this.held.join())
    assert(answer.granted.every((at) => owned.includes(nameOf(at))))
    // Told once, it must let go: there is no way back but through a new grant.
    assert([...this.toRelease.keys()].every((name) => toRelease.includes(name)))
    assert(answer.memberEpoch >= this.memberEpoch)
    for (const at of answer.toRelease) this.toRelease.set(nameOf(at), at)
    this.memberEpoch = answer.memberEpoch
    this.seenEpoch = answer.assignmentEpoch
    this.hasReconciled = true
  }
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
