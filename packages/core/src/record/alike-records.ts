import { MAX_ONE_BYTE_NUMBER, MAX_SHORT_NUMBER, shortVarint } from './record-head.ts'

/**
 * How many of the records behind a record, one after the other, look like it (`record-head.ts`): all their
 * numbers are the same, but for the index. So each is as well-formed as that record, as long, and has its key,
 * value and headers at the same distance from its start: who has decoded one has decoded them all. What is in
 * their headers is not compared, only how many there are.
 *
 * It takes half the time of decoding them, in three comparisons a record: none waits for another, since where
 * each starts does not depend on what is read. Called in vain, it takes the time of one or two records.
 *
 * Returns 0, too, for a record that is rare: one that is not short, has a long key, or an offset delta that is not
 * its index; one that is both longer than 63 bytes and more than 63 ms younger than the first of its batch; and
 * the last one whose index takes as few bytes as its own.
 *
 * @param view The batch, or more.
 * @param start Where the record starts: a well-formed one.
 * @param recordEnd Where it ends.
 * @param index Its place in its batch.
 * @param maxCount So many are looked at, at most.
 * @param batchEnd Where the last of them may end; not outside of `view`.
 */
export function countAlike(
  view: DataView,
  start: number,
  recordEnd: number,
  index: number,
  maxCount: number,
  batchEnd: number,
): number {
  const recordBytes = recordEnd - start
  // Length, attributes and timestamp delta, in the first 3 bytes or 4.
  const lengthBytes = bytesOfShort(view, start)
  const indexAt = lengthBytes + 1 + bytesOfShort(view, start + lengthBytes + 1)
  if (indexAt > 4) return 0
  const startMask = indexAt === 3 ? 0xff_ffff : -1
  const startWord = view.getInt32(start, true) & startMask

  // The index, of which all that follow and are compared take as many bytes; and the length of the key, in one.
  const indexBytes = index <= MAX_ONE_BYTE_NUMBER ? 1 : 2
  const lastIndex = indexBytes === 1 ? MAX_ONE_BYTE_NUMBER : MAX_SHORT_NUMBER
  const keyLength = view.getUint8(start + indexAt + indexBytes)
  const keyMask = indexBytes === 1 ? 0xffff : 0xff_ffff
  const keyWord = keyLength << (8 * indexBytes)
  const indexedWord = view.getInt32(start + indexAt, true) & keyMask
  if (keyLength >= 0x80 || indexedWord !== (keyWord | shortVarint(index))) return 0

  const valueLengthAt = indexAt + indexBytes + 1 + dataBytesOf(keyLength)
  const valueLengthBytes = bytesOfShort(view, start + valueLengthAt)
  if (valueLengthBytes > 2) return 0
  const valueMask = valueLengthBytes === 1 ? 0xff : 0xffff
  const valueWord = view.getUint16(start + valueLengthAt, true) & valueMask
  const valueLength =
    valueLengthBytes === 1 ? valueWord : (valueWord & 0x7f) | ((valueWord >> 8) << 7)
  const headersAt = valueLengthAt + valueLengthBytes + dataBytesOf(valueLength)
  const headersCount = view.getUint8(start + headersAt)

  const stop = Math.min(index + maxCount, lastIndex) // before the record itself, where its index is larger
  // Of an index of two bytes, the bit that says so of the first.
  const likeWord = keyWord | (indexBytes === 1 ? 0 : 0x80)
  let last = index
  for (let next = recordEnd; last < stop && next + recordBytes <= batchEnd; next += recordBytes) {
    const wanted = last + 1
    if (
      (view.getInt32(next, true) & startMask) !== startWord ||
      (view.getInt32(next + indexAt, true) & keyMask) !==
        (likeWord | ((wanted << 1) & 0x7f) | ((wanted >> 6) << 8)) ||
      (view.getUint16(next + valueLengthAt, true) & valueMask) !== valueWord ||
      view.getUint8(next + headersAt) !== headersCount
    ) {
      break
    }
    last = wanted
  }
  return last - index
}

/** Bytes that the number at `byteIndex` takes: 1, 2, or 3 for all that take more. */
function bytesOfShort(view: DataView, byteIndex: number): number {
  if (view.getUint8(byteIndex) < 0x80) return 1
  return view.getUint8(byteIndex + 1) < 0x80 ? 2 : 3
}

/** Bytes of a key or value, by its length as a zigzag number; null has none. */
function dataBytesOf(zigzag: number): number {
  return (zigzag & 1) === 0 ? zigzag >> 1 : 0
}
