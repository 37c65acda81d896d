import {
  BLOCKED_WORD,
  STORED_IN_MEMORY,
  openRingLogSections,
  storageKindOf,
} from '../ring/ring-log-layout.ts'
import type { Doorbell } from '../concurrent/doorbell.ts'
import type { PartitionCommits } from '../protocol/open-partition.ts'
import {
  COMMITTED_WORD,
  CURRENT_OFFSET_WORD,
  POSITION_WORD,
  REVOKED_WORD,
  committedOffsetOf,
} from './gate-layout.ts'

/**
 * A group's gate in the hands of one of its consumers: what lets it commit offsets of one partition,
 * until it is revoked.
 *
 * A commit is a store and two loads in shared memory; it makes no call and does not wait.
 *
 * Thread: the owner's; it alone writes, but for the revoked word.
 */
export class Grant implements PartitionCommits {
  readonly #words: BigInt64Array
  readonly #ringWords: BigInt64Array
  readonly #workerDoorbell: Doorbell
  readonly areStored: boolean
  #committed: number

  /** @param ring The memory of the partition that the gate is in. */
  constructor(memory: SharedArrayBuffer, ring: SharedArrayBuffer, workerDoorbell: Doorbell) {
    this.#words = new BigInt64Array(memory)
    this.#ringWords = new BigInt64Array(ring, 0, openRingLogSections(ring).dataByte / 8)
    this.#workerDoorbell = workerDoorbell
    this.areStored = storageKindOf(ring) !== STORED_IN_MEMORY
    this.#committed = Number(Atomics.load(this.#words, COMMITTED_WORD)) // INV-31
  }

  /** The committed offset as far as it was accepted, the next to read; `null`: nothing is committed. */
  get committed(): number | null {
    return committedOffsetOf(this.#committed)
  }

  /** Whether the controller has taken the grant away. */
  get isRevoked(): boolean {
    return Atomics.load(this.#words, REVOKED_WORD) !== 0n // INV-30
  }

  /**
   * Marks everything below `offset` as consumed, and lets it be overwritten. Returns whether the
   * commit is accepted: then every later owner starts from it. A commit that is refused may have been
   * counted all the same, where it came at the same time as the revocation; never the other way round.
   *
   * INV-10: the caller has copied out what it still needs of what it releases.
   */
  commit(offset: number): boolean {
    const isMove = offset !== this.#committed
    if (isMove) {
      Atomics.store(this.#words, COMMITTED_WORD, BigInt(offset)) // INV-9, INV-30: first the offset …
    }
    // INV-30: … then the look at the revoked word. What counts of a commit that is refused, the move of
    // the gate rings for (INV-62).
    if (this.isRevoked) return false
    this.#committed = offset
    if (isMove && Atomics.load(this.#ringWords, BLOCKED_WORD) !== 0n) this.#workerDoorbell.ring() // INV-9
    return true
  }

  /** Publishes where the owner stands, for queries of the group's offsets; -1: none. */
  report(position: number, currentOffset: number): void {
    Atomics.store(this.#words, CURRENT_OFFSET_WORD, BigInt(currentOffset))
    Atomics.store(this.#words, POSITION_WORD, BigInt(position))
  }
}
