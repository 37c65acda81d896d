/** Zigzag varints the slow way: a BigInt for each. */

/** `isLong`: of 64 bits, in up to 10 bytes; else of 32, in up to 5. */
export function readPlainVarint(
  bytes: Uint8Array,
  start: number,
  end: number,
  isLong: boolean,
): { value: bigint; next: number } | null {
  const bits = isLong ? 64 : 32
  const maxBytes = isLong ? 10 : 5
  let zigzag = 0n
  for (let i = 0; i < maxBytes; i++) {
    if (start + i >= end) return null
    const byte = bytes[start + i]!
    zigzag |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte >= 0x80) continue
    // As Kafka's readers do, bits beyond the width are dropped.
    const cut = BigInt.asUintN(bits, zigzag)
    const value = BigInt.asIntN(bits, (cut >> 1n) ^ -(cut & 1n))
    return { value, next: start + i + 1 }
  }
  return null
}

export function writePlainVarint(value: bigint, bits = 64): number[] {
  const width = BigInt(bits)
  let rest = BigInt.asUintN(bits, (value << 1n) ^ (value >> (width - 1n)))
  const bytes: number[] = []
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return bytes
}
