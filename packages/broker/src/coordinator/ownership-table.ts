import { RinglogError, partitionName, type TopicPartition } from '@ringlog/core/internal'
import type { GroupEffect } from './group-effect.ts'
import type { GroupMember } from './group-member.ts'
import { GroupPartition } from './group-partition.ts'
import type { RebalanceRecord } from './rebalance-record.ts'

/** How long to wait before an effect that failed is tried again. */
const MOVE_RETRY_MS = 100

/**
 * A group's partitions, and their way from owner to owner (drawn in `GroupPartition`).
 *
 * The one rule: a partition goes to another member only from `parked` or `vacant`, and the effect that
 * moves it fences the former grant first. So two members never own a partition at a time.
 */
export class OwnershipTable {
  readonly #effects: GroupEffect[]
  readonly #rebalance: RebalanceRecord
  readonly #partitions = new Map<string, GroupPartition<GroupMember>>()
  /** The partitions that are not with their target. */
  readonly #reconciling = new Set<GroupPartition<GroupMember>>()
  /** Effects under way. */
  readonly #moves = new Map<number, GroupPartition<GroupMember>>()
  #nextMoveId = 1

  constructor(effects: GroupEffect[], rebalance: RebalanceRecord) {
    this.#effects = effects
    this.#rebalance = rebalance
  }

  get isReconciled(): boolean {
    return this.#reconciling.size === 0
  }

  get(at: TopicPartition): GroupPartition<GroupMember> | undefined {
    return this.#partitions.get(partitionName(at.topic, at.partition))
  }

  /** Takes over the assignment that is to be reached, and makes the moves towards it that are possible now. */
  setTargets(targets: ReadonlyMap<GroupMember, readonly TopicPartition[]>, nowMs: number): void {
    const targetOf = new Map<GroupPartition<GroupMember>, GroupMember>()
    for (const [member, partitions] of targets) {
      member.target = partitions.map((at) => this.#getOrAdd(at))
      for (const partition of member.target) targetOf.set(partition, member)
    }
    for (const partition of this.#partitions.values()) {
      this.#setTarget(partition, targetOf.get(partition) ?? null, nowMs)
    }
    this.advance(nowMs)
  }

  /** A static member is back: it takes over the target of its former self. */
  succeed(former: GroupMember, member: GroupMember, nowMs: number): void {
    this.vacate(former)
    member.target = former.target
    former.target = []
    for (const partition of member.target) this.#setTarget(partition, member, nowMs)
    this.advance(nowMs)
  }

  /** A member holds no partition any more; its target stays as it is. */
  vacate(member: GroupMember): void {
    for (const partition of member.partitions.values()) {
      partition.holder = null
      if (partition.isDeleted) this.#forget(partition)
      else if (partition.phase !== 'granting') partition.phase = 'vacant'
    }
    member.partitions.clear()
  }

  /** A member is gone for good. */
  remove(member: GroupMember, nowMs: number): void {
    this.vacate(member)
    for (const partition of member.target) this.#setTarget(partition, null, nowMs)
    member.target = []
  }

  /** @throws RinglogError INVALID_REQUEST, with nothing released, unless the member must let go of them all. */
  release(member: GroupMember, released: readonly TopicPartition[], nowMs: number): void {
    const partitions = new Set(
      released.map(({ topic, partition }) => {
        const name = partitionName(topic, partition)
        const found = member.partitions.get(name)
        if (found?.phase === 'releasing') return found
        throw notReleasing(member, name, topic, partition)
      }),
    )
    for (const partition of partitions) {
      member.partitions.delete(partition.name)
      partition.holder = null
      partition.phase = 'vacant'
      // The partition of that name of a topic made since had to wait for this.
      if (partition.isDeleted) this.#forget(partition)
      const next = this.#partitions.get(partition.name)
      if (next !== undefined) this.#step(next, nowMs)
    }
  }

  /** Hands a member the grants that are ready, and marks what it must let go as releasing. */
  handOut(member: GroupMember, nowMs: number): GroupPartition<GroupMember>[] {
    const granted: GroupPartition<GroupMember>[] = []
    for (const partition of member.partitions.values()) {
      if (partition.phase === 'granted') {
        partition.phase = 'held'
        granted.push(partition)
        this.#followProgress(partition, nowMs)
      } else if (partition.phase === 'held' && partition.target !== member) {
        partition.phase = 'releasing'
        partition.leavingSinceMs = nowMs
      }
    }
    return granted
  }

  moved(moveId: number, nowMs: number): void {
    const partition = this.#moves.get(moveId)
    if (partition === undefined) return
    this.#moves.delete(moveId)
    const { holder } = partition
    if (partition.phase === 'parking') partition.phase = 'parked'
    else partition.phase = holder === null ? 'vacant' : 'granted'
    if (holder !== null) holder.hasNews = true
    this.#step(partition, nowMs)
  }

  moveFailed(moveId: number, nowMs: number): void {
    const partition = this.#moves.get(moveId)
    if (partition === undefined) return
    this.#moves.delete(moveId)
    partition.holder?.partitions.delete(partition.name)
    partition.holder = null
    partition.phase = 'vacant'
    partition.retryAtMs = nowMs + MOVE_RETRY_MS
  }

  /** Makes for every partition the move that is possible now. */
  advance(nowMs: number): void {
    for (const partition of this.#partitions.values()) this.#step(partition, nowMs)
  }

  /** When an effect that failed is to be tried again; `Infinity`: there is none. */
  nextRetryMs(): number {
    let next = Infinity
    for (const { phase, retryAtMs } of this.#reconciling) {
      if (phase === 'vacant') next = Math.min(next, retryAtMs)
    }
    return next
  }

  /** Forgets the partitions that do not exist any more; a holder of one must let it go. */
  dropMissing(topics: ReadonlyMap<string, number>, nowMs: number): void {
    for (const partition of this.#partitions.values()) {
      if (partition.partition < (topics.get(partition.topic) ?? 0)) continue
      const { phase, holder, target } = partition
      if (target !== null) target.target = target.target.filter((other) => other !== partition)
      this.#setTarget(partition, null, nowMs)
      partition.isDeleted = true
      this.#partitions.delete(partition.name)
      if (phase === 'held' || phase === 'releasing') {
        this.#reconciling.add(partition)
        continue
      }
      holder?.partitions.delete(partition.name)
      this.#forget(partition)
    }
  }

  /** Whether a partition that no other member holds is still on its way to this member. */
  isAwaiting(member: GroupMember): boolean {
    return member.target.some(
      (partition) =>
        partition.phase !== 'held' &&
        partition.phase !== 'releasing' &&
        partition.phase !== 'granted' &&
        partition.retryAtMs === -Infinity &&
        !this.#isBlocked(partition),
    )
  }

  #setTarget(
    partition: GroupPartition<GroupMember>,
    target: GroupMember | null,
    nowMs: number,
  ): void {
    if (partition.target === target) return
    if (partition.phase === 'held' && partition.holder === partition.target) {
      partition.leavingSinceMs = nowMs
      partition.holder!.hasNews = true
    }
    partition.target = target
  }

  #step(partition: GroupPartition<GroupMember>, nowMs: number): void {
    const { holder, target } = partition
    if (partition.phase === 'granted' && holder !== target) {
      // The holder has not been handed this grant, so it has nothing to let go.
      holder!.partitions.delete(partition.name)
      partition.holder = null
      partition.phase = 'vacant'
    }
    const isFree = partition.phase === 'parked' || partition.phase === 'vacant'
    if (isFree && partition.retryAtMs <= nowMs) this.#move(partition)
    this.#followProgress(partition, nowMs)
  }

  #move(partition: GroupPartition<GroupMember>): void {
    const { target } = partition
    const { topic, partition: number, name } = partition
    if (target !== null && target.isLive && !this.#isBlocked(partition)) {
      const moveId = this.#begin(partition, 'granting')
      partition.holder = target
      target.partitions.set(name, partition)
      target.hasNews = true
      const { memberId } = target
      this.#effects.push({ type: 'grant', moveId, memberId, topic, partition: number })
    } else if (partition.phase === 'vacant') {
      const moveId = this.#begin(partition, 'parking')
      this.#effects.push({ type: 'park', moveId, topic, partition: number })
    }
  }

  #begin(partition: GroupPartition<GroupMember>, phase: 'granting' | 'parking'): number {
    const moveId = this.#nextMoveId++
    partition.phase = phase
    partition.moveId = moveId
    partition.retryAtMs = -Infinity
    this.#moves.set(moveId, partition)
    return moveId
  }

  /** Its new owner still holds a partition of the same name, of a topic that was deleted. */
  #isBlocked(partition: GroupPartition<GroupMember>): boolean {
    const namesake = partition.target?.partitions.get(partition.name)
    return namesake !== undefined && namesake !== partition
  }

  #followProgress(partition: GroupPartition<GroupMember>, nowMs: number): void {
    if (!partition.isReconciled) {
      if (!this.#reconciling.has(partition)) partition.reconcilingSinceMs = nowMs
      this.#reconciling.add(partition)
      return
    }
    if (this.#reconciling.delete(partition)) {
      const from = partition.reconciledOwnerId
      const to = partition.holder?.memberId ?? null
      const durationMs = nowMs - partition.reconcilingSinceMs
      if (from !== to) {
        this.#rebalance.addMove({ ...partition.toTopicPartition(), from, to, durationMs })
      }
      partition.reconciledOwnerId = to
    }
    if (partition.target === null) this.#forget(partition)
  }

  #getOrAdd({ topic, partition }: TopicPartition): GroupPartition<GroupMember> {
    const name = partitionName(topic, partition)
    const known = this.#partitions.get(name)
    if (known !== undefined) return known
    const added = new GroupPartition<GroupMember>(topic, partition)
    this.#partitions.set(name, added)
    return added
  }

  #forget(partition: GroupPartition<GroupMember>): void {
    this.#reconciling.delete(partition)
    if (this.#partitions.get(partition.name) === partition) this.#partitions.delete(partition.name)
    this.#moves.delete(partition.moveId)
  }
}

function notReleasing(
  { memberId }: GroupMember,
  name: string,
  topic: string,
  partition: number,
): RinglogError {
  return new RinglogError(
    'INVALID_REQUEST',
    `member ${memberId} was not told to let ${name} go: it may only release what a reconcile named`,
    { details: { memberId, topic, partition } },
  )
}
