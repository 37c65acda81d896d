import { createTopicPartitioner, type TopicPartitioner } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import { partitionOfKey } from '../../src/partitioner/murmur2.ts'

const STICKY_BYTES = 1000
const KEY = Buffer.from('customer-17')
const KEYS = Array.from({ length: 50 }, (_, index) => Buffer.from(`key-${index}`))

/** Sends a record without a key that is taken; returns its partition. */
function sendKeyless(partitioner: TopicPartitioner, partitionCount: number): number {
  const partition = partitioner.choose(null, -1, partitionCount)
  partitioner.onAppended(false, { lastRecordBytes: 10, isOpenFull: false })
  return partition
}

function sendKeyed(partitioner: TopicPartitioner, key: Uint8Array, partitionCount: number): number {
  const partition = partitioner.choose(key, key.length, partitionCount)
  partitioner.onAppended(true, { lastRecordBytes: 10, isOpenFull: false })
  return partition
}

function times<T>(count: number, call: () => T): T[] {
  return Array.from({ length: count }, call)
}

describe.each(['default', 'sticky'] as const)('the partitioner %s', (name) => {
  test('asks for keys, and lets their hash decide', () => {
    const partitioner = createTopicPartitioner(name, STICKY_BYTES)
    expect(partitioner.usesKey).toBe(true)
    for (const partitionCount of [1, 3, 16]) {
      const partitions = KEYS.map((key) => sendKeyed(partitioner, key, partitionCount))
      expect(partitions).toEqual(
        KEYS.map((key) => partitionOfKey(key, 0, key.length, partitionCount)),
      )
    }
  })

  test('takes an empty key for a key', () => {
    const partitioner = createTopicPartitioner(name, STICKY_BYTES, () => 0)
    const empty = new Uint8Array(0)
    const expected = partitionOfKey(empty, 0, 0, 7)
    expect(expected).not.toBe(0)
    expect(times(3, () => sendKeyed(partitioner, empty, 7))).toEqual(times(3, () => expected))
  })

  test('hashes so much of a borrowed memory as the key is long', () => {
    const partitioner = createTopicPartitioner(name, STICKY_BYTES)
    const memory = Buffer.concat([KEY, Buffer.from('rest of another key')])
    expect(partitioner.choose(memory, KEY.length, 1000)).toBe(
      partitionOfKey(KEY, 0, KEY.length, 1000),
    )
  })
})

describe('the default partitioner', () => {
  test('sends records without a key round and round, from partition 0', () => {
    const partitioner = createTopicPartitioner('default', STICKY_BYTES)
    expect(times(7, () => sendKeyless(partitioner, 3))).toEqual([0, 1, 2, 0, 1, 2, 0])
  })

  test('does not count records with a key', () => {
    const partitioner = createTopicPartitioner('default', STICKY_BYTES)
    const partitions = times(4, () => {
      sendKeyed(partitioner, KEY, 3)
      return sendKeyless(partitioner, 3)
    })
    expect(partitions).toEqual([0, 1, 2, 0])
  })

  test('does not count records that were not taken', () => {
    const partitioner = createTopicPartitioner('default', STICKY_BYTES)
    sendKeyless(partitioner, 3)
    expect(times(3, () => partitioner.choose(null, -1, 3))).toEqual([1, 1, 1])
    expect(times(2, () => sendKeyless(partitioner, 3))).toEqual([1, 2])
  })

  test('goes on to new partitions as there are more', () => {
    const partitioner = createTopicPartitioner('default', STICKY_BYTES)
    times(3, () => sendKeyless(partitioner, 3))
    expect(times(6, () => sendKeyless(partitioner, 5))).toEqual([3, 4, 0, 1, 2, 3])
    expect(times(4, () => sendKeyless(partitioner, 9))).toEqual([4, 5, 6, 7])
  })

  test('counts for each topic of each producer alone', () => {
    const [one, other] = times(2, () => createTopicPartitioner('default', STICKY_BYTES))
    expect(times(2, () => sendKeyless(one!, 3))).toEqual([0, 1])
    expect(times(2, () => sendKeyless(other!, 3))).toEqual([0, 1])
  })
})

describe('the round-robin partitioner', () => {
  test('does not ask for keys', () => {
    expect(createTopicPartitioner('roundRobin', STICKY_BYTES).usesKey).toBe(false)
  })

  test('sends every record to the next partition, with or without a key', () => {
    const partitioner = createTopicPartitioner('roundRobin', STICKY_BYTES)
    const partitions = times(3, () => [sendKeyed(partitioner, KEY, 4), sendKeyless(partitioner, 4)])
    expect(partitions.flat()).toEqual([0, 1, 2, 3, 0, 1])
  })

  test('does not count records that were not taken', () => {
    const partitioner = createTopicPartitioner('roundRobin', STICKY_BYTES)
    sendKeyed(partitioner, KEY, 4)
    expect(times(3, () => partitioner.choose(KEY, KEY.length, 4))).toEqual([1, 1, 1])
    expect(sendKeyed(partitioner, KEY, 4)).toBe(1)
  })

  test('goes on to new partitions as there are more', () => {
    const partitioner = createTopicPartitioner('roundRobin', STICKY_BYTES)
    times(2, () => sendKeyless(partitioner, 2))
    expect(times(4, () => sendKeyless(partitioner, 3))).toEqual([2, 0, 1, 2])
  })
})
