import { createTopicPartitioner, type TopicPartitioner } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'

const STICKY_BYTES = 1000

/** Sends a record without a key that is taken; returns its partition. */
function sendKeyless(partitioner: TopicPartitioner, partitionCount: number): number {
  const partition = partitioner.choose(partitionCount)
  partitioner.onAppended(false, { lastRecordBytes: 10, isOpenFull: false })
  return partition
}

/** The same of one with a key; its hash decides, unless the partitioner does not use it. */
function sendKeyed(partitioner: TopicPartitioner, partitionCount: number): number | null {
  const partition = partitioner.usesKey ? null : partitioner.choose(partitionCount)
  partitioner.onAppended(true, { lastRecordBytes: 10, isOpenFull: false })
  return partition
}

function times<T>(count: number, call: () => T): T[] {
  return Array.from({ length: count }, call)
}

test.each(['default', 'sticky'] as const)('the partitioner %s lets a key decide', (name) => {
  expect(createTopicPartitioner(name, STICKY_BYTES).usesKey).toBe(true)
})

describe('the default partitioner', () => {
  test('sends records without a key round and round, from partition 0', () => {
    const partitioner = createTopicPartitioner('default', STICKY_BYTES)
    expect(times(7, () => sendKeyless(partitioner, 3))).toEqual([0, 1, 2, 0, 1, 2, 0])
  })

  test('does not count records with a key', () => {
    const partitioner = createTopicPartitioner('default', STICKY_BYTES)
    const partitions = times(4, () => {
      sendKeyed(partitioner, 3)
      return sendKeyless(partitioner, 3)
    })
    expect(partitions).toEqual([0, 1, 2, 0])
  })

  test('does not count records that were not taken', () => {
    const partitioner = createTopicPartitioner('default', STICKY_BYTES)
    sendKeyless(partitioner, 3)
    expect(times(3, () => partitioner.choose(3))).toEqual([1, 1, 1])
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
  test('does not look at keys', () => {
    expect(createTopicPartitioner('roundRobin', STICKY_BYTES).usesKey).toBe(false)
  })

  test('sends every record to the next partition, with or without a key', () => {
    const partitioner = createTopicPartitioner('roundRobin', STICKY_BYTES)
    const partitions = times(3, () => [sendKeyed(partitioner, 4), sendKeyless(partitioner, 4)])
    expect(partitions.flat()).toEqual([0, 1, 2, 3, 0, 1])
  })

  test('does not count records that were not taken', () => {
    const partitioner = createTopicPartitioner('roundRobin', STICKY_BYTES)
    sendKeyed(partitioner, 4)
    expect(times(3, () => partitioner.choose(4))).toEqual([1, 1, 1])
    expect(sendKeyed(partitioner, 4)).toBe(1)
  })

  test('goes on to new partitions as there are more', () => {
    const partitioner = createTopicPartitioner('roundRobin', STICKY_BYTES)
    times(2, () => sendKeyless(partitioner, 2))
    expect(times(4, () => sendKeyless(partitioner, 3))).toEqual([2, 0, 1, 2])
  })
})
