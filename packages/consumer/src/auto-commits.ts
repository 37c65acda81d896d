import type { AssignedPartition } from './assigned-partition.ts'
import type { ResolvedConsumerConfig } from './config.ts'
import type { SubscriptionState } from './subscription-state.ts'

/**
 * The commits that a consumer makes by itself, as its configuration says: of what counts as consumed, at
 * polls and before partitions are given up.
 *
 * Where the log answers a commit later, a later call says what became of it.
 *
 * Thread: the consumer's.
 */
export class AutoCommits {
  readonly #config: ResolvedConsumerConfig
  readonly #subscription: SubscriptionState
  #nextMs = 0
  /** Partitions whose commit was refused by an answer that came later. */
  #refusedLater: AssignedPartition[] = []
  /** Why the answer to a commit did not come. */
  #failure: { readonly error: unknown } | null = null

  constructor(config: ResolvedConsumerConfig, subscription: SubscriptionState) {
    this.#config = config
    this.#subscription = subscription
  }

  /**
   * Commits where it is time; returns the partitions whose commit was refused.
   *
   * @param nowMs On the engine's clock; `Infinity`: it is time in any case.
   */
  commitIfDue(nowMs: number): AssignedPartition[] | null {
    const { autoCommit, autoCommitIntervalMs } = this.#config
    if (!autoCommit) return null
    if (autoCommitIntervalMs > 0) {
      if (nowMs < this.#nextMs) return null
      if (nowMs < Infinity) this.#nextMs = nowMs + autoCommitIntervalMs
    }
    let refused = this.#takeRefusedLater()
    for (const assigned of this.#subscription.order) {
      const answer = assigned.commitDone()
      if (answer === false && !assigned.open.isDeleted()) (refused ??= []).push(assigned)
      else if (answer !== null && typeof answer !== 'boolean') this.#awaitAnswer(assigned, answer)
    }
    return refused
  }

  /** @throws What the answer to an earlier commit was rejected with, once. */
  assertAnswered(): void {
    const failure = this.#failure
    if (failure === null) return
    this.#failure = null
    throw failure.error
  }

  /**
   * Commits before partitions are given up, whatever is refused: they are given up in any case. `null`: it is
   * done; else resolves when it is.
   */
  commitBeforeLoss(): Promise<unknown> | null {
    if (!this.#config.autoCommit) return null
    let answers: Array<Promise<boolean>> | null = null
    for (const assigned of this.#subscription.order) {
      const answer = assigned.commitDone()
      if (answer !== null && typeof answer !== 'boolean') (answers ??= []).push(answer)
    }
    return answers && Promise.allSettled(answers)
  }

  #awaitAnswer(assigned: AssignedPartition, answer: Promise<boolean>): void {
    answer.then(
      (isAccepted) => {
        if (!isAccepted && !assigned.open.isDeleted()) this.#refusedLater.push(assigned)
      },
      (error: unknown) => {
        this.#failure = { error }
      },
    )
  }

  /** Of what was given up since there is nothing to say. */
  #takeRefusedLater(): AssignedPartition[] | null {
    if (this.#refusedLater.length === 0) return null
    const { order } = this.#subscription
    const refused = this.#refusedLater.filter((assigned) => order.includes(assigned))
    this.#refusedLater = []
    return refused.length > 0 ? refused : null
  }
}
