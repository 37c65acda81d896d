import { BLOCKED_WORD, openRingLogSections } from '../ring/ring-log-layout.ts'
import { COMMITTED_WORD } from './gate-layout.ts'

/**
 * The side of a consumer without a group: everything below its gate's offset is released and may be
 * overwritten.
 *
 * Thread: the holder's; it alone writes.
 */
export class Gate {
  readonly #words: BigInt64Array
  readonly #ringWords: BigInt64Array
  #offset: number

  /** @param ring The memory of the partition that the gate is in. */
  constructor(memory: SharedArrayBuffer, ring: SharedArrayBuffer) {
    this.#words = new BigInt64Array(memory)
    this.#ringWords = new BigInt64Array(ring, 0, openRingLogSections(ring).dataByte / 8)
    this.#offset = Number(Atomics.load(this.#words, COMMITTED_WORD)) // INV-9
  }

  get offset(): number {
    return this.#offset
  }

  /**
   * Releases everything below `offset` (or, moved back, holds again what is still there). Returns
   * whether an append waits for room: the caller then rings the partition worker.
   *
   * INV-10: the caller has copied out what it still needs of what it releases.
   */
  release(offset: number): boolean {
    if (offset === this.#offset) return false
    this.#offset = offset
    Atomics.store(this.#words, COMMITTED_WORD, BigInt(offset)) // INV-9: first the offset …
    return Atomics.load(this.#ringWords, BLOCKED_WORD) !== 0n // INV-9: … then the look
  }
}
