import { partitionOfKey } from '@ringlog/core/internal'
import { randomOf } from './random.ts'

const SEED = 1
const PREFIX = 'key-'

/**
 * Keys that are drawn as words are in a language: the second is half as frequent as the first, the third a
 * third, and so on. The same draws in every thread.
 *
 * Source: Zipf's law with exponent 1, drawn by the inverse of its sums.
 */
export class ZipfKeys {
  readonly keys: readonly string[]
  /** By their place among the draws: which key it is. */
  readonly draws: Int32Array

  constructor(keys: number, draws: number) {
    this.keys = Array.from({ length: keys }, (_, key) => PREFIX + key)
    const sums = new Float64Array(keys)
    for (let key = 0, sum = 0; key < keys; key++) sums[key] = sum += 1 / (key + 1)
    const random = randomOf(SEED)
    this.draws = Int32Array.from({ length: draws }, () =>
      firstAbove(sums, random() * sums[keys - 1]!),
    )
  }

  /** Reads which key these bytes are. */
  static keyAt(bytes: Uint8Array, start: number, length: number): number {
    let key = 0
    for (let at = start + PREFIX.length; at < start + length; at++) key = key * 10 + bytes[at]! - 48
    return key
  }

  /** By key: the partition that Kafka's hash gives it. */
  partitionsOf(partitions: number): Int32Array {
    return Int32Array.from(this.keys, (key) => {
      const bytes = Buffer.from(key)
      return partitionOfKey(bytes, 0, bytes.length, partitions)
    })
  }

  /** By partition: how many of the draws go there. */
  countsOf(partitions: number): number[] {
    const partitionOf = this.partitionsOf(partitions)
    const counts = Array.from({ length: partitions }, () => 0)
    for (const key of this.draws) counts[partitionOf[key]!]!++
    return counts
  }
}

function firstAbove(sums: Float64Array, wanted: number): number {
  let [low, high] = [0, sums.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sums[middle]! > wanted) high = middle
    else low = middle + 1
  }
  return low
}
