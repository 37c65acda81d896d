import { matcherOf, type GroupSubscription, type TopicPartition } from '@ringlog/core/internal'
import assert from 'node:assert/strict'
import type { Assignor } from '@ringlog/core/internal/assignors'
import { GroupCoordinator } from '../../src/coordinator/group-coordinator.ts'
import type { GrantEffect, GroupEffect, ParkEffect } from '../../src/coordinator/group-effect.ts'
import { checkHasNews, checkInvariants } from './group-invariants.ts'
import { SimulatedGates, type Gate } from './simulated-gates.ts'
import { SimulatedMember } from './simulated-member.ts'

export interface JoinOptions {
  instanceId?: string | null
  subscription: GroupSubscription
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
  readonly gates = new SimulatedGates()
  readonly topics: Map<string, number>
  /** All there ever were: those that died or were fenced still hold their old grants. */
  readonly members: SimulatedMember[] = []
  readonly events: Array<Extract<GroupEffect, { type: 'rebalance' }>> = []
  readonly failures: Error[] = []
  pending: Pending[] = []
  #memberCount = 0

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

  join({ instanceId = null, subscription, ...options }: JoinOptions): SimulatedMember {
    const memberId = `member-${this.#memberCount++}`
    const member = new SimulatedMember(memberId, instanceId, subscription, this.nowMs)
    this.coordinator.join(
      {
        memberId,
        instanceId,
        clientId: `client of ${memberId}`,
        matcher: matcherOf(subscription),
        maxPollIntervalMs: MAX_POLL_INTERVAL_MS,
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        ...options,
      },
      this.nowMs,
    )
    // Only now: one that was refused is no member.
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
      const gate = this.gates.at(at)
      // What it is handed is a gate that was made for it, and fenced against all others.
      assert.equal(gate.memberId, member.memberId)
      member.take(at, gate)
    }
    member.follow(answer)
    this.settle()
  }

  changeSubscription(member: SimulatedMember, subscription: GroupSubscription): void {
    this.coordinator.changeSubscription(member.memberId, matcherOf(subscription), this.nowMs)
    member.subscription = subscription
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

  // ---- what the broker does ----

  /** Sets a topic's number of partitions; 0 deletes it. */
  setTopic(topic: string, partitionCount: number): void {
    if (partitionCount === 0) {
      this.topics.delete(topic)
      this.gates.deleteTopic(topic)
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
      this.gates.move(gateName, effect.type === 'grant' ? effect.memberId : null)
      this.coordinator.moved(effect.moveId, this.nowMs)
    }
    this.settle()
  }

  elapse(ms: number): void {
    this.nowMs += ms
    this.coordinator.tick(this.nowMs, this.lastPollMsOf)
    this.settle()
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

  // ---- effects, and what must always hold ----

  /** Takes the coordinator's effects and holds everything against everything. */
  settle(): void {
    for (const effect of this.coordinator.takeEffects()) this.#take(effect)
    checkInvariants(this)
  }

  #take(effect: GroupEffect): void {
    switch (effect.type) {
      case 'notify': {
        const member = this.member(effect.memberId)
        assert(effect.assignmentEpoch > member.epochWord)
        checkHasNews(this, member)
        member.epochWord = effect.assignmentEpoch
        break
      }
      case 'grant':
      case 'park': {
        const gateName = this.gates.nameAt(effect)
        const gate = this.gates.named(gateName)
        this.#checkMayMove(gate, gateName)
        if (effect.type === 'grant') assert(this.coordinator.hasMember(effect.memberId))
        gate.isRevoked = true
        this.pending.push({ kind: 'move', effect, gateName })
        break
      }
      case 'fence':
        assert(!this.coordinator.hasMember(effect.memberId))
        this.member(effect.memberId).isFenced = true
        break
      case 'rebalance':
        assert.equal(effect.groupId, 'billing')
        for (const { from, to, durationMs } of effect.moves) {
          assert(from !== to)
          assert(durationMs >= 0)
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
        gateName === this.gates.nameAt(other.effect),
    )
    assert(!isUnderWay, `two moves of ${gateName} at a time`)
    if (gate.memberId === null) return
    const holder = this.member(gate.memberId)
    const isHeld = holder.gates.get(gateName) === gate
    assert(!isHeld || !this.coordinator.hasMember(holder.memberId), `${gateName} is still held`)
  }
}
