import { RecordBatchCursor, RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { batchOf } from '../batches.ts'
import { currentRecord, hexOf, hexRecordsOf, readRecords } from './hex-records.ts'
import { encodeBatch, encodeRecord, encodeRecords } from './reference-encoder.ts'

const RECORDS = [
  { key: 'k0', value: 'v0', timestamp: 100 },
  { key: null, value: null, timestamp: 90, headers: [['h', 'x'] as const] },
  { key: '', value: 'v'.repeat(300), timestamp: 5_000_000_000 },
  { key: 'k3', value: '', timestamp: 101 },
]
const ENCODED = encodeRecords(RECORDS)

function opened(bytes: Uint8Array, byteIndex = 0): RecordBatchCursor {
  const cursor = new RecordBatchCursor()
  cursor.open(bytes, byteIndex)
  return cursor
}

/** What the call throws, as plain data. */
function thrownBy(call: () => void): { code: string; message: string; details: object } {
  try {
    call()
  } catch (error) {
    if (!RinglogError.is(error)) throw error
    return { code: error.code, message: error.message, details: error.details }
  }
  throw new Error('nothing was thrown')
}

describe('the record batch cursor', () => {
  test('walks the records of one batch among others, and stops at its end', () => {
    const [first, second] = [batchOf(RECORDS, { baseOffset: 10 }), batchOf(RECORDS)]
    const third = batchOf(RECORDS, { baseOffset: 2 ** 52 })
    const bytes = Buffer.concat([first, second, third])
    expect(readRecords(bytes)).toEqual(hexRecordsOf(RECORDS, 10))
    expect(readRecords(bytes, first.length)).toEqual(hexRecordsOf(RECORDS))
    expect(readRecords(bytes, 2 * first.length)).toEqual(hexRecordsOf(RECORDS, 2 ** 52))
  })

  test('says false again and again at the end, and stays where it is', () => {
    const cursor = opened(batchOf(RECORDS))
    while (cursor.next());
    const last = currentRecord(cursor)
    expect(cursor.next()).toBe(false)
    expect(cursor.skip()).toBe(false)
    expect(currentRecord(cursor)).toEqual(last)
    expect(cursor.remaining).toBe(0)
  })

  test('counts what it has not reached yet', () => {
    const cursor = opened(batchOf(RECORDS))
    const seen = [[cursor.nextIndex, cursor.remaining]]
    for (let isSkip = false; isSkip ? cursor.skip() : cursor.next(); isSkip = !isSkip) {
      seen.push([cursor.nextIndex, cursor.remaining])
    }
    expect(seen).toEqual([
      [0, 4],
      [1, 3],
      [2, 2],
      [3, 1],
      [4, 0],
    ])
  })

  test('points to where the next record starts', () => {
    const cursor = opened(batchOf(RECORDS))
    const starts = [cursor.nextStart]
    while (cursor.next()) {
      expect(cursor.recordEnd).toBe(cursor.nextStart)
      starts.push(cursor.nextStart)
    }
    const ends = ENCODED.map((_, index) => Buffer.concat(ENCODED.slice(0, index + 1)).length)
    expect(starts).toEqual([61, ...ends.map((end) => 61 + end)])
  })

  test('begins anew where it is opened again in the middle of a batch', () => {
    const cursor = opened(batchOf(RECORDS, { baseOffset: 3 }))
    cursor.next()
    cursor.next()
    cursor.open(batchOf([{ value: 'other' }]), 0)
    expect(cursor.next()).toBe(true)
    expect(currentRecord(cursor)).toEqual(hexRecordsOf([{ value: 'other' }])[0])
    expect(cursor.next()).toBe(false)
  })

  test('gives every record the time of the append where the batch says so', () => {
    const batch = encodeBatch(ENCODED, {
      attributes: 0b1000,
      baseTimestamp: 100,
      maxTimestamp: 7777,
    })
    expect(readRecords(batch).map(({ timestamp }) => timestamp)).toEqual([7777, 7777, 7777, 7777])
  })

  test('skips a record whose inside is malformed, which next refuses', () => {
    const lying = encodeRecord({ key: 'key' }, 0, 0, { keyLength: 1000 })
    const batch = encodeBatch([lying, encodeRecord({ value: 'good' }, 1, 0)])
    expect(thrownBy(() => opened(batch).next()).code).toBe('CORRUPT_MESSAGE')
    const cursor = opened(batch)
    expect(cursor.skip()).toBe(true)
    expect(cursor.next()).toBe(true)
    expect(currentRecord(cursor)).toMatchObject({ offset: 1, value: hexOf('good') })
  })
})

describe('opening a batch', () => {
  const batch = encodeBatch(ENCODED, { baseOffset: 42 })

  test('refuses bytes that end within the header', () => {
    for (const length of [0, 1, 60]) {
      const { code, message } = thrownBy(() => opened(batch.subarray(0, length)))
      expect(code).toBe('CORRUPT_MESSAGE')
      expect(message).toContain('ends within its header')
    }
    expect(thrownBy(() => opened(batch, batch.length - 60)).message).toContain('ends within')
  })

  test.each([0, 1, 3, -1])('refuses magic %i', (magic) => {
    const lying = encodeBatch(ENCODED, { magic })
    expect(thrownBy(() => opened(lying))).toEqual({
      code: 'CORRUPT_MESSAGE',
      message: `record batch has a magic or a length that cannot be: magic=${magic & 0xff}, sizeBytes=${batch.length}, availableBytes=${batch.length}`,
      details: { magic: magic & 0xff, sizeBytes: batch.length, availableBytes: batch.length },
    })
  })

  test('refuses a length beyond the bytes there are, or within the header', () => {
    const lengths = [batch.length - 12 + 1, 0x7fff_ffff, 48, 0, -1, -0x8000_0000]
    for (const batchLength of lengths) {
      const { code, message } = thrownBy(() => opened(encodeBatch(ENCODED, { batchLength })))
      expect(code).toBe('CORRUPT_MESSAGE')
      expect(message).toContain(`sizeBytes=${batchLength + 12}`)
    }
    const amid = Buffer.concat([
      Buffer.alloc(7),
      encodeBatch(ENCODED, { batchLength: lengths[0]! }),
    ])
    expect(thrownBy(() => opened(amid, 7)).code).toBe('CORRUPT_MESSAGE')
  })

  test('takes a batch that ends exactly where the bytes do', () => {
    const before = Buffer.alloc(7)
    expect(opened(Buffer.concat([before, batch]), 7).remaining).toBe(4)
  })

  test('takes a header alone, which counts no records', () => {
    const cursor = opened(encodeBatch([]))
    expect(cursor.remaining).toBe(0)
    expect(cursor.next()).toBe(false)
  })

  test.each([1, 2, 3, 4, 5, 6, 7])('refuses compression type %i by its own code', (type) => {
    const compressed = encodeBatch(ENCODED, { attributes: type, baseOffset: 42 })
    expect(thrownBy(() => opened(compressed))).toEqual({
      code: 'UNSUPPORTED_COMPRESSION_TYPE',
      message: `record batch at offset 42 is compressed: type=${type}`,
      details: { baseOffset: 42, compressionType: type },
    })
  })
})

describe('a record that is malformed', () => {
  test('is refused with the batch and the index of the record', () => {
    const lying = encodeRecord({ value: 'value' }, 1, 0, { length: -1 })
    const cursor = opened(encodeBatch([ENCODED[0]!, lying], { baseOffset: 42 }))
    expect(cursor.next()).toBe(true)
    const expected = {
      code: 'CORRUPT_MESSAGE',
      message: 'record batch has a record whose lengths do not fit: baseOffset=42, recordIndex=1',
      details: { baseOffset: 42, recordIndex: 1 },
    }
    expect(thrownBy(() => cursor.next())).toEqual(expected)
    expect(thrownBy(() => cursor.skip())).toEqual(expected)
  })

  test('is refused where the count promises one more than there are, whatever comes after', () => {
    const batch = encodeBatch(ENCODED, { recordsCount: 5 })
    for (const after of [batch.subarray(0, 0), batch, batch.subarray(61)]) {
      const cursor = opened(Buffer.concat([batch, after]))
      for (let i = 0; i < 4; i++) cursor.next()
      expect(thrownBy(() => cursor.next()).details).toEqual({ baseOffset: 0, recordIndex: 4 })
      expect(thrownBy(() => cursor.skip()).details).toEqual({ baseOffset: 0, recordIndex: 4 })
    }
  })

  test('is refused where it has no byte left for the count of its headers', () => {
    const record = encodeRecord({ value: 'v' }, 0, 0)
    const short = encodeRecord({ value: 'v' }, 0, 0, { length: record.length - 2 })
    const cursor = opened(encodeBatch([short, ENCODED[0]!]))
    expect(thrownBy(() => cursor.next()).code).toBe('CORRUPT_MESSAGE')
  })
})
