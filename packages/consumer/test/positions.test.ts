import { Consumer } from '@ringlog/consumer'
import { isSettled } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { MemoryLog } from './memory-log.ts'
import { consumerOf, logOf, numbers, valuesOf } from './rig.ts'

const invalidState = expect.objectContaining({ code: 'INVALID_STATE' })

describe('seekToBeginning and seekToEnd', () => {
  test('move all that is assigned, at once', async () => {
    const log = new MemoryLog(2)
    log.partitions[0]!.appendValues('a', 'b', 'c')
    log.partitions[1]!.appendValues('d', 'e')
    const consumer = await consumerOf(log)
    await consumer.seekToEnd()
    expect(log.all.map((p) => consumer.position(p))).toEqual([3, 2])
    log.partitions[1]!.appendValues('f')
    expect(valuesOf(await consumer.poll())).toEqual(['f'])
    await consumer.seekToBeginning([])
    expect(log.all.map((p) => consumer.position(p))).toEqual([0, 0])
    expect(valuesOf(await consumer.poll()).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
  })

  test('move only the partitions that are named', async () => {
    const log = new MemoryLog(2)
    for (const partition of log.partitions) partition.appendValues('a', 'b')
    const consumer = await consumerOf(log)
    await consumer.seekToEnd([log.at(1)])
    expect(log.all.map((p) => consumer.position(p))).toEqual([0, 2])
    await consumer.seekToBeginning([log.at(1)])
    expect(log.all.map((p) => consumer.position(p))).toEqual([0, 0])
  })

  test('go to what is still there', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    for (let i = 0; i < 100; i++) log.first.appendValues('x'.repeat(1000))
    const { logStartOffset } = log.first.writer
    expect(logStartOffset).toBeGreaterThan(0)
    await consumer.seekToBeginning()
    expect(consumer.position(log.at(0))).toBe(logStartOffset)
    const [first] = [...(await consumer.poll())]
    expect(first!.offset).toBe(logStartOffset)
  })

  test('move nothing when one of the partitions is not assigned', async () => {
    const log = logOf(5)
    const consumer = await consumerOf(log)
    await expect(consumer.seekToEnd([log.at(0), log.at(1)])).rejects.toEqual(invalidState)
    await expect(consumer.seekToBeginning([log.at(1)])).rejects.toEqual(invalidState)
    expect(consumer.position(log.at(0))).toBe(0)
  })

  test('give a position where there was none', async () => {
    const log = logOf(5)
    const consumer = new Consumer(log.client, { autoOffsetReset: 'none' })
    await expect(consumer.assign(log.all)).rejects.toMatchObject({
      code: 'NO_OFFSET_FOR_PARTITION',
    })
    expect(() => consumer.position(log.at(0))).toThrow(invalidState)
    expect(() => consumer.lag(log.at(0))).toThrow(invalidState)
    await consumer.seekToEnd()
    expect(consumer.position(log.at(0))).toBe(5)
    await consumer.close()
  })
})

describe('a partition that is none', () => {
  test.each([undefined, null, 0, {}, { topic: 'orders', partition: -1 }, { partition: 0 }])(
    'is refused: %j',
    async (given) => {
      const consumer = await consumerOf(logOf(5))
      const p = given as never
      const invalid = expect.objectContaining({ code: 'INVALID_REQUEST' })
      expect(() => consumer.seek(p, 0)).toThrow(invalid)
      expect(() => consumer.position(p)).toThrow(invalid)
      expect(() => consumer.currentOffset(p)).toThrow(invalid)
      expect(() => consumer.lag(p)).toThrow(invalid)
    },
  )
})

describe('position and lag', () => {
  test('follow what is handed out, and the end of the log', async () => {
    const log = logOf(10)
    const consumer = await consumerOf(log, { maxPollRecords: 4 })
    expect([consumer.position(log.at(0)), consumer.lag(log.at(0))]).toEqual([0, 10])
    await consumer.poll()
    expect([consumer.position(log.at(0)), consumer.lag(log.at(0))]).toEqual([4, 6])
    log.first.appendValues('x', 'y')
    expect(consumer.lag(log.at(0))).toBe(8)
    consumer.seek(log.at(0), 1000)
    expect(consumer.lag(log.at(0))).toBe(0)
  })

  test('are not to be had of what is not assigned', async () => {
    const log = logOf(1)
    const consumer = await consumerOf(log)
    const at = log.at(7)
    expect(() => consumer.position(at)).toThrow(invalidState)
    expect(() => consumer.currentOffset(at)).toThrow(invalidState)
    expect(() => consumer.lag(at)).toThrow(invalidState)
  })
})

describe('pause and resume', () => {
  test('a paused partition keeps its position, and is passed over by every poll', async () => {
    const log = new MemoryLog(2)
    const consumer = await consumerOf(log)
    consumer.pause([log.at(0)])
    expect(consumer.paused()).toEqual([log.at(0)])
    for (let round = 0; round < 3; round++) {
      for (const [i, partition] of log.partitions.entries()) partition.appendValues(`${i}${round}`)
      expect(valuesOf(await consumer.poll())).toEqual([`1${round}`])
    }
    expect(consumer.position(log.at(0))).toBe(0)
    expect(consumer.assignment()).toEqual(log.all)
    consumer.resume([log.at(0)])
    expect(consumer.paused()).toEqual([])
    expect(valuesOf(await consumer.poll())).toEqual(['00', '01', '02'])
  })

  test('a poll with all paused waits, whatever comes, until one is resumed', async () => {
    const log = logOf(3)
    const consumer = await consumerOf(log)
    consumer.pause(log.all)
    expect((await consumer.poll({ timeoutMs: 1 })).count).toBe(0)
    const polling = consumer.poll()
    log.first.appendValues('3')
    expect(await isSettled(polling)).toBe(false)
    consumer.resume(log.all)
    expect(valuesOf(await polling)).toEqual(numbers(0, 4))
  })

  test('what was fetched and not handed out before a pause comes after it', async () => {
    const log = logOf(10)
    const consumer = await consumerOf(log, { maxPollRecords: 3 })
    expect(valuesOf(await consumer.poll())).toEqual(numbers(0, 3))
    consumer.pause(log.all)
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    consumer.resume(log.all)
    expect(valuesOf(await consumer.poll())).toEqual(numbers(3, 6))
  })

  test('a paused partition can be sought, and rests through an assign that keeps it', async () => {
    const log = new MemoryLog(2)
    log.first.appendValues('a', 'b')
    const consumer = await consumerOf(log)
    consumer.pause([log.at(0)])
    consumer.seek(log.at(0), 1)
    await consumer.assign([log.at(0)])
    expect(consumer.paused()).toEqual([log.at(0)])
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    await consumer.assign([log.at(1)])
    await consumer.assign(log.all)
    expect(consumer.paused()).toEqual([])
  })

  test('a worker that died is not told of while its partition rests', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    log.first.isOffline = true
    consumer.pause(log.all)
    expect((await consumer.poll({ timeoutMs: 1 })).count).toBe(0)
    consumer.resume(log.all)
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'PARTITION_OFFLINE' })
  })

  test('pause or resume nothing when one of the partitions is not assigned', async () => {
    const log = logOf(1)
    const consumer = await consumerOf(log)
    expect(() => consumer.pause([log.at(0), log.at(1)])).toThrow(invalidState)
    expect(consumer.paused()).toEqual([])
    consumer.pause([log.at(0)])
    expect(() => consumer.resume([log.at(0), log.at(1)])).toThrow(invalidState)
    expect(consumer.paused()).toEqual([log.at(0)])
  })
})

test.each([
  [null],
  [{}],
  [[{ topic: 't' }]],
  [[{ topic: 3, partition: 0 }]],
  [[{ topic: 't', partition: -1 }]],
])('partitions that are none are refused: %j', async (partitions) => {
  const log = logOf(1)
  const consumer = await consumerOf(log)
  const invalid = { code: 'INVALID_REQUEST' }
  const given = partitions as never
  expect(() => consumer.pause(given)).toThrow(expect.objectContaining(invalid))
  await expect(consumer.seekToEnd(given)).rejects.toMatchObject(invalid)
  await expect(consumer.endOffsets(given)).rejects.toMatchObject(invalid)
  await expect(consumer.assign(given)).rejects.toMatchObject(invalid)
})
