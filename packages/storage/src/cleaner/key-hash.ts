/**
 * A hash of 128 bits of a key: SipHash-2-4, under a secret of 128 bits. Without the secret nobody can make two keys of
 * one hash, of which compaction would take the older for outdated.
 *
 * The 64-bit words of the algorithm are two of 32 bits each, low and high: BigInt would allocate.
 *
 * Source: Aumasson and Bernstein, _SipHash: a fast short-input PRF_, INDOCRYPT 2012, and its reference
 * implementation, `siphash.c`.
 */
export class KeyHash {
  /** The hash that `of` has made: four words, the lowest first. */
  readonly words: Int32Array = new Int32Array(4)
  readonly #secret: Int32Array
  /** v0 to v3: low, high, low, high … */
  readonly #state = new Int32Array(8)

  /** @param secret 16 bytes. */
  constructor(secret: Uint8Array) {
    this.#secret = Int32Array.from({ length: 4 }, (_, word) => wordAt(secret, 4 * word))
  }

  /** Hashes `length` bytes; `words` has what comes of it. */
  of(bytes: Uint8Array, start: number, length: number): void {
    const v = this.#state
    const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = this.#secret
    v[0] = 0x70736575 ^ k0
    v[1] = 0x736f6d65 ^ k1
    v[2] = 0x6e646f6d ^ k2 ^ WIDE
    v[3] = 0x646f7261 ^ k3
    v[4] = 0x6e657261 ^ k0
    v[5] = 0x6c796765 ^ k1
    v[6] = 0x79746573 ^ k2
    v[7] = 0x74656462 ^ k3
    const end = start + length
    let at = start
    for (; at + 8 <= end; at += 8) mix(v, wordAt(bytes, at), wordAt(bytes, at + 4))
    let low = 0
    let high = length << 24
    for (let shift = 0; at < end; at++, shift += 8) {
      if (shift < 32) low |= bytes[at]! << shift
      else high |= bytes[at]! << (shift - 32)
    }
    mix(v, low, high)
    v[4] ^= WIDE
    finish(v, this.words, 0)
    v[2] ^= 0xdd
    finish(v, this.words, 2)
  }
}

/** What sets the hash of 128 bits apart from that of 64. */
const WIDE = 0xee

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function mix(v: Int32Array, low: number, high: number): void {
  v[6]! ^= low
  v[7]! ^= high
  round(v)
  round(v)
  v[0]! ^= low
  v[1]! ^= high
}

function finish(v: Int32Array, words: Int32Array, at: number): void {
  for (let count = 0; count < 4; count++) round(v)
  words[at] = v[0]! ^ v[2]! ^ v[4]! ^ v[6]!
  words[at + 1] = v[1]! ^ v[3]! ^ v[5]! ^ v[7]!
}

/** One SipRound; the words are in local variables meanwhile, which takes a third of the time. */
function round(v: Int32Array): void {
  let a = v[0]!
  let A = v[1]!
  let b = v[2]!
  let B = v[3]!
  let c = v[4]!
  let C = v[5]!
  let d = v[6]!
  let D = v[7]!
  let low = 0

  low = a
  a = (a + b) | 0
  A = (A + B + carry(a, low)) | 0
  low = b
  b = ((b << 13) | (B >>> 19)) ^ a
  B = ((B << 13) | (low >>> 19)) ^ A
  low = a
  a = A
  A = low

  low = c
  c = (c + d) | 0
  C = (C + D + carry(c, low)) | 0
  low = d
  d = ((d << 16) | (D >>> 16)) ^ c
  D = ((D << 16) | (low >>> 16)) ^ C

  low = a
  a = (a + d) | 0
  A = (A + D + carry(a, low)) | 0
  low = d
  d = ((d << 21) | (D >>> 11)) ^ a
  D = ((D << 21) | (low >>> 11)) ^ A

  low = c
  c = (c + b) | 0
  C = (C + B + carry(c, low)) | 0
  low = b
  b = ((b << 17) | (B >>> 15)) ^ c
  B = ((B << 17) | (low >>> 15)) ^ C
  low = c
  c = C
  C = low

  v[0] = a
  v[1] = A
  v[2] = b
  v[3] = B
  v[4] = c
  v[5] = C
  v[6] = d
  v[7] = D
}

/** Whether the low word has wrapped by an addition to `before`. */
function carry(sum: number, before: number): number {
  return sum >>> 0 < before >>> 0 ? 1 : 0
}
