import type { Parameters } from '../define-scenario.ts'
import { numberOf } from '../runner/parameters.ts'
import { randomOf } from './random.ts'

export const MIN_MIXED_BYTES = 20
export const MAX_MIXED_BYTES = 400

/** So many sizes are drawn; then they come again. A power of two. */
const MIXED_SIZES = 4096

/** How long the value of each sequence is: all alike, or at random from a seed. */
export class ValueSizes {
  /** By the sequence's lowest bits: `bytes[sequence & mask]`. */
  readonly bytes: Int32Array
  readonly mask: number

  private constructor(bytes: Int32Array) {
    this.bytes = bytes
    this.mask = bytes.length - 1
  }

  static alike(sizeBytes: number): ValueSizes {
    return new ValueSizes(Int32Array.of(sizeBytes))
  }

  /** Each from `MIN_MIXED_BYTES` to `MAX_MIXED_BYTES`; the same ones for the same seed. */
  static mixed(seed: number): ValueSizes {
    const random = randomOf(seed)
    const choices = MAX_MIXED_BYTES - MIN_MIXED_BYTES + 1
    const size = (): number => MIN_MIXED_BYTES + Math.floor(random() * choices)
    return new ValueSizes(Int32Array.from({ length: MIXED_SIZES }, size))
  }

  /** What a run's parameters say: mixed where there is a seed, else of `recordSizeBytes`. */
  static of(parameters: Parameters): ValueSizes {
    if (parameters.seed === undefined)
      return ValueSizes.alike(numberOf(parameters, 'recordSizeBytes'))
    return ValueSizes.mixed(numberOf(parameters, 'seed'))
  }

  /** Bytes of all values with the sequences from `first` on. */
  total(first: number, count: number): number {
    const upTo = (end: number): number => {
      const rest = this.bytes.subarray(0, end % this.bytes.length)
      return Math.floor(end / this.bytes.length) * sum(this.bytes) + sum(rest)
    }
    return upTo(first + count) - upTo(first)
  }
}

function sum(sizes: Int32Array): number {
  return sizes.reduce((a, b) => a + b, 0)
}
