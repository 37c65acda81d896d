import { COMMITTED_WORD, releasedBelow } from './gate-layout.ts'

/**
 * The partition worker's side of all gates: who holds back which part of the ring. Each has a key:
 * what is opened under a key that is taken takes its place, in one turn, so that nothing it held can
 * be overwritten in between (INV-31).
 *
 * Thread: the partition worker.
 */
export class GateTable<Holder> {
  readonly #gates = new Map<string, OpenGate<Holder>>()

  get size(): number {
    return this.#gates.size
  }

  has(key: string): boolean {
    return this.#gates.has(key)
  }

  /** The COMMITTED word of the gate of that key; `null` where there is none. */
  committedWordOf(key: string): number | null {
    const gate = this.#gates.get(key)
    return gate === undefined ? null : Number(Atomics.load(gate.words, COMMITTED_WORD)) // INV-30
  }

  /**
   * Opens a gate, its COMMITTED word first. Its holder learns of the memory only afterwards, so this
   * store is not one of two writers'.
   */
  open(key: string, memory: SharedArrayBuffer, committedWord: number, holder: Holder): void {
    const words = new BigInt64Array(memory)
    Atomics.store(words, COMMITTED_WORD, BigInt(committedWord)) // INV-31
    this.#gates.set(key, { words, holder })
  }

  /** Takes over a gate that a former worker had opened: its holder has it, and moves it meanwhile. */
  attach(key: string, memory: SharedArrayBuffer, holder: Holder): void {
    this.#gates.set(key, { words: new BigInt64Array(memory), holder }) // INV-81: nothing is stored
  }

  /** Takes a gate away; returns whether there was one. */
  close(key: string): boolean {
    return this.#gates.delete(key)
  }

  /**
   * The offset below which all holders have released, and one that holds there; without holders `Infinity`
   * and `null`.
   */
  lowest(): { offset: number; holder: Holder | null } {
    let offset = Infinity
    let holder: Holder | null = null
    for (const gate of this.#gates.values()) {
      const gateOffset = releasedBelow(Number(Atomics.load(gate.words, COMMITTED_WORD))) // INV-9
      if (gateOffset >= offset) continue
      offset = gateOffset
      holder = gate.holder
    }
    return { offset, holder }
  }
}

/** A gate that is open: its memory, and who holds it. */
interface OpenGate<Holder> {
  readonly words: BigInt64Array
  readonly holder: Holder
}
