import { SEED } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import { countAlike } from '../../src/record/alike-records.ts'
import { batchOf, type PlainRecord } from '../batches.ts'
import { startsOf } from './mutated-batches.ts'
import { expectSameAsPlain } from './walked-like-plain.ts'

/** Of the record at `index`, how many of those behind it are said to be like it. */
function alikeAfter(records: readonly PlainRecord[], index: number): number {
  const batch = batchOf(records)
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length)
  const starts = [...startsOf(batch), batch.length]
  return countAlike(view, starts[index]!, starts[index + 1]!, index, Infinity, batch.length)
}

const times = (count: number, record: PlainRecord): PlainRecord[] =>
  Array.from({ length: count }, () => record)

test.each<[what: string, record: PlainRecord]>([
  ['value', { value: 'v'.repeat(100) }],
  ['short value', { value: 'short' }],
  ['empty value', { value: '' }],
  ['tombstone', { key: 'k', value: null }],
  ['short key', { key: 'customer-17', value: 'v'.repeat(64) }],
  ['longest key', { key: 'k'.repeat(63), value: 'v'.repeat(64) }],
  ['headers', { value: 'v'.repeat(300), headers: [['trace', 'a']] }],
])(
  'records that only differ in their bytes are alike, up to where the index takes another byte: %s',
  (_, record) => {
    const records = times(8300, record)
    expect(alikeAfter(records, 0)).toBe(63)
    expect(alikeAfter(records, 63)).toBe(0)
    expect(alikeAfter(records, 64)).toBe(8191 - 64)
    expect(alikeAfter(records, 8192)).toBe(0)
  },
)

const USUAL: PlainRecord = { key: 'key', value: 'v'.repeat(70), timestamp: 5 }

test.each<[what: string, other: PlainRecord]>([
  ['a timestamp', { ...USUAL, timestamp: 6 }],
  ['a longer value', { ...USUAL, value: 'v'.repeat(71) }],
  ['a longer key', { ...USUAL, key: 'key2' }],
  [
    'a byte more in the key, and one less in the value',
    { ...USUAL, key: 'key2', value: 'v'.repeat(69) },
  ],
  ['no key', { ...USUAL, key: null, value: 'v'.repeat(73) }],
  ['headers', { ...USUAL, value: 'v'.repeat(66), headers: [['', '']] }],
])('a record that differs in another thing is not alike: %s', (_, other) => {
  const records = [...times(70, USUAL), other, ...times(5, USUAL)]
  expect(alikeAfter(records, 64)).toBe(5)
  expect(alikeAfter(records, 70)).toBe(0)
  expect(alikeAfter(records, 71)).toBe(4)
})

test(`cursor and validator find in every batch what is found number by number (seed ${SEED})`, () => {
  const counts = expectSameAsPlain(SEED, 60, 25)
  // Both must happen often, or the changes are no longer of the right kind.
  expect(counts.good).toBeGreaterThan(100)
  expect(counts.malformed).toBeGreaterThan(500)
})
