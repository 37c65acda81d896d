import { RecordBatchBuilder } from '@ringlog/core'
import { sizeOfSingleRecordBatch } from '@ringlog/core/internal'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Data } from '../../src/record/data.ts'
import { batchOf, type PlainRecord } from '../batches.ts'
import { alikeRecords, batchSeal, plainRecord, plainRecords } from './arbitrary-records.ts'
import { hexOf } from './hex-records.ts'
import { encodeBatch, encodePlainBatch, encodeRecord, encodeRecords } from './reference-encoder.ts'

const HEADER_BYTES = 61

/**
 * Offers the records one by one to a builder with so many bytes, refused or not; after each, the
 * builder must hold exactly those that fit, encoded as the reference encodes them.
 */
function offerAll(records: readonly PlainRecord[], limitBytes: number): void {
  // What lies beyond the limit is another's: it must stay as it is.
  const memory = new ArrayBuffer(limitBytes + 64)
  new Uint8Array(memory).fill(0xee)
  const builder = new RecordBatchBuilder(memory, limitBytes)
  const taken: PlainRecord[] = []
  let sizeBytes = HEADER_BYTES
  for (const record of records) {
    const { key = null, value = null, timestamp = 0, headers = [] } = record
    const delta = taken.length === 0 ? 0 : timestamp - (taken[0]!.timestamp ?? 0)
    const recordBytes = encodeRecord(record, taken.length, delta).length
    const fits = sizeBytes + recordBytes <= limitBytes
    expect(builder.tryAppend(key, value, timestamp, headers)).toBe(fits)
    if (fits) {
      taken.push(record)
      sizeBytes += recordBytes
    }
    expect(builder.recordCount).toBe(taken.length)
    expect(builder.sizeBytes).toBe(sizeBytes)
    if (taken.length > 0) expect(hexOf(builder.seal())).toBe(hexOf(encodePlainBatch(taken)))
  }
  expect(new Uint8Array(memory, limitBytes).every((byte) => byte === 0xee)).toBe(true)
}

/** Appends the record, by the method that knows no more than bytes where it has no more. */
function append(builder: RecordBatchBuilder, record: Required<PlainRecord>): boolean {
  const { key, value, timestamp, headers } = record
  return key === null && value instanceof Uint8Array && headers.length === 0
    ? builder.tryAppendValue(value, timestamp)
    : builder.tryAppend(key, value, timestamp, headers)
}

describe('the record batch builder', () => {
  test('encodes as the reference does', () => {
    fc.assert(
      fc.property(plainRecords, batchSeal, (records, seal) => {
        const { baseOffset, attributes, producer } = seal
        const timestamps = records.map(({ timestamp }) => timestamp)
        const expected = encodeBatch(encodeRecords(records), {
          baseOffset,
          attributes,
          ...producer,
          baseTimestamp: timestamps[0]!,
          maxTimestamp: Math.max(...timestamps),
        })
        expect(hexOf(batchOf(records, seal))).toBe(hexOf(expected))
      }),
      { numRuns: 300 },
    )
  })

  test('takes a record exactly when it fits, and is not changed by one that does not', () => {
    fc.assert(
      fc.property(
        plainRecords,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: -8, max: 8 }),
        (records, share, offBytes) => {
          // The memory ends near the end of one of the records.
          const fitting = records.slice(0, Math.ceil(share * records.length))
          const limitBytes = encodePlainBatch(fitting.length === 0 ? records : fitting).length
          offerAll(records, Math.max(HEADER_BYTES, limitBytes + offBytes))
        },
      ),
      { numRuns: 500 },
    )
  })

  test('encodes records one like the other as the reference does, up to the end of the memory', () => {
    fc.assert(
      fc.property(alikeRecords, fc.integer({ min: 0, max: 40 }), (records, missingBytes) => {
        const whole = encodePlainBatch(records)
        const memory = new ArrayBuffer(whole.length)
        new Uint8Array(memory).fill(0xee) // that a byte is 0 must be written, too
        const builder = new RecordBatchBuilder(memory, whole.length - missingBytes)
        const count = records.findIndex((record) => !append(builder, record))
        expect(count === -1).toBe(missingBytes === 0)
        const taken = count === -1 ? records : records.slice(0, count)
        const { recordCount, sizeBytes, lastTimestamp, lastRecordBytes, maxRecordBytes } = builder
        expect(recordCount).toBe(taken.length)
        if (taken.length === 0) return
        expect(encodePlainBatch(taken).equals(builder.seal())).toBe(true)
        const sizes = encodeRecords(taken).map(({ length }) => length)
        expect({ sizeBytes, lastTimestamp, lastRecordBytes, maxRecordBytes }).toEqual({
          sizeBytes: sizes.reduce((sum, size) => sum + size, HEADER_BYTES),
          lastTimestamp: taken.at(-1)!.timestamp,
          lastRecordBytes: sizes.at(-1),
          maxRecordBytes: Math.max(...sizes),
        })
      }),
      { numRuns: 60 },
    )
  })

  test('tells the size of a batch of one record', () => {
    fc.assert(
      fc.property(plainRecord, ({ key, value, timestamp, headers }) => {
        const size = sizeOfSingleRecordBatch(key, value, headers)
        expect(size).toBe(encodePlainBatch([{ key, value, timestamp, headers }]).length)
      }),
    )
  })

  describe('near the end of the memory', () => {
    /** By what the characters take in UTF-8, and where those beyond ASCII stand. */
    const texts: Record<string, (length: number) => Data> = {
      'plain ASCII': (length) => 'a'.repeat(length),
      'two bytes a character': (length) => 'é'.repeat(length),
      'three bytes a character': (length) => '語'.repeat(length),
      'four bytes a character': (length) => '😀'.repeat(length),
      'lone surrogates': (length) => '\ud800'.repeat(length),
      'ASCII but the last': (length) => `${'a'.repeat(length)}ü`,
      'ASCII but the first': (length) => `☺${'a'.repeat(length)}`,
      'one surrogate after ASCII': (length) => `${'a'.repeat(length)}\udfff`,
      bytes: (length) => new Uint8Array(length).fill(0xc3),
    }
    const others: Array<Data | null> = [
      null,
      '',
      'k',
      'schlüssel',
      'a key that is not short: ☺',
      new Uint8Array(2),
      new Uint8Array(20).fill(0xa9),
    ]
    const first = { key: 'first', value: 'record' }
    const memory = new ArrayBuffer(1024)
    const builder = new RecordBatchBuilder(memory)

    /** Every limit for which the record is not taken as it should be. */
    function faultsOf(record: PlainRecord): string[] {
      const alone = encodePlainBatch([first])
      const whole = encodePlainBatch([first, record])
      const { key = null, value = null, headers = [] } = record
      const faults: string[] = []
      for (let limitBytes = alone.length; limitBytes < whole.length + 8; limitBytes++) {
        builder.reset(memory, limitBytes)
        builder.tryAppend(first.key, first.value, 0)
        const isTaken = builder.tryAppend(key, value, 0, headers)
        const batch = builder.seal()
        const fits = limitBytes >= whole.length
        if (isTaken === fits && (fits ? whole : alone).equals(batch)) continue
        faults.push(`limitBytes=${limitBytes}, isTaken=${isTaken}, batch=${hexOf(batch)}`)
      }
      return faults
    }

    test.each(Object.keys(texts))('takes what fits, for data of every length: %s', (name) => {
      for (let length = 0; length <= 40; length++) {
        const data = texts[name]!(length)
        for (const other of others) {
          expect(faultsOf({ key: other, value: data })).toEqual([])
          expect(faultsOf({ key: data, value: other })).toEqual([])
        }
        expect(faultsOf({ value: 'v', headers: [['größe', data]] })).toEqual([])
        if (typeof data === 'string') {
          expect(faultsOf({ value: data, headers: [[data, null]] })).toEqual([])
        }
      }
    })
  })
})
