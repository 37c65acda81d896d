import { createTopicPartitioner, type TopicPartitioner } from '@ringlog/core/internal'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const STICKY_BYTES = 1000

const choose = (partitioner: TopicPartitioner, partitionCount: number): number =>
  partitioner.choose(partitionCount)

/** Draws these numbers, one after the other; more than these is a fault. */
function drawing(...numbers: number[]): () => number {
  const left = [...numbers]
  return () => {
    const drawn = left.shift()
    if (drawn === undefined) throw new Error('one draw too many')
    return drawn
  }
}

describe('the sticky partitioner', () => {
  test('draws its first partition among all', () => {
    for (const [drawn, partition] of [
      [0, 0],
      [0.24, 0],
      [0.25, 1],
      [0.5, 2],
      [0.999, 3],
    ] as const) {
      const partitioner = createTopicPartitioner('sticky', STICKY_BYTES, drawing(drawn))
      expect(choose(partitioner, 4)).toBe(partition)
    }
  })

  test('stays until a batch is full after a batch’s worth of bytes', () => {
    const partitioner = createTopicPartitioner('sticky', STICKY_BYTES, drawing(0.5, 0))
    expect(choose(partitioner, 4)).toBe(2)
    partitioner.onAppended(false, { lastRecordBytes: 400, isOpenFull: true }) // full, but not enough bytes
    expect(choose(partitioner, 4)).toBe(2)
    partitioner.onAppended(false, { lastRecordBytes: 599, isOpenFull: true })
    expect(choose(partitioner, 4)).toBe(2)
    partitioner.onAppended(false, { lastRecordBytes: 1, isOpenFull: false }) // enough, but no batch is full
    expect(choose(partitioner, 4)).toBe(2)
    partitioner.onAppended(false, { lastRecordBytes: 1, isOpenFull: true })
    expect(choose(partitioner, 4)).toBe(0)
  })

  test('moves at exactly a batch’s worth of bytes where a batch is full', () => {
    const partitioner = createTopicPartitioner('sticky', STICKY_BYTES, drawing(0.5, 0))
    choose(partitioner, 4)
    partitioner.onAppended(false, { lastRecordBytes: STICKY_BYTES, isOpenFull: true })
    expect(choose(partitioner, 4)).toBe(0)
  })

  test('moves at twice as many bytes, whether a batch is full or not', () => {
    const partitioner = createTopicPartitioner('sticky', STICKY_BYTES, drawing(0.5, 0))
    choose(partitioner, 4)
    partitioner.onAppended(false, { lastRecordBytes: 2 * STICKY_BYTES - 1, isOpenFull: false })
    expect(choose(partitioner, 4)).toBe(2)
    partitioner.onAppended(false, { lastRecordBytes: 1, isOpenFull: false })
    expect(choose(partitioner, 4)).toBe(0)
  })

  test('counts from nothing on the next partition', () => {
    const partitioner = createTopicPartitioner('sticky', STICKY_BYTES, drawing(0, 0, 0))
    choose(partitioner, 4)
    partitioner.onAppended(false, { lastRecordBytes: 1900, isOpenFull: true })
    expect(choose(partitioner, 4)).toBe(1)
    partitioner.onAppended(false, { lastRecordBytes: STICKY_BYTES - 1, isOpenFull: true })
    expect(choose(partitioner, 4)).toBe(1)
    partitioner.onAppended(false, { lastRecordBytes: 1, isOpenFull: true })
    expect(choose(partitioner, 4)).toBe(0)
  })

  test('draws the others alike, and never the same again', () => {
    for (const first of [0, 1, 2, 3]) {
      const reached = [0, 0.34, 0.67].map((drawn) => {
        const partitioner = createTopicPartitioner('sticky', 1, drawing(first / 4, drawn))
        choose(partitioner, 4)
        partitioner.onAppended(false, { lastRecordBytes: 2, isOpenFull: false })
        return choose(partitioner, 4)
      })
      expect(reached).toEqual([0, 1, 2, 3].filter((partition) => partition !== first))
    }
  })

  test('never stays, for any draws, and never leaves the partitions there are', () => {
    const number = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    const draws = fc.array(number, { minLength: 30, maxLength: 30 })
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), draws, (partitionCount, numbers) => {
        const partitioner = createTopicPartitioner('sticky', 1, drawing(...numbers))
        let last = -1
        for (let i = 0; i < 29; i++) {
          const partition = choose(partitioner, partitionCount)
          expect(partition).not.toBe(last)
          expect(partition).toBeGreaterThanOrEqual(0)
          expect(partition).toBeLessThan(partitionCount)
          partitioner.onAppended(false, { lastRecordBytes: 2, isOpenFull: false })
          last = partition
        }
      }),
    )
  })

  test('stays on the only partition there is', () => {
    const partitioner = createTopicPartitioner('sticky', 1)
    for (let i = 0; i < 10; i++) {
      expect(choose(partitioner, 1)).toBe(0)
      partitioner.onAppended(false, { lastRecordBytes: 2, isOpenFull: true })
    }
  })

  test('does not count records with a key, nor move for them', () => {
    const partitioner = createTopicPartitioner('sticky', STICKY_BYTES, drawing(0.5))
    expect(choose(partitioner, 4)).toBe(2)
    for (let i = 0; i < 10; i++) {
      partitioner.onAppended(true, { lastRecordBytes: 5000, isOpenFull: true })
    }
    expect(choose(partitioner, 4)).toBe(2)
  })

  test('does not move for records that were not taken', () => {
    const partitioner = createTopicPartitioner('sticky', STICKY_BYTES, drawing(0.5))
    for (let i = 0; i < 1000; i++) expect(choose(partitioner, 4)).toBe(2)
  })

  test('draws among new partitions as there are more', () => {
    const partitioner = createTopicPartitioner('sticky', 1, drawing(0, 0.99))
    expect(choose(partitioner, 2)).toBe(0)
    expect(choose(partitioner, 8)).toBe(0)
    partitioner.onAppended(false, { lastRecordBytes: 2, isOpenFull: true })
    expect(choose(partitioner, 8)).toBe(7)
  })

  test('draws anew, among those there are, where its partition is gone', () => {
    const partitioner = createTopicPartitioner('sticky', STICKY_BYTES, drawing(0.99, 0.99))
    expect(choose(partitioner, 8)).toBe(7)
    expect(choose(partitioner, 2)).toBe(1)
  })

  test('reaches every partition by chance, where no source of chance is given', () => {
    const partitioner = createTopicPartitioner('sticky', 1)
    const reached = new Set<number>()
    for (let i = 0; i < 1000; i++) {
      reached.add(choose(partitioner, 4))
      partitioner.onAppended(false, { lastRecordBytes: 2, isOpenFull: true })
    }
    expect(reached).toEqual(new Set([0, 1, 2, 3]))
  })
})
