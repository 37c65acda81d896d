import { NONE } from '../record/record-batch-format.ts'
import {
  BLOCKED_WORD,
  GATES_WORD,
  GATE_SLOTS,
  GATE_SLOT_WORDS,
  openRingLogSections,
} from './ring-log-layout.ts'

/**
 * A holder's side of a gate: everything below its offset is released and may be overwritten.
 *
 * Thread: the holder alone writes the slot. The partition worker hands slots out and takes them back.
 */
export class Gate {
  readonly #words: BigInt64Array
  readonly #word: number
  #offset: number

  constructor(memory: SharedArrayBuffer, slot: number) {
    this.#words = new BigInt64Array(memory, 0, openRingLogSections(memory).dataByte / 8)
    this.#word = gateWord(slot)
    this.#offset = Number(Atomics.load(this.#words, this.#word)) // INV-9
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
    Atomics.store(this.#words, this.#word, BigInt(offset)) // INV-9: first the offset …
    return Atomics.load(this.#words, BLOCKED_WORD) !== 0n // INV-9: … then the look
  }
}

/**
 * The partition worker's side of all gates: who holds back which part of the ring.
 *
 * Thread: the partition worker.
 */
export class GateTable {
  readonly #words: BigInt64Array
  readonly #slots = new Set<number>()

  constructor(memory: SharedArrayBuffer) {
    this.#words = new BigInt64Array(memory, 0, openRingLogSections(memory).dataByte / 8)
  }

  get size(): number {
    return this.#slots.size
  }

  /** Opens a gate at `offset`; returns its slot, or -1 where all 128 are taken. */
  add(offset: number): number {
    for (let slot = 0; slot < GATE_SLOTS; slot++) {
      if (this.#slots.has(slot)) continue
      // The holder learns of its slot only afterwards, so this store is not one of two writers'.
      Atomics.store(this.#words, gateWord(slot), BigInt(offset))
      this.#slots.add(slot)
      return slot
    }
    return NONE
  }

  /** Takes a gate away, once its holder has closed or died. */
  remove(slot: number): void {
    this.#slots.delete(slot)
  }

  /**
   * The offset below which all have released, and the slot of the one that holds there;
   * `Infinity` and -1 where there is no gate.
   */
  lowest(): { offset: number; slot: number } {
    let offset = Infinity
    let lowestSlot = NONE
    for (const slot of this.#slots) {
      const gateOffset = Number(Atomics.load(this.#words, gateWord(slot))) // INV-9
      if (gateOffset >= offset) continue
      offset = gateOffset
      lowestSlot = slot
    }
    return { offset, slot: lowestSlot }
  }
}

function gateWord(slot: number): number {
  return GATES_WORD + slot * GATE_SLOT_WORDS
}
