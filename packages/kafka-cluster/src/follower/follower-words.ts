/**
 * What a follower tells of itself beside its ring: 64-bit words, little-endian.
 *
 * ```text
 *  byte   name          writer                             readers       access
 *     0   STATE         the follower; the hub, after its   all           Atomics.store / load   INV-187
 *                       thread has ended
 *     8   LEADER_EPOCH  the follower                       all           Atomics.store / load   INV-186
 *    16   LOG_START     the follower                       all           Atomics.store / load, information only
 *    24   LOG_END       the follower                       all           Atomics.store / load, information only
 *   128   (end)
 * ```
 *
 * LEADER_EPOCH is that of the last batch in the ring, or before it where there is none; -1: not known. LOG_START and LOG_END are where the cluster's log
 * begins and ends, as of the latest fetch.
 *
 * Thread: the follower's writes, its readers' read.
 */
export class FollowerWords {
  readonly memory: SharedArrayBuffer
  readonly #words: BigInt64Array

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory
    this.#words = new BigInt64Array(memory)
  }

  /**
   * @param bounds What is known of the log when its follower starts.
   * @param leaderEpoch Of the record before the ring's first one; -1: not known.
   */
  static create(
    bounds: { readonly logStartOffset: number; readonly endOffset: number },
    leaderEpoch: number,
  ): FollowerWords {
    const words = new FollowerWords(new SharedArrayBuffer(FOLLOWER_WORDS_BYTES))
    words.leaderEpoch = leaderEpoch
    words.setBounds(bounds.logStartOffset, bounds.endOffset)
    return words
  }

  /** Whether nothing is appended to the ring any more. */
  get isOver(): boolean {
    return Atomics.load(this.#words, STATE_WORD) === OVER // INV-187
  }

  /** Whoever calls this rings the readers afterwards (INV-7). */
  setOver(): void {
    Atomics.store(this.#words, STATE_WORD, OVER) // INV-187
  }

  get leaderEpoch(): number {
    return Number(Atomics.load(this.#words, LEADER_EPOCH_WORD)) // INV-186
  }

  set leaderEpoch(epoch: number) {
    Atomics.store(this.#words, LEADER_EPOCH_WORD, BigInt(epoch)) // INV-186
  }

  get logStartOffset(): number {
    return Number(Atomics.load(this.#words, LOG_START_WORD))
  }

  get logEndOffset(): number {
    return Number(Atomics.load(this.#words, LOG_END_WORD))
  }

  setBounds(logStartOffset: number, logEndOffset: number): void {
    Atomics.store(this.#words, LOG_START_WORD, BigInt(logStartOffset))
    Atomics.store(this.#words, LOG_END_WORD, BigInt(logEndOffset))
  }
}

export const FOLLOWER_WORDS_BYTES = 128
const STATE_WORD = 0
const LEADER_EPOCH_WORD = 1
const LOG_START_WORD = 2
const LOG_END_WORD = 3
const OVER = 1n
