import type { PartitionCount } from './topic.ts'

/**
 * One word of shared memory that tells everyone how many partitions a topic has, without a call: a
 * producer looks at it, and routes to new partitions at once.
 *
 * Thread: the controller alone writes; anyone reads.
 */
export class PartitionCountWord implements PartitionCount {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array

  /** Opens the word that lies in `memory`; without one, makes a new one. */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  /** How many partitions the topic has now; -1 once it is deleted. */
  get count(): number {
    return Atomics.load(this.#words, 0) // INV-40, INV-41
  }

  /**
   * The same by a plain load, for use per record: it may be late, but not by more than a turn of the
   * event loop, because a thread hears of a change by a message.
   */
  get current(): number {
    return this.#words[0]!
  }

  get isDeleted(): boolean {
    return this.count === DELETED
  }

  /**
   * To be called once the partitions have started: a client that reads the count can connect to all of them.
   */
  setCount(count: number): void {
    Atomics.store(this.#words, 0, count) // INV-40
  }

  /** The topic is deleted; one of the same name has a word of its own. */
  setDeleted(): void {
    Atomics.store(this.#words, 0, DELETED) // INV-41
  }
}

const DELETED = -1
