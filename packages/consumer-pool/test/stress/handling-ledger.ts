/**
 * What handlers in all threads write down in shared memory, so that it outlives them: which records were
 * handled, how far each key is, which handler has it, and what was wrong.
 */
export interface LedgerMemory {
  /** Bytes: how often each record was handled, by partition and offset. */
  counts: SharedArrayBuffer
  /** Int32 words, by key: how many of its records are handled; then the thread that handles one. */
  keys: SharedArrayBuffer
  /** Bytes, by thread: 1 once it is about to crash. */
  crashed: SharedArrayBuffer
  /** Int32 words: see the names below. */
  words: SharedArrayBuffer
}

const MAX_OFFSETS = 500_000
const MAX_THREADS = 10_000
/** Names of words. */
const CRASH_DUE = 0
const CRASHES = 1
const THREADS = 2
const WRONG = 3

const WRONGS = [
  'nothing',
  'a record was handled before one of its key that comes before it',
  'two records of a key were handled at once',
]

export class HandlingLedger {
  readonly memory: LedgerMemory
  readonly #keyCount: number
  readonly #counts: Uint8Array
  readonly #keys: Int32Array
  readonly #crashed: Uint8Array
  readonly #words: Int32Array

  constructor(partitions: number, keys: number, memory?: LedgerMemory) {
    this.memory = memory ?? {
      counts: new SharedArrayBuffer(partitions * MAX_OFFSETS),
      keys: new SharedArrayBuffer(keys * 8),
      crashed: new SharedArrayBuffer(MAX_THREADS),
      words: new SharedArrayBuffer(16),
    }
    this.#keyCount = keys
    this.#counts = new Uint8Array(this.memory.counts)
    this.#keys = new Int32Array(this.memory.keys)
    this.#crashed = new Uint8Array(this.memory.crashed)
    this.#words = new Int32Array(this.memory.words)
  }

  /** A number for a thread, from 1. */
  addThread(): number {
    return Atomics.add(this.#words, THREADS, 1) + 1
  }

  /** Handling begins: the key must be handled up to there, and by nobody else that lives. */
  begin(key: number, sequence: number, thread: number): void {
    if (sequence > Atomics.load(this.#keys, key)) Atomics.store(this.#words, WRONG, 1)
    const other = Atomics.exchange(this.#keys, this.#keyCount + key, thread)
    if (other !== 0 && Atomics.load(this.#crashed, other) === 0) {
      Atomics.store(this.#words, WRONG, 2)
    }
  }

  /** The handler is about to end, with the record handled or not. */
  end(key: number): void {
    Atomics.store(this.#keys, this.#keyCount + key, 0)
  }

  finish(partition: number, offset: number, key: number, sequence: number): void {
    if (offset >= MAX_OFFSETS) throw new Error(`more records than can be counted: ${offset}`)
    if (sequence === Atomics.load(this.#keys, key)) Atomics.store(this.#keys, key, sequence + 1)
    Atomics.add(this.#counts, partition * MAX_OFFSETS + offset, 1)
  }

  /** How often a record was handled, up to 255. */
  handled(partition: number, offset: number): number {
    return Atomics.load(this.#counts, partition * MAX_OFFSETS + offset)
  }

  /** Whoever handles the next record is to crash, in this way. */
  demandCrash(way: number): void {
    Atomics.store(this.#words, CRASH_DUE, way)
  }

  /** The way to crash; 0: go on. */
  takeCrash(thread: number): number {
    if (Atomics.load(this.#words, CRASH_DUE) === 0) return 0
    const way = Atomics.exchange(this.#words, CRASH_DUE, 0)
    if (way === 0) return 0
    Atomics.add(this.#words, CRASHES, 1)
    Atomics.store(this.#crashed, thread, 1)
    return way
  }

  get crashes(): number {
    return Atomics.load(this.#words, CRASHES)
  }

  get wrong(): string {
    return WRONGS[Atomics.load(this.#words, WRONG)]!
  }
}
