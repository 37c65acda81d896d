import type { PartitionMove, RebalanceReason } from '@ringlog/core/internal'
import type { RebalanceEffect } from './group-effect.ts'

/**
 * What a rebalance event says: the moves between a change of the group and the moment when all members have
 * their target.
 */
export class RebalanceRecord {
  readonly #groupId: string
  readonly #reasons = new Set<RebalanceReason>()
  #moves: PartitionMove[] = []
  #startedMs = 0

  constructor(groupId: string) {
    this.#groupId = groupId
  }

  get isActive(): boolean {
    return this.#reasons.size > 0
  }

  /** A change that comes during a rebalance becomes part of it. */
  begin(reasons: Iterable<RebalanceReason>, nowMs: number): void {
    if (!this.isActive) this.#startedMs = nowMs
    for (const reason of reasons) this.#reasons.add(reason)
  }

  /** A move outside of a rebalance (a static member comes back) is not recorded. */
  addMove(move: PartitionMove): void {
    if (this.isActive) this.#moves.push(move)
  }

  finish(groupEpoch: number, nowMs: number): RebalanceEffect {
    const effect: RebalanceEffect = {
      type: 'rebalance',
      groupId: this.#groupId,
      groupEpoch,
      reasons: [...this.#reasons],
      durationMs: nowMs - this.#startedMs,
      moves: this.#moves,
    }
    this.#reasons.clear()
    this.#moves = []
    return effect
  }
}
