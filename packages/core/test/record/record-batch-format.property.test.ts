import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  batchSizeAt,
  readInt16,
  readInt32,
  readInt64,
  writeInt16,
  writeInt32,
  writeInt64,
} from '../../src/record/record-batch-format.ts'
import { hexOf } from './hex-records.ts'

const BYTE_INDEX = 3

/** Both the number and what lies around it must be what Node's own Buffer makes of it. */
function expectAsBuffer(
  write: (bytes: Uint8Array) => void,
  writeReference: (bytes: Buffer) => void,
): Buffer {
  const bytes = Buffer.alloc(16, 0xee)
  const expected = Buffer.alloc(16, 0xee)
  write(bytes)
  writeReference(expected)
  expect(hexOf(bytes)).toBe(hexOf(expected))
  return expected
}

describe('integers of fixed size', () => {
  test('are, with 64 bits, what Buffer writes and reads, for every safe integer', () => {
    const edges = fc.constantFrom(-1, 0, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1)
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), edges), (value) => {
        const bytes = expectAsBuffer(
          (target) => writeInt64(target, BYTE_INDEX, value),
          (target) => target.writeBigInt64BE(BigInt(value), BYTE_INDEX),
        )
        expect(readInt64(bytes, BYTE_INDEX)).toBe(value)
      }),
      { numRuns: 500 },
    )
  })

  test('are rounded, with 64 bits, where no number is exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes = Buffer.alloc(8)
        bytes.writeBigInt64BE(value)
        expect(readInt64(bytes, 0)).toBe(Number(value))
      }),
    )
  })

  test('are, with 32 bits, what Buffer writes and reads', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        const bytes = expectAsBuffer(
          (target) => writeInt32(target, BYTE_INDEX, value),
          (target) => target.writeInt32BE(value, BYTE_INDEX),
        )
        expect(readInt32(bytes, BYTE_INDEX)).toBe(value)
      }),
    )
  })

  test('are, with 16 bits, what Buffer writes and reads', () => {
    for (let value = -0x8000; value <= 0x7fff; value += 0x11) {
      const bytes = expectAsBuffer(
        (target) => writeInt16(target, BYTE_INDEX, value),
        (target) => target.writeInt16BE(value, BYTE_INDEX),
      )
      expect(readInt16(bytes, BYTE_INDEX)).toBe(value)
    }
  })
})

describe('the size of a batch', () => {
  test('counts the length field and the base offset, which the batch itself does not', () => {
    const bytes = Buffer.alloc(32)
    bytes.writeInt32BE(100, 5 + 8)
    expect(batchSizeAt(bytes, 5)).toBe(112)
  })
})
