import type { Clock } from '@ringlog/core/internal'
import type { Membership } from './membership.ts'
import type { OffsetCommits } from './offset-commits.ts'

/** What polls and iterations do for a consumer's group. */
export class PollGroup {
  readonly #membership: Membership
  readonly #commits: OffsetCommits
  readonly #clock: Clock
  readonly #commitsAtIntervals: boolean
  #givenSinceSign = 0

  constructor(
    membership: Membership,
    commits: OffsetCommits,
    autoCommitIntervalMs: number,
    clock: Clock,
  ) {
    this.#clock = clock
    this.#membership = membership
    this.#commits = commits
    this.#commitsAtIntervals = autoCommitIntervalMs > 0
  }

  /** Whether polls may hand out records: else `rebalance`, and wait while `isRebalancing`. */
  get isReady(): boolean {
    return this.#membership.isReady
  }

  get isRebalancing(): boolean {
    return this.#membership.isRebalancing
  }

  /** See `Membership.rebalance`. */
  rebalance(): void {
    this.#membership.rebalance()
  }

  /** A poll begins: what was handed out before counts as consumed by now. */
  beginPoll(nowMs: number): void {
    this.#membership.beat(nowMs)
    this.#commits.autoCommit(nowMs)
  }

  /**
   * There is nothing to hand out. What is consumed is committed now, whatever the interval: what the
   * poll waits for may be kept from the ring by it.
   */
  beginWaiting(): void {
    if (this.#commitsAtIntervals) this.#commits.autoCommit(Infinity)
    this.#membership.beginWaiting()
  }

  endWaiting(): void {
    this.#membership.beat(this.#clock.nowMs())
  }

  /** An iteration gives a record: every few of them count as a poll does, for the group. */
  recordGiven(): void {
    if (++this.#givenSinceSign < RECORDS_PER_SIGN) return
    this.#givenSinceSign = 0
    const nowMs = this.#clock.nowMs()
    this.#membership.beat(nowMs)
    this.#commits.onRecordsGiven(nowMs)
  }

  /** An iteration ends: the group's offsets show what it has given. */
  iterationEnded(): void {
    this.#commits.reportPositions()
  }
}

/** After so many records of an iteration they are shown to its group. */
const RECORDS_PER_SIGN = 8
