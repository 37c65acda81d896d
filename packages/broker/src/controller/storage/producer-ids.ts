/** So many ids are reserved at a time: what is not given of them when the broker ends is never given. */
const BLOCK = 1_000

/**
 * Gives producer ids, each once: also in the life of a directory (D-10). A log remembers the sequences of its
 * producers over a restart, and would take the first batches of another producer with the same id for duplicates.
 *
 * Thread: the controller's.
 */
export class ProducerIds {
  readonly #reserve: ((nextProducerId: number) => Promise<void>) | null
  #next = 0
  /** Ids before this one are reserved. */
  #end: number
  #reserving: Promise<void> | null = null

  /**
   * @param reserve Makes durable that ids before this one may have been given; `null`: nothing outlives the broker.
   */
  constructor(reserve: ((nextProducerId: number) => Promise<void>) | null) {
    this.#reserve = reserve
    this.#end = reserve === null ? Infinity : 0
  }

  /** No id before this one is given any more: a former broker may have given it. */
  startFrom(nextProducerId: number): void {
    this.#next = nextProducerId
    if (this.#reserve !== null) this.#end = nextProducerId
  }

  /** Gives an id. Rejects where none could be reserved; the next call tries again. */
  async take(): Promise<number> {
    while (this.#next >= this.#end) await (this.#reserving ??= this.#reserveBlock())
    return this.#next++
  }

  async #reserveBlock(): Promise<void> {
    const end = this.#end + BLOCK
    try {
      await this.#reserve!(end)
      this.#end = end // D-10
    } finally {
      this.#reserving = null
    }
  }
}
