import { RecordBatchValidator } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { batchOf, type PlainRecord } from '../batches.ts'
import {
  encodeBatch,
  encodeRecord,
  encodeRecords,
  encodeVarint,
  type BatchFields,
  type RecordLies,
} from './reference-encoder.ts'

const RECORDS = encodeRecords([
  { key: 'k0', value: 'v0' },
  { key: 'k1', value: 'v1' },
  { key: 'k2', value: 'v2' },
])
const SIZE_BYTES = encodeBatch(RECORDS).length

const faultOf = (batch: Uint8Array): string | null => new RecordBatchValidator().findFault(batch)
const faultWith = (fields: BatchFields): string | null => faultOf(encodeBatch(RECORDS, fields))

/** The fault of a batch whose second record is this one, between two good ones. */
const faultAround = (second: Uint8Array): string | null =>
  faultOf(encodeBatch([RECORDS[0]!, second, RECORDS[2]!]))

const DO_NOT_FIT = 'has a record whose lengths do not fit: baseOffset=0, recordIndex=1'
const MALFORMED = 'has a malformed record: recordIndex=1'

describe('a batch is accepted', () => {
  test.each<[string, BatchFields]>([
    ['with a producer', { producerId: 0, producerEpoch: 0, baseSequence: 0 }],
    ['with any epoch and sequence of no producer', { producerEpoch: 0, baseSequence: -9 }],
    ['without timestamps', { baseTimestamp: -1, maxTimestamp: -1 }],
    ['with the last timestamp there is', { baseTimestamp: 8.64e15, maxTimestamp: 8.64e15 }],
    ['with log append time', { attributes: 0b1000, maxTimestamp: 5 }],
    ['of a transaction', { attributes: 0b1_0000 }],
    [
      'of markers, which have no sequence',
      { attributes: 0b10_0000, producerId: 7, producerEpoch: 0 },
    ],
    ['with any offset: the log assigns it', { baseOffset: 123_456_789_012 }],
  ])('%s', (_, fields) => {
    expect(faultWith(fields)).toBeNull()
  })

  test('though attributes of a record, which mean nothing, are set', () => {
    const record = Buffer.from(RECORDS[1]!)
    record[1] = 0xff
    expect(faultAround(record)).toBeNull()
  })

  test('after one that was refused', () => {
    const validator = new RecordBatchValidator()
    expect(validator.findFault(encodeBatch(RECORDS, { recordsCount: 9 }))).not.toBeNull()
    expect(validator.findFault(faultyRecord())).not.toBeNull()
    expect(validator.findFault(batchOf([{ value: 'good' }]))).toBeNull()
  })

  test('where it lies in the middle of other memory', () => {
    const bytes = Buffer.concat([
      Buffer.alloc(5, 0xff),
      encodeBatch(RECORDS),
      Buffer.alloc(5, 0xff),
    ])
    expect(faultOf(bytes.subarray(5, -5))).toBeNull()
  })
})

describe('a header is refused', () => {
  test('that is cut off', () => {
    const batch = encodeBatch(RECORDS)
    for (const sizeBytes of [0, 1, 17, 60]) {
      expect(faultOf(batch.subarray(0, sizeBytes))).toBe(
        `is shorter than a header: sizeBytes=${sizeBytes}, headerBytes=61`,
      )
    }
  })

  test.each([-1, -(2n ** 63n), 2n ** 62n])('with the base offset %s', (baseOffset) => {
    const records = [encodeRecord({ value: 'a' }, 0, 0), encodeRecord({ value: 'b' }, 7, 0)]
    expect(faultOf(encodeBatch(records, { baseOffset }))).toBe(
      `has a base offset that cannot be: baseOffset=${Number(baseOffset)}`,
    )
  })

  test.each([2n ** 53n - 1n, 2n ** 53n])('with the base offset %s before two', (baseOffset) => {
    const records = [encodeRecord({ value: 'a' }, 0, 0), encodeRecord({ value: 'b' }, 1, 0)]
    expect(faultOf(encodeBatch(records, { baseOffset }))).toMatch(/^has a base offset/)
  })

  test.each([0, 1, 3, 127])('with magic %i', (magic) => {
    expect(faultWith({ magic })).toBe(`has another magic than 2: magic=${magic}`)
  })

  test('with another length than that of its bytes', () => {
    const right = SIZE_BYTES - 12
    for (const batchLength of [right - 1, right + 1, 0, -1, 49, 0x7fff_ffff, -0x8000_0000]) {
      expect(faultWith({ batchLength })).toBe(
        `has another length than it says: saysBytes=${batchLength + 12}, sizeBytes=${SIZE_BYTES}`,
      )
    }
  })

  test.each([
    [0, -1],
    [-1, -2],
    [-0x8000_0000, 0x7fff_ffff],
    [3, 3],
    [3, 1],
    [3, -1],
    [4, 2],
    [2, 2],
  ])('with the count %i beside the last offset delta %i', (recordsCount, lastOffsetDelta) => {
    expect(faultWith({ recordsCount, lastOffsetDelta })).toBe(
      `has a count that cannot be: recordsCount=${recordsCount}, lastOffsetDelta=${lastOffsetDelta}`,
    )
  })

  test.each([-2, -(2 ** 53), -(2n ** 63n), 2 ** 53, 2n ** 63n - 1n])(
    'with the timestamp %d',
    (timestamp) => {
      const rounded = Number(timestamp)
      expect(faultWith({ baseTimestamp: timestamp })).toBe(
        `has timestamps that cannot be: baseTimestamp=${rounded}, maxTimestamp=0`,
      )
      expect(faultWith({ maxTimestamp: timestamp })).toBe(
        `has timestamps that cannot be: baseTimestamp=0, maxTimestamp=${rounded}`,
      )
    },
  )

  test.each([
    [-2, 0],
    [-(2n ** 63n), 0],
    [2n ** 53n, 0],
    [5, -1],
    [0, -0x8000],
  ])('with the producer id %d and epoch %i', (producerId, producerEpoch) => {
    expect(faultWith({ producerId, producerEpoch, baseSequence: 0 })).toBe(
      `has a producer that cannot be: producerId=${Number(producerId)}, producerEpoch=${producerEpoch}`,
    )
  })

  test.each([-1, -0x8000_0000])('with the sequence %i of a producer', (baseSequence) => {
    expect(faultWith({ producerId: 5, producerEpoch: 0, baseSequence })).toBe(
      `has a sequence that cannot be: baseSequence=${baseSequence}`,
    )
  })

  test.each([1, 2, 3, 4])('of markers that are compressed, by type %i', (type) => {
    const attributes = 0b10_0000 | type
    expect(faultWith({ attributes })).toBe('has markers that are compressed')
  })

  test.each([1, 2, 4, 0x7fff_ffff])('of markers that are not %i', (recordsCount) => {
    const fields = { attributes: 0b10_0000, recordsCount, lastOffsetDelta: recordsCount - 1 }
    const fault = `has markers that do not fit their count: recordsCount=${recordsCount}`
    expect(faultWith(fields)).toBe(fault)
    expect(faultOf(encodeBatch([], fields))).toBe(fault)
  })

  test.each([5, 6, 7])('with the compression type %i, which there is not', (type) => {
    expect(faultWith({ attributes: type })).toBe(`has an unknown compression: type=${type}`)
  })
})

test('the largest timestamp is that of the records, whatever the header says', () => {
  const validator = new RecordBatchValidator()
  const records = [5, 5000, 70].map((delta, i) => encodeRecord({ value: 'v' }, i, delta))
  const maxTimestampOf = (fields: BatchFields): number => {
    expect(validator.findFault(encodeBatch(records, { baseTimestamp: 10, ...fields }))).toBeNull()
    return validator.maxTimestamp
  }
  expect(maxTimestampOf({ maxTimestamp: 10 })).toBe(5010)
  expect(maxTimestampOf({ maxTimestamp: 9999 })).toBe(5010)
  expect(maxTimestampOf({ maxTimestamp: 77, attributes: 0b1000 })).toBe(77)
})

describe('records are refused', () => {
  test('that are fewer than their count', () => {
    expect(faultWith({ recordsCount: 4, lastOffsetDelta: 3 })).toBe(
      'has a record whose lengths do not fit: baseOffset=0, recordIndex=3',
    )
  })

  test('that are more than their count', () => {
    expect(faultWith({ recordsCount: 2, lastOffsetDelta: 1 })).toBe(
      `has bytes after its last record: restBytes=${RECORDS[2]!.length}`,
    )
  })

  test('after which a byte is left', () => {
    expect(faultOf(encodeBatch([...RECORDS, Buffer.from([0])], countOf(3)))).toBe(
      'has bytes after its last record: restBytes=1',
    )
  })

  const body = RECORDS[1]!.length - 1
  test.each<[string, RecordLies, string]>([
    ['length is a byte short', { length: body - 1 }, DO_NOT_FIT],
    ['length is a byte long', { length: body + 1 }, MALFORMED],
    ['length is 0', { length: 0 }, DO_NOT_FIT],
    ['length is negative', { length: -1 }, DO_NOT_FIT],
    ['length is hugely negative', { length: -0x8000_0000 }, DO_NOT_FIT],
    ['length ends beyond the batch', { length: body + RECORDS[2]!.length + 1 }, DO_NOT_FIT],
    ['length is huge', { length: 0x7fff_ffff }, DO_NOT_FIT],
    ['key is longer than the record', { keyLength: body }, DO_NOT_FIT],
    ['key length is huge', { keyLength: 0x7fff_ffff }, DO_NOT_FIT],
    ['key length is -2', { keyLength: -2 }, DO_NOT_FIT],
    ['key length is hugely negative', { keyLength: -0x8000_0000 }, DO_NOT_FIT],
    ['value takes the count of headers too', { valueLength: 3 }, DO_NOT_FIT],
    ['value is longer than the record', { valueLength: body }, DO_NOT_FIT],
    ['value length is huge', { valueLength: 0x7fff_ffff }, DO_NOT_FIT],
    ['value length is -2', { valueLength: -2 }, DO_NOT_FIT],
    ['value leaves a byte to the headers', { valueLength: 1 }, MALFORMED],
    ['count of headers is negative', { headersCount: -1 }, MALFORMED],
    ['count of headers is one too many', { headersCount: 1 }, MALFORMED],
    ['count of headers is huge', { headersCount: 0x7fff_ffff }, MALFORMED],
  ])('of which the %s', (_, lies, fault) => {
    expect(faultAround(encodeRecord({ key: 'k1', value: 'v1' }, 1, 0, lies))).toBe(fault)
  })

  test.each([-2, -0x8000_0000])('that are well formed but for the length %i', (length) => {
    const key = encodeRecord({ key: '', value: 'v1' }, 1, 0, { keyLength: length })
    const value = encodeRecord({ key: 'k1', value: '' }, 1, 0, { valueLength: length })
    expect([faultAround(key), faultAround(value)]).toEqual([DO_NOT_FIT, DO_NOT_FIT])
  })

  test.each([-1, 0, 2, 0x7fff_ffff])('of which the second has the offset delta %i', (delta) => {
    expect(faultAround(encodeRecord({ value: 'v' }, delta, 0))).toBe(MALFORMED)
  })

  test.each([-2, -(2n ** 53n), 2n ** 53n, 2n ** 63n - 1n])(
    'of which the second has the timestamp %d',
    (delta) => {
      expect(faultAround(encodeRecord({ value: 'v' }, 1, delta))).toBe(MALFORMED)
    },
  )

  test('of which a timestamp lies further from the first than numbers are exact', () => {
    const fields = { baseTimestamp: 2n ** 53n - 1n, maxTimestamp: 2n ** 53n - 1n }
    const records = [
      encodeRecord({ value: 'a' }, 0, 0),
      encodeRecord({ value: 'b' }, 1, -(2n ** 53n) - 1n),
    ]
    expect(faultOf(encodeBatch(records, fields))).toBe(MALFORMED)
  })

  test('of which a number never ends', () => {
    const endless = Buffer.alloc(12, 0xff)
    const attributes = Buffer.from([0])
    const afterLength = Buffer.concat([encodeVarint(13), attributes, endless])
    const afterDelta = Buffer.concat([encodeVarint(14), attributes, encodeVarint(0), endless])
    for (const record of [endless, afterLength, afterDelta]) {
      expect(faultAround(record)).toBe(DO_NOT_FIT)
    }
  })

  test.each<[string, NonNullable<PlainRecord['headers']>, number]>([
    [
      'fewer headers than it has',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      1,
    ],
    [
      'more headers than it has',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      3,
    ],
  ])('of which one counts %s', (_, headers, headersCount) => {
    expect(faultAround(encodeRecord({ value: 'v', headers }, 1, 0, { headersCount }))).toBe(
      MALFORMED,
    )
  })
})

function countOf(recordsCount: number): BatchFields {
  return { recordsCount, lastOffsetDelta: recordsCount - 1 }
}

function faultyRecord(): Buffer {
  return encodeBatch([encodeRecord({ value: 'v' }, 0, 0, { length: 100 })])
}
