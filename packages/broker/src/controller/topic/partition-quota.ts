import { RinglogError, show } from '@ringlog/core/internal'

/**
 * How many partitions a broker may still start, over all topics: each is a thread. A partition counts
 * from before its thread starts until its topic is deleted.
 */
export class PartitionQuota {
  #left: number

  constructor(maxPartitions: number) {
    this.#left = maxPartitions
  }

  get left(): number {
    return this.#left
  }

  take(count: number): void {
    this.#left -= count
  }

  giveBack(count: number): void {
    this.#left += count
  }

  /**
   * Checks what a topic of `current` partitions is to grow to; returns how many that adds.
   *
   * @throws RinglogError INVALID_PARTITIONS.
   */
  checkGrowth(topic: string, current: number, requested: unknown): number {
    const details = { topic, partitions: current, requested: show(requested), left: this.#left }
    if (!Number.isSafeInteger(requested)) {
      throw new RinglogError(
        'INVALID_PARTITIONS',
        `the number of partitions must be an integer, got ${show(requested)}`,
        { details },
      )
    }
    const added = (requested as number) - current
    if (added <= 0) {
      throw new RinglogError(
        'INVALID_PARTITIONS',
        `topic ${topic} has ${current} partitions, asked for ${show(requested)}: ` +
          'partitions can be added, not taken away',
        { details },
      )
    }
    if (added <= this.#left) return added
    throw new RinglogError(
      'INVALID_PARTITIONS',
      `topic ${topic} has ${current} partitions, asked for ${show(requested)}: ` +
        `the broker's maxPartitions leaves ${this.#left} more`,
      { details },
    )
  }
}
