import { nextTurn, type Clock, type Doorbell } from '@ringlog/core/internal/storage'
import type { StoredPartition } from './stored-partition.ts'
import type { SyncQueue } from './sync-queue.ts'

/** After so long the event loop turns, though not all partitions have had their chunk. */
const MAX_TURN_MS = 1

/**
 * Follows the rings of all partitions, in rounds of one chunk each; waits at the doorbell that every partition
 * worker rings while none has something to do.
 *
 * Thread: the storage thread's. It blocks for one chunk at a time, and, after a round, for what may come next:
 * briefly (INV-12).
 */
export class FollowLoop {
  readonly #options: FollowLoopOptions
  /** Something has happened by which a partition may be due at another time. */
  #mayBeDue = false
  #isEnded = false
  /** When the event loop has turned last. */
  #turnedAtMs: number

  constructor(options: FollowLoopOptions) {
    this.#options = options
    this.#turnedAtMs = options.clock.nowMs()
    void this.#run()
  }

  lookAgain(): void {
    this.#mayBeDue = true
    this.#options.doorbell.ring()
  }

  end(): void {
    this.#isEnded = true
    this.lookAgain()
  }

  async #run(): Promise<void> {
    const { doorbell } = this.#options
    while (!this.#isEnded) {
      this.#mayBeDue = false
      if (await this.#round()) {
        if (!doorbell.waitBriefly(this.#isDue)) await this.#turn()
      } else {
        await doorbell.waitAsync(this.#isDue, { deadlineMs: this.#wakeAtMs })
        this.#turnedAtMs = this.#options.clock.nowMs()
      }
    }
  }

  /** Gives each partition its turn that has something to do; says whether one had. */
  async #round(): Promise<boolean> {
    const { partitions, syncs, clock } = this.#options
    let wasAnyDue = syncs.hasAnswer
    syncs.look()
    for (const partition of partitions.values()) {
      const nowMs = clock.nowMs()
      if (!partition.isDue(nowMs)) continue
      wasAnyDue = true
      partition.step()
      if (nowMs - this.#turnedAtMs >= MAX_TURN_MS) await this.#turn()
    }
    return wasAnyDue
  }

  async #turn(): Promise<void> {
    const { clock } = this.#options
    await nextTurn(clock)
    this.#turnedAtMs = clock.nowMs()
  }

  readonly #isDue = (): boolean => this.#mayBeDue || this.#options.syncs.hasAnswer || this.#isAnyDue

  get #isAnyDue(): boolean {
    const { partitions, clock } = this.#options
    const nowMs = clock.nowMs()
    for (const partition of partitions.values()) if (partition.isDue(nowMs)) return true
    return false
  }

  get #wakeAtMs(): number {
    let wakeAtMs = Infinity
    for (const partition of this.#options.partitions.values()) {
      wakeAtMs = Math.min(wakeAtMs, partition.wakeAtMs)
    }
    return wakeAtMs
  }
}

export interface FollowLoopOptions {
  /** May change at any time: `lookAgain` is called where one is new. */
  readonly partitions: ReadonlyMap<string, StoredPartition>
  readonly syncs: SyncQueue
  /** The storage thread's, rung by partition workers, and by sync threads. */
  readonly doorbell: Doorbell
  readonly clock: Clock
}
