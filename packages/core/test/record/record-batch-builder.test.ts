import { RecordBatchBuilder, RecordBatchHeader } from '@ringlog/core'
import { sizeOfSingleRecordBatch, stampProducer } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import type { HeaderList } from '../../src/record/data.ts'
import { batchOf } from '../batches.ts'
import { hexOf, hexRecordsOf, readRecords } from './hex-records.ts'
import { encodePlainBatch } from './reference-encoder.ts'

const TIMESTAMP_MS = 1_700_000_000_000
const PRODUCER = { producerId: 4242, producerEpoch: 3, baseSequence: 17 }

describe('the record batch builder', () => {
  test('takes a batch of exactly the limit, and not a byte more', () => {
    const sizeBytes = sizeOfSingleRecordBatch('key', 'value')
    const memory = new ArrayBuffer(1024)
    const tooSmall = new RecordBatchBuilder(memory, sizeBytes - 1)
    expect(tooSmall.tryAppend('key', 'value', TIMESTAMP_MS)).toBe(false)
    const exact = new RecordBatchBuilder(memory, sizeBytes)
    expect(exact.tryAppend('key', 'value', TIMESTAMP_MS)).toBe(true)
    expect(exact.seal()).toHaveLength(sizeBytes)
    expect(exact.tryAppend(null, null, TIMESTAMP_MS)).toBe(false)
  })

  test('takes all of the memory where no limit is given', () => {
    const builder = new RecordBatchBuilder(new ArrayBuffer(sizeOfSingleRecordBatch(null, 'a')))
    expect(builder.tryAppend(null, 'ab', 0)).toBe(false)
    expect(builder.tryAppend(null, 'a', 0)).toBe(true)
  })

  test('takes no record where there is room for the header only', () => {
    const builder = new RecordBatchBuilder(new ArrayBuffer(61))
    expect(builder.tryAppend(null, null, 0)).toBe(false)
    expect(builder.recordCount).toBe(0)
    expect(builder.sizeBytes).toBe(61)
  })

  test.each<[string, string | null, number, (length: number) => Uint8Array | string]>([
    ['a byte', null, 64, (length) => Buffer.alloc(length, 7)],
    ['a byte, with a key', 'key', 64, (length) => Buffer.alloc(length, 7)],
    ['a byte, beyond ASCII', 'ключ', 64, (length) => 'ü'.repeat(length / 2)],
    ['two bytes', null, 8192, (length) => 'a'.repeat(length)],
    ['two bytes, with a long key', 'k'.repeat(70), 8192, (length) => Buffer.alloc(length, 7)],
  ])('writes every length around the largest that fits %s', (_, key, bound, valueOf) => {
    // Over 64 records, and over 64 ms apart: their index and time grow to two bytes as well.
    const records = Array.from({ length: 160 }, (_unused, index) => ({
      key,
      value: valueOf(bound - 30 + (index % 40)),
      timestamp: TIMESTAMP_MS + (index > 100 ? index : 0),
    }))
    expect(encodePlainBatch(records).equals(batchOf(records, {}, 1 << 21))).toBe(true)
  })

  test('seals in the memory that it was given', () => {
    const memory = new ArrayBuffer(256)
    const builder = new RecordBatchBuilder(memory)
    builder.tryAppend('key', 'value', 0)
    const batch = builder.seal()
    expect(builder.memory).toBe(memory)
    expect(batch.buffer).toBe(memory)
    expect(batch.byteOffset).toBe(0)
    expect(batch).toHaveLength(builder.sizeBytes)
  })

  test('seals with offset 0, no flags, no producer and no CRC unless told otherwise', () => {
    const memory = new ArrayBuffer(256)
    new Uint8Array(memory).fill(0xff)
    const builder = new RecordBatchBuilder(memory)
    builder.tryAppend('key', 'value', TIMESTAMP_MS)
    expect(new RecordBatchHeader().wrap(builder.seal())).toMatchObject({
      baseOffset: 0,
      partitionLeaderEpoch: 0,
      magic: 2,
      crc: 0,
      attributes: 0,
      lastOffsetDelta: 0,
      baseTimestamp: TIMESTAMP_MS,
      maxTimestamp: TIMESTAMP_MS,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
      recordsCount: 1,
    })
  })

  test('goes on after it was sealed', () => {
    const builder = new RecordBatchBuilder(new ArrayBuffer(256))
    builder.tryAppend(null, 'one', 5)
    builder.seal({ producer: PRODUCER })
    builder.tryAppend(null, 'two', 9)
    const expected = encodePlainBatch([
      { value: 'one', timestamp: 5 },
      { value: 'two', timestamp: 9 },
    ])
    expect(hexOf(builder.seal())).toBe(hexOf(expected))
  })

  test('keeps the first timestamp as the base, and the largest, whatever their order', () => {
    const batch = batchOf([5, 9, 2, 7].map((timestamp) => ({ timestamp })))
    expect(new RecordBatchHeader().wrap(batch)).toMatchObject({ baseTimestamp: 5, maxTimestamp: 9 })
    expect(readRecords(batch).map(({ timestamp }) => timestamp)).toEqual([5, 9, 2, 7])
  })

  test('writes U+FFFD for lone surrogates, as Buffer.from does', () => {
    const halves = ['\ud800', 'a\udc00', '\ud83d twelve characters', `${'x'.repeat(20)}\udfff`]
    for (const text of halves) {
      const headers: HeaderList = [[text, text]]
      const [record] = readRecords(batchOf([{ key: text, value: text, headers }]))
      const replaced = text.replaceAll(/\p{Surrogate}/gu, '\ufffd')
      expect(record).toMatchObject({ key: hexOf(replaced), value: hexOf(replaced) })
      expect(record!.headers).toEqual([[replaced, hexOf(replaced)]])
      expect(sizeOfSingleRecordBatch(text, text, headers)).toBe(
        sizeOfSingleRecordBatch(replaced, replaced, [[replaced, replaced]]),
      )
    }
  })

  test('takes a view into the middle of another memory as the bytes it shows', () => {
    const view = Buffer.from('0123456789abcdefghijklmnopqrstuvwxyz').subarray(5, 30)
    const records = [{ key: view.subarray(0, 3), value: view, headers: [['h', view] as const] }]
    expect(readRecords(batchOf(records))).toEqual(hexRecordsOf(records))
  })
})

describe('reset', () => {
  test('starts an empty batch in the same memory', () => {
    const memory = new ArrayBuffer(256)
    const builder = new RecordBatchBuilder(memory)
    builder.tryAppend('old key', 'old value', TIMESTAMP_MS)
    builder.tryAppend('old key', 'old value', TIMESTAMP_MS + 1)
    builder.seal({ baseOffset: 7, attributes: 0b1_0000, producer: PRODUCER })
    builder.reset(memory)
    expect(builder.recordCount).toBe(0)
    expect(builder.sizeBytes).toBe(61)
    builder.tryAppend(null, 'new', 3)
    expect(hexOf(builder.seal())).toBe(hexOf(encodePlainBatch([{ value: 'new', timestamp: 3 }])))
  })

  test('moves to other memory, with another limit, and leaves the sealed batch alone', () => {
    const builder = new RecordBatchBuilder(new ArrayBuffer(256))
    builder.tryAppend(null, 'first', 1)
    const first = builder.seal()
    const sizeBytes = sizeOfSingleRecordBatch(null, 'second')
    const memory = new ArrayBuffer(512)
    builder.reset(memory, sizeBytes)
    expect(builder.memory).toBe(memory)
    expect(builder.tryAppend(null, 'second!', 2)).toBe(false)
    expect(builder.tryAppend(null, 'second', 2)).toBe(true)
    const second = builder.seal()
    expect(hexOf(first)).toBe(hexOf(encodePlainBatch([{ value: 'first', timestamp: 1 }])))
    expect(hexOf(second)).toBe(hexOf(encodePlainBatch([{ value: 'second', timestamp: 2 }])))
  })
})

describe('stampProducer', () => {
  test('rewrites the fields of the producer, and no others', () => {
    const records = [{ key: 'a', value: 'b', timestamp: TIMESTAMP_MS }]
    const seal = { baseOffset: 12, attributes: 0b1_0000 }
    const batch = batchOf(records, { ...seal, producer: { ...PRODUCER, producerId: 1 } })
    stampProducer(batch, PRODUCER)
    expect(hexOf(batch)).toBe(hexOf(batchOf(records, { ...seal, producer: PRODUCER })))
    stampProducer(batch, { producerId: -1, producerEpoch: -1, baseSequence: -1 })
    expect(hexOf(batch)).toBe(hexOf(batchOf(records, seal)))
  })

  test('takes the largest numbers there are', () => {
    const producer = {
      producerId: Number.MAX_SAFE_INTEGER,
      producerEpoch: 0x7fff,
      baseSequence: 0x7fff_ffff,
    }
    const batch = batchOf([{ value: 'b' }])
    stampProducer(batch, producer)
    expect(new RecordBatchHeader().wrap(batch)).toMatchObject(producer)
  })
})
