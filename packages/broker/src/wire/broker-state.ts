/**
 * One word of shared memory that tells every client how its broker is, without a call: a thread that
 * sleeps on its doorbell looks at it when it is rung.
 *
 * Thread: the controller writes; once it has ended, any thread that notices this writes the same value;
 * any thread reads.
 */
export class BrokerState {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  /**
   * A plain read, because a producer reads it for every record. A thread that was rung has read its
   * doorbell's sequence atomically, and so sees what was written before the ring (INV-7, INV-8); any other
   * thread sees it a little later, as if it had looked a little earlier.
   */
  get isClosed(): boolean {
    return this.#words[0] === CLOSED
  }

  /** The caller rings all that sleep after this (INV-7). */
  setClosed(): void {
    Atomics.store(this.#words, 0, CLOSED)
  }
}

const CLOSED = 1
