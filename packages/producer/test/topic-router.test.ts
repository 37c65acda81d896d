import { partitionOfKey, type PartitionerName } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import { TopicRouter } from '../src/topic-router.ts'

const NO_BATCH = { lastRecordBytes: 10, isOpenFull: false }
const KEYS = [
  '',
  'k',
  'customer-17',
  'é',
  'ten chars!',
  'longer than ten characters',
  '🎈'.repeat(200),
]

const routerOf = (name: PartitionerName): TopicRouter => new TopicRouter('orders', name, 1000)

/** Takes a record without a key; returns its partition. */
function takeKeyless(router: TopicRouter, partitionCount: number): number {
  const partition = router.choose(null, 'value', partitionCount)
  router.onAppended(false, NO_BATCH)
  return partition
}

describe.each(['default', 'sticky'] as const)('the partitioner %s', (name) => {
  test.each([1, 3, 16])('lets the hash of the key decide among %i partitions', (count) => {
    const router = routerOf(name)
    const expected = KEYS.map((key) => {
      const bytes = Buffer.from(key)
      return partitionOfKey(bytes, 0, bytes.length, count)
    })
    expect(KEYS.map((key) => router.choose(key, null, count))).toEqual(expected)
    expect(KEYS.map((key) => router.choose(Buffer.from(key), null, count))).toEqual(expected)
    expect(KEYS.map((key) => router.chooseBuiltIn(key, count))).toEqual(expected)
    expect(KEYS.map((key) => router.chooseBuiltIn(Buffer.from(key), count))).toEqual(expected)
  })

  test('lets the hash decide as soon as the only partition is not the only one', () => {
    const router = routerOf(name)
    const chosen = [1, 4, 1].map((count) => KEYS.map((key) => router.choose(key, null, count)))
    expect(chosen[1]).toEqual(
      KEYS.map((key) => partitionOfKey(Buffer.from(key), 0, Buffer.byteLength(key), 4)),
    )
    expect(new Set(chosen[1]).size).toBeGreaterThan(1)
    expect(chosen[0]).toEqual(KEYS.map(() => 0))
    expect(chosen[2]).toEqual(chosen[0])
  })

  test('goes on where it was with records without a key, whatever keyed ones came between', () => {
    const router = routerOf(name)
    for (const key of KEYS) {
      router.choose(key, null, 1)
      router.onAppended(true, NO_BATCH)
    }
    expect(takeKeyless(router, 1)).toBe(0)
    expect(takeKeyless(router, 1)).toBe(0)
  })
})

test('the default partitioner goes round and round for records without a key', () => {
  const router = routerOf('default')
  const partitions = [1, 2, 3, 4].map(() => {
    router.choose('key', null, 3)
    router.onAppended(true, NO_BATCH)
    return takeKeyless(router, 3)
  })
  expect(partitions).toEqual([0, 1, 2, 0])
  expect(router.chooseBuiltIn(null, 3)).toBe(1)
})

test('the partitioner roundRobin goes round and round whatever the key', () => {
  const router = routerOf('roundRobin')
  const partitions = KEYS.map((key) => {
    const partition = router.chooseBuiltIn(key, 3)
    expect(router.choose(key, null, 3)).toBe(partition)
    router.onAppended(true, NO_BATCH)
    return partition
  })
  expect(partitions).toEqual([0, 1, 2, 0, 1, 2, 0])
})

test('a partitioner of the user is asked by choose alone', () => {
  let asked = 0
  const router = new TopicRouter('orders', { partition: () => asked++ }, 1000)
  expect(router.chooseBuiltIn(null, 3)).toBe(-1)
  expect(router.chooseBuiltIn('key', 3)).toBe(-1)
  expect(asked).toBe(0)
  expect(router.choose('key', null, 3)).toBe(0)
  expect(asked).toBe(1)
})
