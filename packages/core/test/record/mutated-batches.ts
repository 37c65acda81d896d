import { writeInt32 } from '../../src/record/record-batch-format.ts'
import { PlainCursor } from './plain-cursor.ts'
import { encodeBatch, encodeVarint } from './reference-encoder.ts'

type Random = () => number

const MAX_BATCH_BYTES = 40_000
const RECORDS_COUNT_BYTE = 57
const LAST_OFFSET_DELTA_BYTE = 23
const BATCH_LENGTH_BYTE = 8
/** Lengths around those at which a number takes another byte. */
const LENGTHS = [0, 1, 2, 20, 55, 56, 57, 58, 62, 63, 64, 65, 100, 127, 128, 300]
const LONG_LENGTHS = [4000, 8178, 8183, 8184, 8190, 8191, 8192, 8193]
/** Milliseconds after the first record. */
const DELTAS = [0, 0, 0, 0, 1, 2, 63, 64, 65, 8191, 8192, -1, -64, 2 ** 40]
const DATA = Buffer.alloc(10_000, 'an ASCII text, and then some; ')
const NO_PADDINGS = [0, 0, 0, 0, 0]
/** Bytes that mean something where a number stands. */
const BYTES = [0, 1, 2, 3, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff]

/** What the records of a run have in common. */
interface Kind {
  timestampDelta: number
  /** -1: null. */
  keyLength: number
  valueLength: number
  hasHeaders: boolean
  /** So many bytes more than it needs each of its numbers takes. */
  paddings: readonly number[]
}

/**
 * A batch in which records of a kind come once, or a while one after the other; the next kind differs from it
 * in everything, or in one thing. A number may take more bytes than it needs: that is not forbidden.
 */
export function randomBatch(random: Random): Uint8Array {
  const hasManyRecords = random() < 0.01
  const maxRecords = hasManyRecords ? 8400 : 1 + int(random, random() < 0.3 ? 12 : 200)
  const isPadded = random() < 0.2
  const longestRun = pick(random, [1, 5, 70, 200])
  const bytes = new Uint8Array(MAX_BATCH_BYTES)
  let kind: Kind | null = null
  let at = 61
  let index = 0
  while (index < maxRecords) {
    kind = hasManyRecords ? (kind ?? smallKind(random)) : kindAfter(kind, random, isPadded)
    const run = hasManyRecords ? maxRecords : 1 + int(random, longestRun)
    for (const last = Math.min(index + run, maxRecords); index < last; index++) {
      const record = encode(kind, index)
      if (at + record.length > bytes.length) return sealed(bytes.subarray(0, at), index, random)
      bytes.set(record, at)
      at += record.length
    }
  }
  return sealed(bytes.subarray(0, at), index, random)
}

/** The batch with a few bytes changed, moved, added or missing; its length is right, most often. */
export function mutated(batch: Uint8Array, starts: readonly number[], random: Random): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(batch)
  for (let changes = pick(random, [1, 1, 1, 2, 4]); changes > 0 && bytes.length > 62; changes--) {
    const place = placeOf(bytes, starts, random)
    switch (int(random, 8)) {
      case 0:
      case 1:
        bytes[place]! ^= 1 << int(random, 8)
        break
      case 2:
        bytes[place] = pick(random, BYTES)
        break
      case 3:
        // A number with a byte more than it needs.
        bytes[place]! |= 0x80
        bytes = inserted(bytes, place + 1, 0)
        break
      case 4:
        bytes = inserted(bytes, place, pick(random, BYTES))
        break
      case 5:
        bytes = removed(bytes, place, 1)
        break
      case 6:
        // The key takes a byte of the value, or the other way.
        bytes[place]! += 2
        bytes[Math.min(place + 1 + int(random, 4), bytes.length - 1)]! -= 2
        break
      default:
        if (random() < 0.5) bytes = removed(bytes, place, bytes.length - place)
        else addToCount(bytes, pick(random, [-1, 1, 2, 1000]))
    }
  }
  writeInt32(bytes, BATCH_LENGTH_BYTE, bytes.length - 12)
  return bytes
}

/** Where the records of a good batch start. */
export function startsOf(batch: Uint8Array): number[] {
  const cursor = new PlainCursor(batch)
  const starts: number[] = []
  for (let at = cursor.at; cursor.next(); at = cursor.at) starts.push(at)
  return starts
}

export function int(random: Random, below: number): number {
  return Math.floor(random() * below)
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[int(random, from.length)]!
}

function kindAfter(before: Kind | null, random: Random, isPadded: boolean): Kind {
  const lengths = random() < 0.02 ? LONG_LENGTHS : LENGTHS
  const other: Kind = {
    timestampDelta: pick(random, DELTAS),
    keyLength: random() < 0.5 ? -1 : pick(random, LENGTHS),
    valueLength: random() < 0.1 ? -1 : pick(random, lengths),
    hasHeaders: random() < 0.1,
    paddings: NO_PADDINGS.map(() => (isPadded && random() < 0.2 ? 1 + int(random, 2) : 0)),
  }
  if (before === null) return other
  switch (int(random, 6)) {
    case 0:
      return { ...before, timestampDelta: other.timestampDelta }
    case 1:
      return { ...before, keyLength: other.keyLength }
    case 2:
      return { ...before, valueLength: other.valueLength }
    case 3: {
      // As long as the one before, and divided at another place.
      const { keyLength, valueLength } = before
      if (keyLength < 1 || valueLength < 1) return before
      return { ...before, keyLength: keyLength - 1, valueLength: valueLength + 1 }
    }
    default:
      return other
  }
}

function smallKind(random: Random): Kind {
  const keyLength = pick(random, [-1, 0, 1])
  const valueLength = pick(random, [-1, 0, 1])
  return { timestampDelta: 0, keyLength, valueLength, hasHeaders: false, paddings: NO_PADDINGS }
}

function encode(kind: Kind, index: number): Uint8Array {
  const { timestampDelta, keyLength, valueLength, hasHeaders, paddings } = kind
  const body = Buffer.concat([
    Buffer.of(0),
    padded(encodeVarint(timestampDelta), paddings[0]!),
    padded(encodeVarint(index), paddings[1]!),
    padded(encodeVarint(keyLength), paddings[2]!),
    DATA.subarray(0, Math.max(keyLength, 0)),
    padded(encodeVarint(valueLength), paddings[3]!),
    DATA.subarray(0, Math.max(valueLength, 0)),
    hasHeaders ? Buffer.from([2, 2, 0x61, 1]) : Buffer.of(0),
  ])
  return Buffer.concat([padded(encodeVarint(body.length), paddings[4]!), body])
}

/** A number with bytes that add nothing to it. */
function padded(number: Buffer, bytes: number): Buffer {
  if (bytes === 0) return number
  const longer = Buffer.alloc(number.length + bytes, 0x80)
  longer.set(number)
  longer[number.length - 1]! |= 0x80
  longer[longer.length - 1] = 0
  return longer
}

function sealed(bytes: Uint8Array, recordsCount: number, random: Random): Uint8Array {
  const baseOffset = pick(random, [0, 0, 1000, 2 ** 40])
  const baseTimestamp = pick(random, [1_700_000_000_000, 1_700_000_000_000, 64, 0])
  return encodeBatch([bytes.subarray(61)], {
    recordsCount,
    lastOffsetDelta: recordsCount - 1,
    baseOffset,
    baseTimestamp,
  })
}

/** Near the start of a record, where its numbers are; or anywhere behind the header. */
function placeOf(bytes: Uint8Array, starts: readonly number[], random: Random): number {
  const place =
    random() < 0.8
      ? pick(random, starts) + int(random, 12) - 2
      : 61 + int(random, bytes.length - 61)
  return Math.max(61, Math.min(place, bytes.length - 1))
}

function inserted(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const longer = new Uint8Array(bytes.length + 1)
  longer.set(bytes.subarray(0, at))
  longer[at] = byte
  longer.set(bytes.subarray(at), at + 1)
  return longer
}

function removed(bytes: Uint8Array, at: number, count: number): Uint8Array {
  const shorter = new Uint8Array(bytes.length - count)
  shorter.set(bytes.subarray(0, at))
  shorter.set(bytes.subarray(at + count), at)
  return shorter
}

function addToCount(bytes: Uint8Array, more: number): void {
  const view = new DataView(bytes.buffer)
  const count = Math.max(1, view.getInt32(RECORDS_COUNT_BYTE) + more)
  writeInt32(bytes, RECORDS_COUNT_BYTE, count)
  writeInt32(bytes, LAST_OFFSET_DELTA_BYTE, count - 1)
}
