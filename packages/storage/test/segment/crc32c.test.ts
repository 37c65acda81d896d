import { crc32c as native } from '@node-rs/crc32'
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { crc32c, crc32cByTable, loadNative } from '../../src/segment/crc32c.ts'

describe('a CRC-32C', () => {
  test.each([
    ['', 0],
    ['123456789', 0xe306_9283],
    ['a', 0xc1d0_4330],
  ])('of %j is what is known of it', (text, crc) => {
    expect(crc32c(Buffer.from(text))).toBe(crc)
    expect(crc32cByTable(Buffer.from(text))).toBe(crc)
  })

  test('is the same by the processor’s instruction and by the table', () => {
    expect(loadNative()).toBe(native)
    for (let length = 0; length < 300; length++) {
      const bytes = randomBytes(length)
      expect(crc32cByTable(bytes), bytes.toString('hex')).toBe(native(bytes))
    }
  })
})
