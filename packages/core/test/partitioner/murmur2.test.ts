import { murmur2 } from '@ringlog/core'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { partitionOfKey } from '../../src/partitioner/murmur2.ts'

interface GoldenKey {
  key: string
  murmur2: number
  partitionOf3: number
  partitionOf16: number
  partitionOf1000: number
}

const file = new URL('../golden/murmur2.json', import.meta.url)
const GOLDEN_KEYS = JSON.parse(readFileSync(file, 'utf8')) as GoldenKey[]

describe('murmur2', () => {
  test('is what Kafka’s Java client computes', () => {
    const hashes = GOLDEN_KEYS.map(({ key }) => murmur2(Buffer.from(key, 'hex')))
    expect(hashes).toEqual(GOLDEN_KEYS.map((golden) => golden.murmur2))
    expect(hashes.some((hash) => hash < 0)).toBe(true)
    expect(hashes.some((hash) => hash > 0)).toBe(true)
  })

  test('takes the bytes from a start on, of a length, and no others', () => {
    for (const { key, murmur2: expected } of GOLDEN_KEYS) {
      const bytes = Buffer.from(key, 'hex')
      for (const filler of [0x00, 0xff]) {
        const around = Buffer.alloc(5, filler)
        const amid = Buffer.concat([around, bytes, around])
        expect(murmur2(amid, 5, bytes.length)).toBe(expected)
        expect(murmur2(amid.subarray(5, 5 + bytes.length))).toBe(expected)
      }
    }
  })
})

describe('the partition of a key', () => {
  test('is the one that Kafka’s Java client chooses', () => {
    for (const { key, partitionOf3, partitionOf16, partitionOf1000 } of GOLDEN_KEYS) {
      const bytes = Buffer.from(key, 'hex')
      const amid = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')])
      const partitions = [1, 3, 16, 1000].map((partitionCount) =>
        partitionOfKey(amid, 6, bytes.length, partitionCount),
      )
      expect(partitions).toEqual([0, partitionOf3, partitionOf16, partitionOf1000])
    }
  })
})
