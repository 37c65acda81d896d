import { RecordBatchBuilder, RecordBatchCursor } from '@ringlog/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from '../../src/record/varint.ts'
import { LAST_TIMESTAMP } from './arbitrary-records.ts'
import { hexOf } from './hex-records.ts'
import { encodeVarint } from './reference-encoder.ts'

type Size = (value: number) => number
type Write = (bytes: Uint8Array, byteIndex: number, value: number) => number

const PADDING_BYTE = 0xee

/** Writes amid other bytes, so that one too many, or at another place, shows. */
function expectAsReference(value: number, size: Size, write: Write): void {
  const expected = encodeVarint(value)
  const bytes = Buffer.alloc(20, PADDING_BYTE)
  expect(size(value), `size of ${value}`).toBe(expected.length)
  expect(write(bytes, 3, value), `end of ${value}`).toBe(3 + expected.length)
  const whole = Buffer.alloc(20, PADDING_BYTE)
  expected.copy(whole, 3)
  expect(hexOf(bytes), `bytes of ${value}`).toBe(hexOf(whole))
}

/** Both sides of every power of two, so of every number of 7-bit groups. */
function boundaries(maxBits: number): number[] {
  const values = [0]
  for (let bits = 0; bits <= maxBits; bits++) {
    for (const off of [-1, 0, 1]) values.push(2 ** bits + off, -(2 ** bits) + off)
  }
  return values
}

const isInt32 = (value: number): boolean => (value | 0) === value

describe('a varint', () => {
  test('is encoded as the reference does at every boundary', () => {
    const values = boundaries(31).filter(isInt32)
    expect(values).toContain(0x7fff_ffff)
    expect(values).toContain(-0x8000_0000)
    for (const value of values) expectAsReference(value, sizeOfVarint, writeVarint)
  })

  test('is encoded as the reference does for every 32-bit integer', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => expectAsReference(value, sizeOfVarint, writeVarint)),
      { numRuns: 1000 },
    )
  })
})

describe('a varlong', () => {
  test('is encoded as the reference does at every boundary', () => {
    const values = boundaries(53).filter(Number.isSafeInteger)
    expect(values).toContain(Number.MAX_SAFE_INTEGER)
    expect(values).toContain(Number.MIN_SAFE_INTEGER)
    for (const value of values) expectAsReference(value, sizeOfVarlong, writeVarlong)
  })

  test('is encoded as the reference does for every safe integer', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) =>
        expectAsReference(value, sizeOfVarlong, writeVarlong),
      ),
      { numRuns: 1000 },
    )
  })
})

describe('the cursor', () => {
  const memory = new ArrayBuffer(256)

  /** The timestamps of a batch of two, the second of which is stored as a difference. */
  function throughBatch(first: number, second: number): number[] {
    const builder = new RecordBatchBuilder(memory)
    builder.tryAppend(null, null, first)
    builder.tryAppend('k', 'v', second)
    const cursor = new RecordBatchCursor()
    cursor.open(builder.seal(), 0)
    const timestamps: number[] = []
    while (cursor.next()) timestamps.push(cursor.timestamp)
    return timestamps
  }

  test('reads the most extreme timestamps, forth and back', () => {
    const extremes = [0, 1, LAST_TIMESTAMP - 1, LAST_TIMESTAMP, Number.MAX_SAFE_INTEGER, -1]
    for (const first of extremes) {
      for (const second of extremes) expect(throughBatch(first, second)).toEqual([first, second])
    }
  })

  test('reads timestamp differences at every boundary', () => {
    for (const delta of boundaries(53)) {
      const first = delta < 0 ? LAST_TIMESTAMP : 0
      const second = first + delta
      if (second < 0 || second > Number.MAX_SAFE_INTEGER) continue
      expect(throughBatch(first, second)).toEqual([first, second])
    }
  })

  test('reads every difference between two timestamps', () => {
    const timestamp = fc.integer({ min: 0, max: LAST_TIMESTAMP })
    fc.assert(
      fc.property(timestamp, timestamp, (first, second) => {
        expect(throughBatch(first, second)).toEqual([first, second])
      }),
      { numRuns: 500 },
    )
  })
})
