/**
 * The epoch by which a member commits: written where its membership is kept, read by its consumer. One word, for each
 * member a memory of its own.
 *
 * ```text
 *  byte   name    writer                 reader         access
 *     0   EPOCH   who keeps the member   its consumer   Atomics.store / load   INV-190
 *     8   (end)
 * ```
 */
export class MemberEpoch {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.memory = memory
    this.#words = new Int32Array(memory)
  }

  /** Kafka's member epoch, or generation; -1: it is no member. */
  get epoch(): number {
    return Atomics.load(this.#words, 0) // INV-190
  }

  set epoch(epoch: number) {
    Atomics.store(this.#words, 0, epoch) // INV-190
  }
}
