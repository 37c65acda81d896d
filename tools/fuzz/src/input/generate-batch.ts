import { compressBatch, type CompressionType } from '@ringlog/core'
import { writePlainVarint } from '../reference/plain-varint.ts'
import { concat, viewOf } from './mutate-bytes.ts'
import type { Random } from './random.ts'

const BASE_TIMESTAMPS = [0n, -1n, 1_700_000_000_000n, 2n ** 53n - 1n, 2n ** 53n - 2n, -2n] as const
const DELTAS = [
  0n,
  1n,
  -1n,
  63n,
  64n,
  8191n,
  8192n,
  2n ** 31n,
  2n ** 53n - 1n,
  -(2n ** 53n),
  -(2n ** 53n) - 1n,
  2n ** 53n + 1n,
  2n ** 62n,
  -(2n ** 63n),
] as const
const LIES = [-2, -1, 0, 1, 2, 61, 127, 128, 2 ** 20, 2 ** 31 - 1, -(2 ** 31)] as const
const CODECS: readonly CompressionType[] = ['gzip', 'snappy', 'lz4', 'zstd']

/** How a batch is to be made. */
export interface BatchShape {
  /** How likely each length, count and delta is a lie. */
  readonly lies: number
  /** Whether its records are compressed. */
  readonly isCompressed: boolean
}

/** A record batch, format v2, some of whose numbers lie. */
export function generateBatch(random: Random, { lies, isCompressed }: BatchShape): Uint8Array {
  const lie = <T>(truth: T, others: readonly T[]): T =>
    random.chance(lies) ? random.pick(others) : truth
  const count = random.chance(0.1) ? 1 + random.below(200) : 1 + random.below(4)
  const records = Array.from({ length: count }, (_, index) => generateRecord(random, index, lie))
  const body = concat(...records, random.bytes(lie(0, [1, 2, 9])))
  const header = new Uint8Array(61)
  const view = viewOf(header)
  const recordsCount = lie(count, [0, -1, count + 1, count - 1, 2 ** 31 - 1])
  const hasProducer = random.chance(0.2)
  view.setBigInt64(0, lie(0n, [1n, -1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n]))
  view.setInt32(8, lie(49 + body.length, [0, -12, -13, 48, 50 + body.length, 2 ** 31 - 1]))
  header[16] = lie(2, [0, 1, 3, 255])
  view.setInt16(21, lie(0, [1, 2, 3, 4, 5, 7, 8, 16, 32, 33, 40, 64, -1]))
  view.setInt32(23, lie(recordsCount - 1, [recordsCount, 0, -1, 2 ** 31 - 1]))
  view.setBigInt64(27, lie(1_700_000_000_000n, BASE_TIMESTAMPS))
  view.setBigInt64(35, lie(1_700_000_000_000n, [...BASE_TIMESTAMPS, 2n ** 63n - 1n]))
  view.setBigInt64(43, hasProducer ? lie(BigInt(random.below(4)), [-2n, 2n ** 53n]) : -1n)
  view.setInt16(51, hasProducer ? lie(0, [-1, 1]) : -1)
  view.setInt32(53, hasProducer ? lie(0, [-1, 1, 2 ** 31 - 1]) : -1)
  view.setInt32(57, recordsCount)
  const batch = concat(header, body)
  return isCompressed ? compressed(batch, random) : batch
}

/** Sets what frames the records right again, so that a mutant of them is looked at to its end. */
export function repairBatch(batch: Uint8Array): Uint8Array {
  if (batch.length < 61) return batch
  const view = viewOf(batch)
  view.setInt32(8, batch.length - 12)
  batch[16] = 2
  view.setInt32(23, view.getInt32(57) - 1)
  return batch
}

function compressed(batch: Uint8Array, random: Random): Uint8Array {
  const attributes = viewOf(batch).getInt16(21)
  const plain = repairBatch(batch)
  viewOf(plain).setInt16(21, attributes & ~7)
  return compressBatch(plain, random.pick(CODECS))
}

function generateRecord(
  random: Random,
  index: number,
  lie: <T>(truth: T, others: readonly T[]) => T,
): Uint8Array {
  const data = (isKey: boolean): number[] => {
    if (random.chance(isKey ? 0.5 : 0.1)) return writePlainVarint(-1n)
    const bytes = random.bytes(random.chance(0.05) ? random.below(600) : random.below(12))
    return [...varint(lie(bytes.length, LIES)), ...bytes]
  }
  const headerCount = random.chance(0.8) ? 0 : 1 + random.below(4)
  const body = [
    lie(0, [1, 255]),
    ...writePlainVarint(lie(BigInt(random.below(100)), DELTAS)),
    ...varint(lie(index, [...LIES, index + 1])),
    ...data(true),
    ...data(false),
    ...varint(lie(headerCount, LIES)),
  ]
  for (let i = 0; i < headerCount; i++) {
    const name = random.bytes(random.below(6))
    body.push(...varint(lie(name.length, LIES)), ...name, ...data(false))
  }
  return Uint8Array.from([...varint(lie(body.length, [...LIES, body.length - 1])), ...body])
}

function varint(value: number): number[] {
  return writePlainVarint(BigInt(value), 32)
}
