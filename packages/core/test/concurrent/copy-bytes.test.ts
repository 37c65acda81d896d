import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { copyBytes } from '../../src/concurrent/copy-bytes.ts'

const memories = {
  private: (bytes: number) => new Uint8Array(bytes),
  shared: (bytes: number) => new Uint8Array(new SharedArrayBuffer(bytes + 16), 16),
}

describe.each([
  ['private', 'shared'],
  ['shared', 'private'],
  ['shared', 'shared'],
] as const)('copying from %s to %s memory', (from, to) => {
  test('copies these bytes and no other, whatever their alignment', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.nat(40), fc.nat(40), (length, sourceByte, targetByte) => {
        const source = memories[from](length + 50)
        const target = memories[to](length + 50)
        for (let i = 0; i < source.length; i++) source[i] = (i * 13 + 1) & 0xff
        const expected = target.slice()
        for (let i = 0; i < length; i++) expected[targetByte + i] = source[sourceByte + i]!
        copyBytes(source, sourceByte, target, targetByte, length)
        expect(Buffer.compare(target, expected)).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
