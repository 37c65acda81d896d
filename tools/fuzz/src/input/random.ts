import { seededRandom } from '@ringlog/test-kit'

/** Decisions of a seed. */
export class Random {
  readonly #next: () => number

  constructor(seed: number) {
    this.#next = seededRandom(seed)
  }

  /** From 0 to `limit`, exclusive. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit)
  }

  /** Whether something happens that does with this probability. */
  chance(probability: number): boolean {
    return this.#next() < probability
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let i = 0; i < length; i++) bytes[i] = this.below(256)
    return bytes
  }
}
