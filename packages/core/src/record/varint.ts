/**
 * Zigzag variable-length integers, as Kafka's record format uses them: 7 bits a byte, least
 * significant group first, the high bit set on every byte but the last.
 *
 * Numbers up to 32 bits take the integer path; timestamp deltas beyond it take arithmetic on
 * doubles, exact for every safe integer, because BigInt allocates.
 *
 * Source: Protocol Buffers encoding, as cited by Kafka's `common/utils/ByteUtils.java`.
 */

/** Bytes that `value`, a 32-bit signed integer, takes. */
export function sizeOfVarint(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  if (zigzag < 0x80) return 1
  if (zigzag < 0x4000) return 2
  if (zigzag < 0x20_0000) return 3
  if (zigzag < 0x1000_0000) return 4
  return 5
}

/** Writes a 32-bit signed integer at `byteIndex`; returns the index after it. */
export function writeVarint(bytes: Uint8Array, byteIndex: number, value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0
  // One or two bytes are nearly all there are: small enough for the compiler to put in line.
  if (zigzag < 0x80) {
    bytes[byteIndex] = zigzag
    return byteIndex + 1
  }
  if (zigzag < 0x4000) {
    bytes[byteIndex] = (zigzag & 0x7f) | 0x80
    bytes[byteIndex + 1] = zigzag >>> 7
    return byteIndex + 2
  }
  return writeLongVarint(bytes, byteIndex, zigzag)
}

function writeLongVarint(bytes: Uint8Array, byteIndex: number, zigzag: number): number {
  let rest = zigzag
  let at = byteIndex
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

/** Bytes that `value`, a safe integer, takes. */
export function sizeOfVarlong(value: number): number {
  if ((value | 0) === value) return sizeOfVarint(value)
  let size = 1
  for (let rest = zigzagOf(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size++
  return size
}

/** Writes a safe integer at `byteIndex`; returns the index after it. */
export function writeVarlong(bytes: Uint8Array, byteIndex: number, value: number): number {
  if ((value | 0) === value) return writeVarint(bytes, byteIndex, value)
  // One bit less than the zigzag form: it stays exact where doubling a negative number would not.
  const sign = value < 0 ? 1 : 0
  let rest = value < 0 ? -value - 1 : value
  let group = (rest % 0x40) * 2 + sign
  rest = Math.floor(rest / 0x40)
  let at = byteIndex
  while (rest > 0) {
    bytes[at++] = group | 0x80
    group = rest % 0x80
    rest = Math.floor(rest / 0x80)
  }
  bytes[at++] = group
  return at
}

/** Exact to 2^52; beyond, off by one at most, which never changes the number of 7-bit groups. */
function zigzagOf(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}
