import {
  RecordBatchCursor,
  RecordBatchHeader,
  RecordBatchValidator,
  decompressBatch,
} from '@ringlog/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchOf } from '../batches.ts'
import { batchSeal, plainRecords } from './arbitrary-records.ts'
import { readRecords, remainingRecords } from './hex-records.ts'
import { encodeBatch, encodePlainBatch } from './reference-encoder.ts'

const HEADER_BYTES = 61
const CONTROL_FLAG = 0b10_0000

/** A byte by its place, in the header or as a share of the records, and what is done to its bits. */
const flip = fc.record({
  place: fc.oneof(
    fc.integer({ min: 0, max: HEADER_BYTES - 1 }).map((index) => ({ index })),
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((share) => ({ share })),
  ),
  bits: fc.oneof(fc.integer({ min: 1, max: 255 }), fc.constantFrom(1, 2, 0x80, 0xff)),
})

type Flip = typeof flip extends fc.Arbitrary<infer T> ? T : never

function flipped(batch: Uint8Array, flips: readonly Flip[]): Uint8Array {
  const bytes = Uint8Array.from(batch)
  for (const { place, bits } of flips) {
    const index =
      'index' in place
        ? place.index
        : HEADER_BYTES + Math.floor(place.share * (bytes.length - HEADER_BYTES))
    bytes[index]! ^= bits
  }
  return bytes
}

/** Whatever a log takes can be read to its end; `readRecords` decodes every header, too. */
function expectReadable(batch: Uint8Array): void {
  const header = new RecordBatchHeader().wrap(batch)
  const plain = decompressBatch(batch)
  const cursor = new RecordBatchCursor()
  cursor.open(plain, 0)
  if (header.isControl) expect(remainingRecords(cursor)).toEqual([])
  // Markers are records, too, which a cursor keeps from its user.
  cursor.open(plain.with(22, plain[22]! & ~CONTROL_FLAG), 0)
  const records = remainingRecords(cursor)
  expect(records).toHaveLength(header.recordsCount)
  expect(cursor.nextStart).toBe(plain.length)
  records.forEach(({ offset, timestamp }, index) => {
    expect(offset).toBe(header.baseOffset + index)
    expect(timestamp).toBeGreaterThanOrEqual(-1)
  })
}

describe('the record batch validator', () => {
  test('accepts every batch that the builder makes', () => {
    fc.assert(
      fc.property(plainRecords, batchSeal, (records, seal) => {
        const batch = batchOf(records, seal)
        expect(new RecordBatchValidator().findFault(batch)).toBeNull()
        expectReadable(batch)
      }),
    )
  })

  test('tells of a batch with flipped bits what is wrong, or accepts what can be read', () => {
    const validator = new RecordBatchValidator()
    const counts = { accepted: 0, refused: 0 }
    fc.assert(
      fc.property(
        plainRecords,
        fc.array(flip, { minLength: 1, maxLength: 4 }),
        (records, flips) => {
          const batch = flipped(encodePlainBatch(records), flips)
          const fault = validator.findFault(batch)
          if (fault === null) expectReadable(batch)
          else expect(fault).toMatch(/^(has|is) /)
          counts[fault === null ? 'accepted' : 'refused']++
        },
      ),
      { numRuns: 2000 },
    )
    // Both must happen often, or the flips are no longer of the right kind.
    expect(counts.accepted).toBeGreaterThan(100)
    expect(counts.refused).toBeGreaterThan(100)
  })

  test('refuses a batch of which any part is missing', () => {
    fc.assert(
      fc.property(plainRecords, fc.double({ min: 0, max: 1, noNaN: true }), (records, share) => {
        const batch = encodePlainBatch(records)
        const part = batch.subarray(0, Math.floor(share * (batch.length - 1)))
        expect(new RecordBatchValidator().findFault(part)).toEqual(expect.any(String))
      }),
    )
  })

  test('never throws, on bytes that say they are a batch', () => {
    const validator = new RecordBatchValidator()
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.array(fc.constantFrom(0, 1, 2, 4, 6, 8, 12, 0x80, 0xff), { maxLength: 60 }),
    )
    fc.assert(
      fc.property(body, fc.integer({ min: 1, max: 4 }), (bytes, recordsCount) => {
        const counts = { recordsCount, lastOffsetDelta: recordsCount - 1 }
        const batch = encodeBatch([Uint8Array.from(bytes)], counts)
        if (validator.findFault(batch) === null) {
          expect(readRecords(batch)).toHaveLength(recordsCount)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
