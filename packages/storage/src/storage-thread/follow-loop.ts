import { nextTurn, type Clock, type Doorbell } from '@ringlog/core/internal/storage'
import type { StoredPartition } from './stored-partition.ts'
import type { SyncQueue } from './sync-queue.ts'

/** After so long the event loop turns, and all partitions are looked at. */
const MAX_TURN_MS = 1

/**
 * What is written in a round at most where somebody may wait for each record, and the next comes at once. Where more comes,
 * the time that the event loop takes to wake lets it come in larger pieces, each with fewer wake-ups.
 */
const MAX_AWAITED_BYTES = 16 * 1024

/**
 * Follows the rings of all partitions, in rounds of one chunk each; waits at the doorbell that every partition
 * worker rings while none has something to do.
 *
 * After a round it looks for a while at those alone that had something to do: they are the most likely to have more,
 * and there may be thousands of others. Where that was little, it blocks for what comes next, briefly (INV-12).
 *
 * Thread: the storage thread's. It blocks for one chunk at a time.
 */
export class FollowLoop {
  readonly #options: FollowLoopOptions
  /** The keys of those that had something to do in the last round: meanwhile some may be closed. */
  #busy: string[] = []
  /** What was written in the last round. */
  #writtenBytes = 0
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
    const { doorbell, clock } = this.#options
    while (!this.#isEnded) {
      this.#mayBeDue = false
      if (await this.#round()) {
        while (this.#mayBlock && doorbell.waitBriefly(this.#isBusyOneDue)) this.#busyRound()
        await this.#turn()
      } else {
        await doorbell.waitAsync(this.#isAnyDue, { deadlineMs: this.#wakeAtMs })
        this.#turnedAtMs = clock.nowMs()
      }
    }
  }

  /** Gives each partition its turn that has something to do; says whether there was anything. */
  async #round(): Promise<boolean> {
    const { partitions, syncs, clock } = this.#options
    const hadAnswer = syncs.hasAnswer
    syncs.look()
    const busy: string[] = []
    this.#writtenBytes = 0
    for (const [key, partition] of partitions) {
      if (!partition.isDue(clock.nowMs())) continue
      this.#writtenBytes += partition.step(busy.length === 0 && this.#isOnlyBusyOne(key))
      busy.push(key)
      if (this.#isTurnDue()) await this.#turn()
    }
    if (busy.length > 0) this.#busy = busy // else an answered sync is of one that was
    return busy.length > 0 || hadAnswer
  }

  /** The same for those that had something to do, until a turn is due. */
  #busyRound(): void {
    const { partitions, syncs, clock } = this.#options
    syncs.look()
    this.#writtenBytes = 0
    for (const key of this.#busy) {
      if (this.#isTurnDue()) return
      const partition = partitions.get(key)
      if (partition?.isDue(clock.nowMs()) !== true) continue
      this.#writtenBytes += partition.step(this.#isOnlyBusyOne(key))
    }
  }

  /** Whether no other had something to do in the last round. */
  #isOnlyBusyOne(key: string): boolean {
    return this.#busy.every((busy) => busy === key)
  }

  get #mayBlock(): boolean {
    return !this.#mayBeDue && this.#writtenBytes <= MAX_AWAITED_BYTES && !this.#isTurnDue()
  }

  #isTurnDue(): boolean {
    return this.#options.clock.nowMs() - this.#turnedAtMs >= MAX_TURN_MS
  }

  async #turn(): Promise<void> {
    const { clock } = this.#options
    await nextTurn(clock)
    this.#turnedAtMs = clock.nowMs()
  }

  readonly #isBusyOneDue = (): boolean => {
    const { partitions, syncs, clock } = this.#options
    if (syncs.hasAnswer) return true
    const nowMs = clock.nowMs()
    return this.#busy.some((key) => partitions.get(key)?.isDue(nowMs) === true)
  }

  readonly #isAnyDue = (): boolean => {
    const { partitions, syncs, clock } = this.#options
    if (this.#mayBeDue || syncs.hasAnswer) return true
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
