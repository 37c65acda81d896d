/** What threads count, in memory that they share: each word is added to by whoever is at it. */
export const TALLIES = [
  'acknowledged',
  'failed',
  'consumed',
  'handled',
  /** Records that a consumer was not handed in the order of their offsets, without having been moved. */
  'outOfOrder',
  /** Threads that ended by an error of their own. */
  'broken',
] as const
export type Tally = (typeof TALLIES)[number]

export class Tallies {
  readonly memory: SharedArrayBuffer
  readonly #words: BigInt64Array

  /** Opens the tallies that lie in `memory`; without it, makes new ones. */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8 * TALLIES.length)) {
    this.memory = memory
    this.#words = new BigInt64Array(memory)
  }

  add(tally: Tally, count = 1): void {
    Atomics.add(this.#words, TALLIES.indexOf(tally), BigInt(count))
  }

  count(tally: Tally): number {
    return Number(Atomics.load(this.#words, TALLIES.indexOf(tally)))
  }
}
