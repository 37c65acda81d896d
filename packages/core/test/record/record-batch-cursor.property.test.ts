import { RecordBatchCursor, RinglogError } from '@ringlog/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchSizeAt } from '../../src/record/record-batch-format.ts'
import { batchOf } from '../batches.ts'
import { plainRecords } from './arbitrary-records.ts'
import { currentRecord, hexRecordsOf, remainingRecords } from './hex-records.ts'
import { encodeBatch } from './reference-encoder.ts'

/** Bytes that are nothing, or a batch but for what its records are, or for any field. */
const brokenBatch: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc
    .record({
      body: fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.constantFrom(0, 1, 2, 3, 4, 8, 20, 0x80, 0xff), { maxLength: 60 }),
      ),
      recordsCount: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer()),
      attributes: fc.oneof(
        fc.constantFrom(0, 0b1000, 0b1_0000, 0b10_0000),
        fc.integer({ min: -0x8000, max: 0x7fff }),
      ),
      baseOffset: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      extraLength: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer()),
    })
    .map(({ body, recordsCount, attributes, baseOffset, extraLength }) =>
      encodeBatch([Uint8Array.from(body)], {
        recordsCount,
        attributes,
        baseOffset,
        batchLength: (61 - 12 + body.length + extraLength) | 0,
      }),
    ),
)

/** Every record, then how it ended: with its end, or with an error. */
function walk(bytes: Uint8Array, byteIndex: number, useSkip: boolean): unknown[] {
  const cursor = new RecordBatchCursor()
  const seen: unknown[] = []
  try {
    cursor.open(bytes, byteIndex)
    while (useSkip ? cursor.skip() : cursor.next()) {
      if (!useSkip) {
        const { keyStart, keyLength, valueStart, valueLength } = cursor
        expect(keyLength).toBeGreaterThanOrEqual(-1)
        expect(valueLength).toBeGreaterThanOrEqual(-1)
        expect(keyStart + Math.max(keyLength, 0)).toBeLessThan(valueStart)
        expect(valueStart + Math.max(valueLength, 0)).toBe(cursor.headersStart)
        expect(cursor.headersStart).toBeLessThan(cursor.recordEnd)
        const { offset, timestamp } = cursor
        seen.push({ offset, timestamp, keyStart, keyLength, valueStart, valueLength })
      }
      expect(cursor.nextStart).toBeLessThanOrEqual(bytes.length)
      seen.push(cursor.nextStart)
    }
  } catch (error) {
    if (!RinglogError.is(error)) throw error
    expect(['CORRUPT_MESSAGE', 'UNSUPPORTED_COMPRESSION_TYPE']).toContain(error.code)
    seen.push(error.message)
  }
  return seen
}

describe('the record batch cursor', () => {
  test('goes on from any record with open, as if it had never stopped', () => {
    fc.assert(
      fc.property(plainRecords, fc.nat({ max: 2000 }), (records, baseOffset) => {
        const prefix = batchOf([{ value: 'another batch' }])
        const bytes = Buffer.concat([prefix, batchOf(records, { baseOffset })])
        const expected = hexRecordsOf(records, baseOffset)
        const cursor = new RecordBatchCursor()
        const resumed = new RecordBatchCursor()
        cursor.open(bytes, prefix.length)
        for (let index = 0; index <= records.length; index++) {
          resumed.open(bytes, prefix.length, cursor.nextIndex, cursor.nextStart)
          expect(resumed.remaining).toBe(records.length - index)
          expect(remainingRecords(resumed)).toEqual(expected.slice(index))
          expect(cursor.next()).toBe(index < records.length)
        }
      }),
    )
  })

  test('comes by skip to where it comes by next', () => {
    fc.assert(
      fc.property(
        plainRecords,
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        (records, skips) => {
          const batch = batchOf(records)
          const expected = hexRecordsOf(records)
          const cursor = new RecordBatchCursor()
          const other = new RecordBatchCursor()
          cursor.open(batch, 0)
          other.open(batch, 0)
          records.forEach((_, index) => {
            expect(skips[index]! ? cursor.skip() : cursor.next()).toBe(true)
            if (!skips[index]!) expect(currentRecord(cursor)).toEqual(expected[index])
            other.next()
            expect(cursor.nextStart).toBe(other.nextStart)
            expect(cursor.nextIndex).toBe(other.nextIndex)
          })
          expect(cursor.skip()).toBe(false)
        },
      ),
    )
  })

  test('ends, on any bytes, with the last record or with an error that says what they are', () => {
    fc.assert(
      fc.property(brokenBatch, fc.boolean(), (bytes, useSkip) => {
        // A walk of a batch with a huge count ends where its bytes do.
        expect(walk(bytes, 0, useSkip).length).toBeLessThanOrEqual(2 * bytes.length + 1)
      }),
      { numRuns: 3000 },
    )
  })

  test('reads the same, whatever lies before the batch and after it', () => {
    const around = fc.uint8Array({ minLength: 30, maxLength: 30 })
    fc.assert(
      fc.property(brokenBatch, around, around, fc.boolean(), (bytes, one, other, useSkip) => {
        // By its own length; a longer one makes what lies after it a part of the batch.
        fc.pre(bytes.length >= 61 && batchSizeAt(bytes, 0) <= bytes.length)
        const walks = [one, other].map((filler) =>
          walk(Buffer.concat([filler, bytes, filler]), filler.length, useSkip),
        )
        expect(walks[0]).toEqual(walks[1])
      }),
      { numRuns: 2000 },
    )
  })
})
