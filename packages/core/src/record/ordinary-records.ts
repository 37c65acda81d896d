import { NONE } from './record-batch-format.ts'

/** What `latestOfOrdinaryRecords` answers where it cannot tell. */
export const NOT_ORDINARY = -1

/**
 * Looks through the records of a batch for one that is not ordinary: well-formed, without headers,
 * numbered by its place, not older than the batch's first, and so small that none of its numbers takes
 * more than two bytes. Most batches hold nothing else, and are found good in half the time that a walk
 * with a cursor takes.
 *
 * Returns the largest timestamp delta; `NOT_ORDINARY` where a walk must tell whether, and how, they are
 * malformed.
 *
 * @param at Where the first of `count` records starts in `bytes`; the last must end where `bytes` do.
 */
export function latestOfOrdinaryRecords(bytes: Uint8Array, at: number, count: number): number {
  let latest = 0
  let next = at
  for (let index = 0; index < count; index++) {
    let byte = bytes[next++]!
    // Zigzag: the lowest bit is the sign.
    if (byte >= 0x80) {
      const second = bytes[next++]!
      if (second >= 0x80) return NOT_ORDINARY
      byte = (byte & 0x7f) | (second << 7)
    }
    const end = next + (byte >>> 1)
    if ((byte & 1) !== 0 || !(end <= bytes.length)) return NOT_ORDINARY
    next++ // attributes: unused

    byte = bytes[next++]!
    if (byte >= 0x80) {
      const second = bytes[next++]!
      if (second >= 0x80) return NOT_ORDINARY
      byte = (byte & 0x7f) | (second << 7)
    }
    if ((byte & 1) !== 0) return NOT_ORDINARY
    const timestampDelta = byte >>> 1
    if (timestampDelta > latest) latest = timestampDelta

    byte = bytes[next++]!
    if (byte >= 0x80) {
      const second = bytes[next++]!
      if (second >= 0x80) return NOT_ORDINARY
      byte = (byte & 0x7f) | (second << 7)
    }
    if (byte !== index << 1) return NOT_ORDINARY

    // Key, then value.
    for (let field = 0; field < 2; field++) {
      byte = bytes[next++]!
      if (byte >= 0x80) {
        const second = bytes[next++]!
        if (second >= 0x80) return NOT_ORDINARY
        byte = (byte & 0x7f) | (second << 7)
      }
      if ((byte & 1) === 0) next += byte >>> 1
      else if (byte !== ZIGZAG_NONE) return NOT_ORDINARY
    }
    // One byte, 0: no headers.
    if (next + 1 !== end || bytes[next++] !== 0) return NOT_ORDINARY
  }
  return next === bytes.length ? latest : NOT_ORDINARY
}

/** `NONE`, the length of null, as a zigzag number. */
const ZIGZAG_NONE = (NONE << 1) ^ (NONE >> 31)
