import type { TopicPartition } from '@ringlog/core/internal'
import { expect } from 'vitest'
import type { MemberAssignment } from '../../src/group/membership.ts'

/** A grant's memory: the holder stores offsets, and looks whether it was revoked. */
export class Gate implements TopicPartition {
  readonly topic: string
  readonly partition: number
  readonly name: string
  /** `null`: the controller's own. */
  readonly memberId: string | null
  committed: number | null
  isRevoked = false

  constructor(name: string, memberId: string | null, committed: number | null) {
    this.name = name
    this.memberId = memberId
    this.committed = committed
    const [, topic, partition] = /^(.*)#\d+-(\d+)$/.exec(name)!
    this.topic = topic!
    this.partition = Number(partition)
  }

  commit(offset: number): boolean {
    if (this.isRevoked) return false
    this.committed = offset
    return true
  }

  /** The partition worker reads the final offset, and puts it into the new memory. */
  moveTo(memberId: string | null): Gate {
    return new Gate(this.name, memberId, this.committed)
  }
}

/** A consumer that keeps the rules. What it must let go it holds on to until told to let go. */
export class SimulatedMember {
  readonly memberId: string
  readonly instanceId: string | null
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

  constructor(memberId: string, instanceId: string | null, nowMs: number) {
    this.memberId = memberId
    this.instanceId = instanceId
    this.lastPollMs = nowMs
  }

  static newGate(name: string): Gate {
    return new Gate(name, null, null)
  }

  get isActive(): boolean {
    return !this.isDead && !this.isHung && !this.isFenced && !this.hasLeft
  }

  get held(): string[] {
    return [...this.gates.values()].map(nameOf).sort()
  }

  take(at: TopicPartition, gate: Gate): void {
    expect(this.held, 'given what it already has').not.toContain(nameOf(at))
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
    expect([...owned, ...toRelease].sort()).toEqual(this.held)
    expect(owned).toEqual(expect.arrayContaining(answer.granted.map(nameOf)))
    // Told once, it must let go: there is no way back but through a new grant.
    expect(toRelease).toEqual(expect.arrayContaining([...this.toRelease.keys()]))
    expect(answer.memberEpoch).toBeGreaterThanOrEqual(this.memberEpoch)
    for (const at of answer.toRelease) this.toRelease.set(nameOf(at), at)
    this.memberEpoch = answer.memberEpoch
    this.seenEpoch = answer.assignmentEpoch
    this.hasReconciled = true
  }
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}
