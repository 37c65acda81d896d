import { MAX_BATCH_LANE_SHARE, MAX_LANE_BYTES, MIN_LANE_BYTES } from './lane-layout.ts'

/** A larger lane only leaves the caches: what is on its way is limited anyway. */
const MAX_SHARED_LANE_BYTES = 1024 * 1024

export interface LaneSizing {
  /** All of a producer's lanes together get half of it. */
  bufferMemoryBytes: number
  /** Partitions of the topic. */
  partitions: number
  batchSizeBytes: number
}

/**
 * The size of a producer's lane to one of its partitions: the largest power of two within
 * `bufferMemoryBytes` / (2 × `partitions`), at most 1 MiB; but never under 4 × `batchSizeBytes`,
 * rounded up to a power of two, so that an ordinary batch goes through it. (Where that makes more
 * than the memory allows, the caller opens fewer lanes.)
 */
export function laneBytesFor({
  bufferMemoryBytes,
  partitions,
  batchSizeBytes,
}: LaneSizing): number {
  const share = Math.min(bufferMemoryBytes / (2 * partitions), MAX_SHARED_LANE_BYTES)
  const needed = Math.min(MAX_BATCH_LANE_SHARE * batchSizeBytes, MAX_LANE_BYTES)
  return Math.max(powerOfTwoUpTo(share), powerOfTwoFrom(needed), MIN_LANE_BYTES)
}

function powerOfTwoUpTo(value: number): number {
  return value < 1 ? 0 : 2 ** (31 - Math.clz32(value))
}

function powerOfTwoFrom(value: number): number {
  return value <= 1 ? value : 2 ** (32 - Math.clz32(value - 1))
}
