import { nextTurn, type Clock, type Doorbell } from '@ringlog/core/internal/storage'
import type { StoredPartition } from './stored-partition.ts'

/** After so long the event loop turns, though not all partitions have had their chunk. */
const MAX_TURN_MS = 10

/**
 * Follows the rings of all partitions, in rounds of one chunk each; waits at the doorbell that every partition
 * worker rings while none has something to do.
 *
 * Thread: the storage thread's. It blocks for one chunk at a time.
 */
export class FollowLoop {
  readonly #partitions: ReadonlyMap<string, StoredPartition>
  readonly #doorbell: Doorbell
  readonly #clock: Clock
  /** Something has happened by which a partition may be due at another time. */
  #mayBeDue = false
  #isEnded = false

  /** @param partitions May change at any time: `lookAgain` is called where one is new. */
  constructor(partitions: ReadonlyMap<string, StoredPartition>, doorbell: Doorbell, clock: Clock) {
    this.#partitions = partitions
    this.#doorbell = doorbell
    this.#clock = clock
    void this.#run()
  }

  lookAgain(): void {
    this.#mayBeDue = true
    this.#doorbell.ring()
  }

  end(): void {
    this.#isEnded = true
    this.lookAgain()
  }

  async #run(): Promise<void> {
    while (!this.#isEnded) {
      this.#mayBeDue = false
      if (await this.#round()) await nextTurn(this.#clock)
      else {
        const deadlineMs = this.#wakeAtMs
        await this.#doorbell.waitAsync(() => this.#mayBeDue || this.#isAnyDue, { deadlineMs })
      }
    }
  }

  /** Gives each partition its turn that has something to do; says whether one had. */
  async #round(): Promise<boolean> {
    let wasAnyDue = false
    let turnedAtMs = this.#clock.nowMs()
    for (const partition of this.#partitions.values()) {
      const nowMs = this.#clock.nowMs()
      if (!partition.isDue(nowMs)) continue
      wasAnyDue = true
      partition.step()
      if (nowMs - turnedAtMs < MAX_TURN_MS) continue
      await nextTurn(this.#clock)
      turnedAtMs = this.#clock.nowMs()
    }
    return wasAnyDue
  }

  get #isAnyDue(): boolean {
    const nowMs = this.#clock.nowMs()
    for (const partition of this.#partitions.values()) if (partition.isDue(nowMs)) return true
    return false
  }

  get #wakeAtMs(): number {
    let wakeAtMs = Infinity
    for (const partition of this.#partitions.values()) {
      wakeAtMs = Math.min(wakeAtMs, partition.wakeAtMs)
    }
    return wakeAtMs
  }
}
