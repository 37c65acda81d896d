import type { OpenPartition, PartitionCommits } from '@ringlog/core/internal'

/** What the group of a mock consumer has committed on a partition; `null`: nothing. */
export interface CommittedOffset {
  offset: number | null
}

/** A mock consumer's commits on one partition, from when it gets the partition until it has to give it up. */
export class MockCommits implements PartitionCommits {
  isRevoked = false
  readonly #kept: CommittedOffset

  constructor(kept: CommittedOffset) {
    this.#kept = kept
  }

  get committed(): number | null {
    return this.#kept.offset
  }

  commit(offset: number): boolean {
    if (this.isRevoked) return false
    this.#kept.offset = offset
    return true
  }

  report(): void {}
}

/** A partition of a mock consumer's log, open for it. */
export interface MockPartition<C extends MockCommits | null = MockCommits> extends OpenPartition {
  readonly commits: C
}
