import { describe, expect, test } from 'vitest'
import { MemoryLog, batchOf } from './memory-log.ts'
import { consumerOf, logOf, numbers, valuesOf } from './rig.ts'

/** Ten records of 100 bytes in one batch, and the bytes that it takes in the log. */
const tenRecords = Array.from({ length: 10 }, () => ({ value: 'x'.repeat(100) }))
const batchBytes = Math.ceil(batchOf(tenRecords).length / 8) * 8

/** Partitions with so many batches of ten records. */
function logOfBatches(...batches: number[]): MemoryLog {
  const log = new MemoryLog(batches.length)
  for (const [i, count] of batches.entries()) {
    for (let batch = 0; batch < count; batch++) log.partitions[i]!.append(tenRecords)
  }
  return log
}

describe('maxPollRecords', () => {
  test.each([1, 2, 9, 10, 11, 25])(
    'is kept exactly, within batches and across: %i',
    async (max) => {
      const log = logOf(100, 10)
      const consumer = await consumerOf(log, { maxPollRecords: max })
      for (let from = 0; from < 100; from += max) {
        const to = Math.min(100, from + max)
        expect(valuesOf(await consumer.poll())).toEqual(numbers(from, to))
        expect([consumer.position(log.at(0)), consumer.currentOffset(log.at(0))]).toEqual([
          to,
          to - 1,
        ])
      }
    },
  )

  test('counts over all partitions', async () => {
    const log = logOfBatches(1, 1, 1)
    const consumer = await consumerOf(log, { maxPollRecords: 25 })
    const first = await consumer.poll()
    expect(log.all.map((p) => first.records(p).length)).toEqual([10, 10, 5])
    const second = await consumer.poll()
    expect(log.all.map((p) => second.records(p).length)).toEqual([0, 0, 5])
  })

  test('Infinity takes all there is', async () => {
    const log = logOf(1000, 10)
    const consumer = await consumerOf(log, { maxPollRecords: Infinity })
    expect((await consumer.poll()).count).toBe(1000)
  })
})

describe('limits in bytes', () => {
  test.each([
    [0, 1],
    [1, 1],
    [batchBytes, 1],
    [2 * batchBytes - 1, 1],
    [2 * batchBytes, 2],
    [3 * batchBytes, 3],
  ])('maxPartitionFetchBytes %i takes %i batches', async (maxPartitionFetchBytes, batches) => {
    const log = logOfBatches(4)
    const consumer = await consumerOf(log, { maxPartitionFetchBytes })
    expect((await consumer.poll()).count).toBe(10 * batches)
  })

  test('maxPartitionFetchBytes is of each partition, fetchMaxBytes of all', async () => {
    const log = logOfBatches(4, 4, 4)
    const counts = async (maxPartition: number, fetchMax: number): Promise<number[]> => {
      const consumer = await consumerOf(log, {
        maxPartitionFetchBytes: maxPartition * batchBytes,
        fetchMaxBytes: fetchMax * batchBytes,
      })
      const records = await consumer.poll()
      return log.all.map((p) => records.records(p).length / 10)
    }
    expect(await counts(2, 100)).toEqual([2, 2, 2])
    expect(await counts(100, 5)).toEqual([4, 1, 0])
    expect(await counts(2, 5)).toEqual([2, 2, 1])
    expect(await counts(2, 3.5)).toEqual([2, 1, 0])
    expect(await counts(100, 0)).toEqual([1, 0, 0])
    // What is larger than its partition's limit comes first in a poll of its own only.
    expect(await counts(0, 100)).toEqual([1, 0, 0])
  })

  test('a partition whose batches are larger than the limit has its turn all the same', async () => {
    const log = new MemoryLog(2)
    for (let i = 0; i < 5; i++) {
      log.partitions[0]!.append(tenRecords)
      log.partitions[1]!.append([{ value: 'y'.repeat(5_000) }])
    }
    const consumer = await consumerOf(log, { maxPartitionFetchBytes: batchBytes })
    const sizes: number[][] = []
    for (let poll = 0; poll < 5; poll++) {
      const records = await consumer.poll()
      sizes.push(log.all.map((p) => records.records(p).length))
    }
    // First in turn, each takes one batch; the small ones fit behind the large one as well.
    expect(sizes).toEqual([
      [10, 0],
      [10, 1],
      [10, 0],
      [10, 1],
      [10, 0],
    ])
    const rest = await consumer.poll()
    expect(rest.records(log.at(1)).length).toBe(1)
  })

  test('a batch larger than any chunk is read whole', async () => {
    const log = new MemoryLog(1, 4 * 1024 * 1024)
    const value = Buffer.alloc(900_000, 'z')
    log.first.append([{ value }])
    log.first.append([{ value: 'after' }])
    const consumer = await consumerOf(log, { maxPollRecords: 1 })
    expect((await consumer.poll()).count).toBe(1)
    expect(valuesOf(await consumer.poll())).toEqual(['after'])
    await consumer.seekToBeginning()
    const [record] = [...(await consumer.poll())]
    expect(record!.value!.equals(value)).toBe(true)
  })
})

/** A log of which the first records are gone. */
function lapped(): MemoryLog {
  const log = new MemoryLog()
  for (let i = 0; i < 100; i++) log.first.append([{ value: String(i).padEnd(1000) }])
  return log
}

describe('autoOffsetReset', () => {
  test.each(['earliest', 'latest'] as const)('"%s" from before the start', async (reset) => {
    const log = lapped()
    const { logStartOffset, endOffset } = log.first.writer
    const consumer = await consumerOf(log, { autoOffsetReset: reset })
    consumer.seek(log.at(0), logStartOffset - 1)
    const records = await consumer.poll({ timeoutMs: 0 })
    expect(consumer.position(log.at(0))).toBe(endOffset)
    expect(records.count).toBe(reset === 'earliest' ? endOffset - logStartOffset : 0)
    log.first.appendValues('new')
    expect(valuesOf(await consumer.poll())).toEqual(['new'])
  })

  test.each(['earliest', 'latest'] as const)('"%s" from after the end', async (reset) => {
    const log = lapped()
    const { logStartOffset, endOffset } = log.first.writer
    const consumer = await consumerOf(log, { autoOffsetReset: reset, maxPollRecords: 1 })
    consumer.seek(log.at(0), endOffset + 1)
    expect(consumer.position(log.at(0))).toBe(endOffset + 1)
    const records = await consumer.poll({ timeoutMs: 0 })
    expect(Array.from(records, ({ offset }) => offset)).toEqual(
      reset === 'earliest' ? [logStartOffset] : [],
    )
  })

  test('the end itself is within the log', async () => {
    const log = lapped()
    const { endOffset } = log.first.writer
    const consumer = await consumerOf(log, { autoOffsetReset: 'earliest' })
    consumer.seek(log.at(0), endOffset)
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    expect(consumer.position(log.at(0))).toBe(endOffset)
  })

  test('"latest" is fixed when assign resolves, not at the first poll', async () => {
    const log = logOf(5)
    const consumer = await consumerOf(log, { autoOffsetReset: 'latest' })
    expect(consumer.position(log.at(0))).toBe(5)
    log.first.appendValues('5', '6')
    expect(valuesOf(await consumer.poll())).toEqual(['5', '6'])
  })

  test('one partition without a position does not keep the records of another', async () => {
    const log = new MemoryLog(2)
    for (const p of log.partitions) p.appendValues('a', 'b')
    const consumer = await consumerOf(log, { maxPollRecords: 1 })
    consumer.seek(log.at(0), 99)
    const values = []
    for (let poll = 0; poll < 4; poll++) values.push(...valuesOf(await consumer.poll()))
    expect(values.sort()).toEqual(['a', 'a', 'b', 'b'])
  })
})
