/**
 * The memory of one gate: a SharedArrayBuffer of its own for each holder of each partition, and never
 * used again for another (INV-32). 64-bit words, little-endian.
 *
 * ```text
 *  byte   name             writer       readers                       access
 *     0   COMMITTED        the holder   partition worker, controller  Atomics.store / load   INV-9, INV-30
 *     8   POSITION         the holder   controller                    Atomics.store / load, information only
 *    16   CURRENT_OFFSET   the holder   controller                    Atomics.store / load, information only
 *    24   (spare)
 *   128   REVOKED          controller   the holder                    Atomics.store / load   INV-30
 *   136   (spare)
 *   256   (end)
 * ```
 *
 * COMMITTED says below which offset everything is released. What a group has committed, and where a
 * consumer without a group stands, is the offset itself. A group that has committed nothing yet holds
 * from where it starts: `-1 - start`; so the start, and that it is no commit, are one word and cannot
 * be read apart.
 *
 * The partition worker, or the controller where the partition has none, opens the gate: it writes COMMITTED
 * before the gate is handed to its holder, whose first store comes after that (INV-31).
 *
 * POSITION and CURRENT_OFFSET: the next record to hand out, and the last one handed out; -1 for none.
 */
export const GATE_BYTES = 256

/** Bytes between words with different writers: two cache lines. */
const LINE_BYTES = 128
const WORD_BYTES = 8

export const COMMITTED_BYTE = 0
export const POSITION_BYTE = COMMITTED_BYTE + WORD_BYTES
export const CURRENT_OFFSET_BYTE = POSITION_BYTE + WORD_BYTES
export const REVOKED_BYTE = COMMITTED_BYTE + LINE_BYTES

/** Index of a word in a `BigInt64Array` over the memory. */
export const COMMITTED_WORD = COMMITTED_BYTE / WORD_BYTES
export const POSITION_WORD = POSITION_BYTE / WORD_BYTES
export const CURRENT_OFFSET_WORD = CURRENT_OFFSET_BYTE / WORD_BYTES
export const REVOKED_WORD = REVOKED_BYTE / WORD_BYTES

if (REVOKED_BYTE + LINE_BYTES !== GATE_BYTES) throw new Error('gate layout does not add up')

/** Allocates the memory of a gate: released up to 0, nothing handed out. */
export function createGateMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(GATE_BYTES)
  const words = new BigInt64Array(memory)
  words[POSITION_WORD] = -1n
  words[CURRENT_OFFSET_WORD] = -1n
  return memory
}

/** What COMMITTED holds for a group that starts at `start` and has committed nothing. */
export function heldSince(start: number): number {
  return -1 - start
}

/** The offset below which everything is released. */
export function releasedBelow(committedWord: number): number {
  return committedWord < 0 ? -1 - committedWord : committedWord
}

/** The committed offset; `null` where nothing is committed. */
export function committedOffsetOf(committedWord: number): number | null {
  return committedWord < 0 ? null : committedWord
}
