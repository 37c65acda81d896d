import type { Random } from './random.ts'

const BYTES = [0, 1, 2, 3, 0x0f, 0x10, 0x3f, 0x40, 0x7f, 0x80, 0x81, 0xfe, 0xff] as const
const INT32S = [
  0, 1, -1, 2, -2, 7, 8, 9, 60, 61, 62, 64, 127, 128, 255, 256, 4095, 4096, 65_535, 65_536,
  0x7fff_ffff, -0x8000_0000, 0x4000_0000,
] as const
const INT64S = [
  0n,
  1n,
  -1n,
  -2n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 53n),
  -(2n ** 63n),
] as const

const MAX_INPUT_BYTES = 16 * 1024

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array

/** Damages bytes as a fault would, or an enemy: bits, numbers at the edges, parts that are gone or doubled. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let mutated: Uint8Array = Uint8Array.from(bytes)
  const count = 1 + random.below(4)
  for (let i = 0; i < count; i++) {
    if (mutated.length === 0) mutated = random.bytes(8)
    mutated = random.pick(MUTATIONS)(mutated, random)
  }
  return mutated.subarray(0, MAX_INPUT_BYTES)
}

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
    return bytes
  },
  function setByte(bytes, random) {
    bytes[random.below(bytes.length)] = random.pick(BYTES)
    return bytes
  },
  function addToByte(bytes, random) {
    bytes[random.below(bytes.length)]! += random.pick([-2, -1, 1, 2])
    return bytes
  },
  function setInt32(bytes, random) {
    if (bytes.length < 4) return bytes
    const at = random.below(bytes.length - 3)
    viewOf(bytes).setInt32(at, random.pick(INT32S), random.chance(0.5))
    return bytes
  },
  function setInt64(bytes, random) {
    if (bytes.length < 8) return bytes
    const at = random.below(bytes.length - 7)
    viewOf(bytes).setBigInt64(at, random.pick(INT64S), random.chance(0.5))
    return bytes
  },
  function truncate(bytes, random) {
    return bytes.slice(0, random.below(bytes.length))
  },
  function remove(bytes, random) {
    const start = random.below(bytes.length)
    return concat(bytes.subarray(0, start), bytes.subarray(start + 1 + random.below(16)))
  },
  function insert(bytes, random) {
    const at = random.below(bytes.length + 1)
    return concat(bytes.subarray(0, at), random.bytes(1 + random.below(12)), bytes.subarray(at))
  },
  function repeat(bytes, random) {
    const start = random.below(bytes.length)
    const part = bytes.subarray(start, start + 1 + random.below(64))
    const copies = Array.from({ length: 1 + random.below(8) }, () => part)
    return concat(bytes.subarray(0, start), ...copies, bytes.subarray(start))
  },
  function lengthenVarint(bytes, random) {
    const at = random.below(bytes.length)
    const more = Array.from({ length: 1 + random.below(10) }, () => random.pick([0x80, 0xff]))
    return concat(bytes.subarray(0, at), Uint8Array.from(more), bytes.subarray(at))
  },
]

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}
