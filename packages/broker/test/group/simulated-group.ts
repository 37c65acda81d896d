import type { TopicPartition } from '@ringlog/core/internal'
import { expect } from 'vitest'
import type { Assignor } from '../../src/assignors/assignor.ts'
import { GroupCoordinator } from '../../src/group/group-coordinator.ts'
import type { GrantEffect, GroupEffect, ParkEffect } from '../../src/group/group-effect.ts'
import type { Subscription } from '../../src/group/membership.ts'
import { SimulatedMember, type Gate } from './simulated-member.ts'

export interface JoinOptions {
  instanceId?: string | null
  subscription: Subscription
  assignor: Assignor
  maxPollIntervalMs?: number
  sessionTimeoutMs?: number
}

/** What the coordinator waits for: the answer to an effect, or the news of a death. */
type Pending =
  | { kind: 'move'; effect: GrantEffect | ParkEffect; gateName: string }
  | { kind: 'death'; member: SimulatedMember }

export const MAX_POLL_INTERVAL_MS = 1_000
export const SESSION_TIMEOUT_MS = 3_000

/**
 * A coordinator in surroundings that keep the rules: they carry out its effects, in any order, on
 * gates that behave as shared memory does; and check after every step what must always hold.
 */
export class SimulatedGroup {
  nowMs = 0
  readonly coordinator: GroupCoordinator
  readonly topics: Map<string, number>
  /** All there ever were: those that died or were fenced still hold their old grants. */
  readonly members: SimulatedMember[] = []
  readonly events: Array<Extract<GroupEffect, { type: 'rebalance' }>> = []
  readonly failures: Error[] = []
  pending: Pending[] = []
  /** By incarnation of a topic and partition, where the group's gate is. */
  readonly #gates = new Map<string, Gate>()
  readonly #incarnations = new Map<string, number>()
  /** What the group has committed: by incarnation and partition, the last accepted offset. */
  readonly #committed = new Map<string, number>()
  #memberCount = 0
  #lastEpoch = 0

  constructor(topics: Record<string, number> = {}) {
    this.topics = new Map(Object.entries(topics))
    this.coordinator = new GroupCoordinator('billing', this.topics)
  }

  readonly lastPollMsOf = (memberId: string): number => {
    const member = this.member(memberId)
    return member.isParked ? Infinity : member.lastPollMs
  }

  member(memberId: string): SimulatedMember {
    return this.members.find((member) => member.memberId === memberId)!
  }

  /** Those who poll: live, not hung, not fenced. */
  get active(): SimulatedMember[] {
    return this.members.filter((member) => member.isActive)
  }

  // ---- what members do ----

  join({ instanceId = null, ...options }: JoinOptions): SimulatedMember {
    const memberId = `member-${this.#memberCount++}`
    const member = new SimulatedMember(memberId, instanceId, this.nowMs)
    // Before the call: a refused member has no place in the list.
    this.coordinator.join(
      {
        memberId,
        instanceId,
        clientId: `client of ${memberId}`,
        maxPollIntervalMs: MAX_POLL_INTERVAL_MS,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        ...options,
      },
      this.nowMs,
    )
    this.members.push(member)
    this.settle()
    return member
  }

  /** One poll: hears whether something changed; what it must let go it lets go in `letGo`. */
  poll(member: SimulatedMember): void {
    member.lastPollMs = this.nowMs
    if (member.isFenced) return member.loseAll()
    if (member.seenEpoch === member.epochWord && member.hasReconciled) return
    this.reconcile(member, [])
  }

  /** The handler is done, the commit stored. */
  letGo(member: SimulatedMember): void {
    const released = [...member.toRelease.values()]
    for (const at of released) member.letGo(at)
    this.reconcile(member, released)
  }

  reconcile(member: SimulatedMember, released: TopicPartition[]): void {
    const answer = this.coordinator.reconcile(member.memberId, released, this.nowMs)
    for (const at of answer.granted) {
      const gate = this.gateOf(at)
      // What it is handed is a gate that was made for it, and fenced against all others.
      expect(gate.memberId).toBe(member.memberId)
      member.take(at, gate)
    }
    member.follow(answer)
    this.settle()
  }

  leave(member: SimulatedMember): void {
    member.loseAll()
    member.hasLeft = true
    this.coordinator.leave(member.memberId, this.nowMs)
    this.settle()
  }

  /** Its thread ends; the controller hears of it at some later time. */
  die(member: SimulatedMember): void {
    member.isDead = true
    this.pending.push({ kind: 'death', member })
  }

  /** A commit, by whoever still has a grant: only its owner's is accepted. */
  commit(member: SimulatedMember, gate: Gate, offset: number): void {
    const before = this.#committed.get(gate.name) ?? null
    const isAccepted = gate.commit(offset)
    const isCurrent = this.#gates.get(gate.name) === gate
    if (isAccepted) {
      expect(isCurrent, `${member.memberId} committed on a gate that is not the group's`).toBe(true)
      this.#committed.set(gate.name, offset)
    } else {
      expect(this.#gates.get(gate.name)!.committed).toBe(before)
    }
  }

  // ---- what the broker does ----

  /** Sets a topic's number of partitions; 0 deletes it. */
  setTopic(topic: string, partitionCount: number): void {
    if (partitionCount === 0) {
      this.topics.delete(topic)
      this.#incarnations.set(topic, this.#incarnation(topic) + 1)
      // The answers to what was under way on it may come, or not.
    } else this.topics.set(topic, partitionCount)
    this.coordinator.topicsChanged(this.topics, this.nowMs)
    this.settle()
  }

  complete(index: number, isFailing = false): void {
    const pending = this.pending.splice(index % this.pending.length, 1)[0]
    if (pending === undefined) return
    if (pending.kind === 'death') {
      this.coordinator.died(pending.member.memberId, this.nowMs)
    } else if (isFailing) {
      this.coordinator.moveFailed(pending.effect.moveId, this.nowMs)
    } else {
      const { effect, gateName } = pending
      const memberId = effect.type === 'grant' ? effect.memberId : null
      this.#gates.set(gateName, this.#gate(gateName).moveTo(memberId))
      this.coordinator.moved(effect.moveId, this.nowMs)
    }
    this.settle()
  }

  elapse(ms: number): void {
    this.nowMs += ms
    this.coordinator.tick(this.nowMs, this.lastPollMsOf)
    this.settle()
  }

  resetOffset(at: TopicPartition, offset: number): void {
    const gate = this.gateOf(at)
    gate.committed = offset
    this.#committed.set(gate.name, offset)
  }

  /** Carries everything out, polls with all who do, until nothing is left to do. */
  run(): void {
    for (let round = 0; round < 200; round++) {
      while (this.pending.length > 0) this.complete(0)
      let isQuiet = true
      for (const member of this.active) {
        if (member.hasReconciled && member.seenEpoch === member.epochWord) continue
        isQuiet = false
        this.poll(member)
      }
      for (const member of this.active) {
        if (member.toRelease.size === 0) continue
        isQuiet = false
        this.letGo(member)
      }
      if (isQuiet && this.pending.length === 0) return
    }
    throw new Error('the group does not come to rest')
  }

  gateOf({ topic, partition }: TopicPartition): Gate {
    return this.#gate(this.#gateName(topic, partition))
  }

  committedOf({ topic, partition }: TopicPartition): number | null {
    return this.gateOf({ topic, partition }).committed
  }

  // ---- effects, and what must always hold ----

  /** Takes the coordinator's effects and holds everything against everything. */
  settle(): void {
    for (const effect of this.coordinator.takeEffects()) this.#take(effect)
    this.#check()
  }

  #take(effect: GroupEffect): void {
    switch (effect.type) {
      case 'notify': {
        const member = this.member(effect.memberId)
        expect(effect.assignmentEpoch).toBeGreaterThan(member.epochWord)
        member.epochWord = effect.assignmentEpoch
        break
      }
      case 'grant':
      case 'park': {
        const gateName = this.#gateName(effect.topic, effect.partition)
        const gate = this.#gate(gateName)
        this.#checkMayMove(gate, gateName)
        gate.isRevoked = true
        this.pending.push({ kind: 'move', effect, gateName })
        break
      }
      case 'fence':
        expect(this.coordinator.hasMember(effect.memberId)).toBe(false)
        this.member(effect.memberId).isFenced = true
        break
      case 'rebalance':
        expect(effect.groupId).toBe('billing')
        for (const { topic, partition, from, to, durationMs } of effect.moves) {
          expect(from).not.toBe(to)
          expect(durationMs).toBeGreaterThanOrEqual(0)
          expect(this.members.some(({ memberId }) => memberId === (to ?? from))).toBe(true)
          expect(this.#incarnation(topic)).toBeGreaterThanOrEqual(0)
          expect(partition).toBeGreaterThanOrEqual(0)
        }
        this.events.push(effect)
        break
      case 'assignorFailed':
        this.failures.push(effect.error)
        break
    }
  }

  /** A gate is taken only from who let go, or is not a live member any more; one move at a time. */
  #checkMayMove(gate: Gate, gateName: string): void {
    const isUnderWay = this.pending.some(
      (other) =>
        other.kind === 'move' &&
        other.gateName === gateName &&
        // What was under way for a topic that was deleted is forgotten.
        gateName === this.#gateName(other.effect.topic, other.effect.partition),
    )
    expect(isUnderWay, `two moves of ${gateName} at a time`).toBe(false)
    if (gate.memberId === null) return
    const holder = this.member(gate.memberId)
    const isHeld = holder.gates.get(gateName) === gate
    expect(isHeld && this.coordinator.hasMember(holder.memberId)).toBe(false)
  }

  #check(): void {
    const snapshot = this.coordinator.describe()
    expect(snapshot.groupEpoch).toBeGreaterThanOrEqual(this.#lastEpoch)
    expect(snapshot.targetEpoch).toBeLessThanOrEqual(snapshot.groupEpoch)
    this.#lastEpoch = snapshot.groupEpoch
    this.#checkOwnership()
    for (const [name, committed] of this.#committed) {
      expect(this.#gate(name).committed, `the committed offset of ${name}`).toBe(committed)
    }
    if (snapshot.state === 'stable') this.#checkStable()
  }

  /** Nobody's commit would be accepted but the owner's. */
  #checkOwnership(): void {
    const accepted = new Map<string, string>()
    for (const member of this.members) {
      for (const gate of member.gates.values()) {
        if (gate.isRevoked) continue
        expect(accepted.get(gate.name), `two owners of ${gate.name}`).toBeUndefined()
        accepted.set(gate.name, member.memberId)
        if (gate.name !== this.#gateName(gate.topic, gate.partition)) continue
        if (!this.topics.has(gate.topic)) continue
        expect(this.coordinator.ownerOf(gate)).toBe(member.memberId)
      }
    }
  }

  #checkStable(): void {
    const { members, groupEpoch } = this.coordinator.describe()
    const owners = new Map<string, string>()
    for (const member of members) {
      for (const { topic, partition } of member.target) {
        const name = this.#gateName(topic, partition)
        expect(owners.has(name)).toBe(false)
        owners.set(name, member.memberId)
        expect(member.topics).toContain(topic)
        expect(partition).toBeLessThan(this.topics.get(topic)!)
        if (member.isLive) expect(this.gateOf({ topic, partition }).isRevoked).toBe(false)
      }
      if (!member.isLive) {
        expect(member.assignment).toEqual([])
        continue
      }
      expect(member.memberEpoch).toBe(groupEpoch)
      const hands = this.member(member.memberId).gates
      const names = member.target.map(({ topic, partition }) => this.#gateName(topic, partition))
      expect([...hands.keys()].sort()).toEqual(names.sort())
    }
    const subscribed = new Set(members.flatMap(({ topics }) => topics))
    for (const topic of subscribed) {
      for (let partition = 0; partition < this.topics.get(topic)!; partition++) {
        expect(owners.has(this.#gateName(topic, partition)), `${topic}-${partition}`).toBe(true)
      }
    }
  }

  #gate(name: string): Gate {
    const known = this.#gates.get(name)
    if (known !== undefined) return known
    const made = SimulatedMember.newGate(name)
    this.#gates.set(name, made)
    return made
  }

  /** `orders#1-3`: a topic that was deleted and made again is another one. */
  #gateName(topic: string, partition: number): string {
    return `${topic}#${this.#incarnation(topic)}-${partition}`
  }

  #incarnation(topic: string): number {
    return this.#incarnations.get(topic) ?? 0
  }
}
