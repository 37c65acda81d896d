import {
  COMMITTED_WORD,
  CURRENT_OFFSET_WORD,
  POSITION_WORD,
  REVOKED_WORD,
  committedOffsetOf,
  releasedBelow,
} from './gate-layout.ts'

/**
 * The controller's side of a group's gate: where the group stands, and the word that takes the grant
 * away from its owner.
 *
 * Thread: the controller's.
 */
export class GateView {
  readonly memory: SharedArrayBuffer
  readonly #words: BigInt64Array

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#words = new BigInt64Array(memory)
  }

  /** The committed offset; `null`: nothing is committed. */
  get committed(): number | null {
    return committedOffsetOf(this.committedWord)
  }

  /** The offset below which the group has released everything. */
  get heldOffset(): number {
    return releasedBelow(this.committedWord)
  }

  /** COMMITTED as it stands: see `gate-layout.ts`. */
  get committedWord(): number {
    return Number(Atomics.load(this.#words, COMMITTED_WORD)) // INV-30
  }

  /** Only where the partition has no worker that would: see `GateTable.open`. */
  set committedWord(value: number) {
    Atomics.store(this.#words, COMMITTED_WORD, BigInt(value)) // INV-31
  }

  /** The owner's next record to hand out; -1: none yet. */
  get position(): number {
    return Number(Atomics.load(this.#words, POSITION_WORD))
  }

  /** The last record that the owner handed out; -1: none yet. */
  get currentOffset(): number {
    return Number(Atomics.load(this.#words, CURRENT_OFFSET_WORD))
  }

  /** Refuses every commit from now on. The final offset is read after this (INV-30). */
  revoke(): void {
    Atomics.store(this.#words, REVOKED_WORD, 1n) // INV-30
  }
}
