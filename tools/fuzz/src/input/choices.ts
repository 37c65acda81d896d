import { viewOf } from './mutate-bytes.ts'

const EDGES = [
  0,
  1,
  2,
  3,
  4,
  8,
  16,
  61,
  64,
  128,
  255,
  256,
  1024,
  4096,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 62,
  2 ** 63 - 1024,
] as const

/**
 * Reads decisions off an input's bytes: so a target whose input is a course of actions, or a value of any
 * shape, takes bytes all the same, which are mutated and replayed like any others. Past the end all is 0.
 */
export class Choices {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = viewOf(bytes)
  }

  get isEmpty(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0
  }

  below(limit: number): number {
    return (limit > 256 ? this.byte() * 256 + this.byte() : this.byte()) % limit
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!
  }

  boolean(): boolean {
    return (this.byte() & 1) === 1
  }

  int32(): number {
    const at = this.#at
    this.#at += 4
    return at + 4 <= this.#bytes.length ? this.#view.getInt32(at, true) : 0
  }

  /** At an edge, near one, or anywhere; of either sign. */
  integer(): number {
    const kind = this.byte()
    if (kind >= 192) return this.int32()
    const edge = EDGES[kind % EDGES.length]!
    const moved = edge + (kind >= 128 ? 1 : kind >= 64 ? -1 : 0)
    return this.boolean() ? -moved : moved
  }

  /** An integer, or what a float64 has beside them. */
  number(): number {
    const kind = this.byte()
    if (kind < 16) return this.pick([NaN, Infinity, -Infinity, -0, 0.5, 1e300, Number.MIN_VALUE])
    return this.integer()
  }

  bytes(maxLength: number): Uint8Array {
    const length = Math.min(this.below(maxLength + 1), Math.max(0, this.#bytes.length - this.#at))
    const start = this.#at
    this.#at += length
    return this.#bytes.slice(start, start + length)
  }

  /** All that is left. */
  rest(): Uint8Array {
    const start = Math.min(this.#at, this.#bytes.length)
    this.#at = this.#bytes.length
    return this.#bytes.slice(start)
  }
}
