const SEED = 0x9747_b28c
const M = 0x5bd1_e995
const R = 24

/**
 * Murmur2 of `length` bytes from `start`, as a signed 32-bit integer: bit for bit what Kafka's Java
 * client computes.
 *
 * Source: Apache Kafka, `common/utils/Utils.java`, `murmur2`; after Austin Appleby's MurmurHash2.
 */
export function murmur2(bytes: Uint8Array, start = 0, length: number = bytes.length): number {
  let hash = SEED ^ length
  const wholeEnd = start + (length & ~3)
  for (let i = start; i < wholeEnd; i += 4) {
    let k = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    k = Math.imul(k, M)
    k ^= k >>> R
    k = Math.imul(k, M)
    hash = Math.imul(hash, M) ^ k
  }
  const tail = length & 3
  if (tail === 3) hash ^= bytes[wholeEnd + 2]! << 16
  if (tail >= 2) hash ^= bytes[wholeEnd + 1]! << 8
  if (tail >= 1) hash = Math.imul(hash ^ bytes[wholeEnd]!, M)
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  hash ^= hash >>> 15
  return hash
}

/**
 * The partition of a key: `(murmur2(key) & 0x7fffffff) % partitionCount`, exactly as Kafka's Java
 * client. (`>>> 0` instead of the mask would move half of all keys.)
 */
export function partitionOfKey(
  bytes: Uint8Array,
  start: number,
  length: number,
  partitionCount: number,
): number {
  return (murmur2(bytes, start, length) & 0x7fff_ffff) % partitionCount
}
