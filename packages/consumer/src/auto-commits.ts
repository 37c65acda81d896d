import type { AssignedPartition } from './assigned-partition.ts'
import type { ResolvedConsumerConfig } from './config.ts'
import type { SubscriptionState } from './subscription-state.ts'

/**
 * The commits that a consumer makes by itself, as its configuration says: of what counts as consumed, at
 * polls and before partitions are given up.
 *
 * Thread: the consumer's.
 */
export class AutoCommits {
  readonly #config: ResolvedConsumerConfig
  readonly #subscription: SubscriptionState
  #nextMs = 0

  constructor(config: ResolvedConsumerConfig, subscription: SubscriptionState) {
    this.#config = config
    this.#subscription = subscription
  }

  /**
   * Commits where it is time; returns the partitions whose commit was refused.
   *
   * @param nowMs On the clock of `monotonicMs`; `Infinity`: it is time in any case.
   */
  commitIfDue(nowMs: number): AssignedPartition[] | null {
    const { autoCommit, autoCommitIntervalMs } = this.#config
    if (!autoCommit) return null
    if (autoCommitIntervalMs > 0) {
      if (nowMs < this.#nextMs) return null
      if (nowMs < Infinity) this.#nextMs = nowMs + autoCommitIntervalMs
    }
    return this.#commit()
  }

  /** Commits before partitions are given up, whatever is refused: they are given up in any case. */
  commitBeforeLoss(): void {
    if (this.#config.autoCommit) this.#commit()
  }

  #commit(): AssignedPartition[] | null {
    let refused: AssignedPartition[] | null = null
    for (const assigned of this.#subscription.order) {
      if (!assigned.commitDone()) (refused ??= []).push(assigned)
    }
    return refused
  }
}
