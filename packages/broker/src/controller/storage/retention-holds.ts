import type { Clock, ClockTimer } from '@ringlog/core/internal'
import type { Partition } from '../topic/partition.ts'

const INTERVAL_MS = 1_000
/** No group holds anything. */
const NOTHING_HELD = Number.MAX_SAFE_INTEGER

/**
 * Says every second, for topics with `retentionHeldBy: "groups"`, how far groups have come: retention follows them. A
 * group that comes, or goes back, is not waited for so long: see `PartitionFiles.holdAlso`.
 *
 * Thread: the controller's.
 */
export class RetentionHolds {
  readonly #options: RetentionHoldsOptions
  #timer: ClockTimer | null = null

  constructor(options: RetentionHoldsOptions) {
    this.#options = options
  }

  /** The groups of a former broker are there again by now. */
  start(): void {
    const { clock, partitions, lowestHeld } = this.#options
    for (const partition of partitions()) {
      const { files } = partition
      if (files?.areHeldByGroups !== true) continue
      const offset = Math.min(lowestHeld(partition), NOTHING_HELD)
      void files.hold(offset).catch(() => undefined) // it is said again in a second
    }
    this.#timer = clock.setTimer(() => this.start(), INTERVAL_MS)
    this.#timer.unref()
  }

  stop(): void {
    if (this.#timer !== null) this.#options.clock.clearTimer(this.#timer)
    this.#timer = null
  }
}

export interface RetentionHoldsOptions {
  readonly clock: Clock
  readonly partitions: () => Partition[]
  /** The first offset that a group has not committed there; `Infinity`: no group has the partition. */
  readonly lowestHeld: (partition: Partition) => number
}
