import { Consumer } from '@ringlog/consumer'
import { RinglogError } from '@ringlog/core'
import {
  LAST_OFFSET_DELTA_BYTE,
  RECORDS_COUNT_BYTE,
  writeInt32,
} from '@ringlog/core/internal/storage'
import { isSettled, settle } from '@ringlog/test-kit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MemoryLog, batchOf } from './memory-log.ts'
import { consumerOf, logOf, numbers, valuesOf } from './rig.ts'
import { SlowReader } from './slow-reader.ts'

/** A consumer of records that lie on disk, and what it reads them by. */
async function slowConsumer(
  log: MemoryLog,
  groupId: string | null = null,
): Promise<{ consumer: Consumer; reader: SlowReader }> {
  const opened = SlowReader.of(log.first)
  if (groupId === null) return { consumer: await consumerOf(log), reader: await opened }
  const consumer = new Consumer(log.client, { groupId })
  onTestFinished(() => consumer.close())
  await consumer.subscribe(['t'])
  return { consumer, reader: await opened }
}

/** Two partitions, of which the first has a record. */
function logOfTwo(): MemoryLog {
  const log = new MemoryLog(2)
  log.first.appendValues('a')
  return log
}

describe.each([null, 'group'])('a consumer that is behind (group %s)', (groupId) => {
  test('reads what it has to load, and goes on with what is there', async () => {
    const log = logOf(100, 2)
    const { consumer, reader } = await slowConsumer(log, groupId)
    reader.isManual = false
    reader.inRingFrom = 60
    const values: string[] = []
    while (values.length < 100) values.push(...valuesOf(await consumer.poll()))
    log.first.appendValues('100')
    values.push(...valuesOf(await consumer.poll()))
    expect(values).toEqual(numbers(0, 101))
  })

  test('reads it by pollSync, which makes no call that the event loop would have to end', async () => {
    const log = logOf(100, 2)
    const { consumer, reader } = await slowConsumer(log, groupId)
    reader.inRingFrom = 60
    const values: string[] = []
    while (values.length < 100) values.push(...valuesOf(consumer.pollSync()))
    expect(values).toEqual(numbers(0, 100))
    expect(reader.loadedSync.length).toBeGreaterThan(5)
    expect(reader.pending).toEqual([])
  })

  test('reads it in an iteration', async () => {
    const { consumer, reader } = await slowConsumer(logOf(50, 2), groupId)
    reader.isManual = false
    const values: string[] = []
    for await (const { value } of consumer) if (values.push(String(value)) === 50) break
    expect(values).toEqual(numbers(0, 50))
  })
})

describe('a poll that waits for a load', () => {
  test('leaves the thread to others, and asks once', async () => {
    const { consumer, reader } = await slowConsumer(logOf(4, 2))
    const polling = consumer.poll()
    expect(await isSettled(polling)).toBe(false)
    expect(reader.pending.map(({ offset }) => offset)).toEqual([0])
    reader.pending[0]!.answer()
    expect(valuesOf(await polling)).toEqual(numbers(0, 4))
  })

  test('hands out what other partitions have meanwhile', async () => {
    const log = logOfTwo()
    const { consumer, reader } = await slowConsumer(log)
    const polling = consumer.poll()
    log.partitions[1]!.appendValues('b')
    expect(valuesOf(await polling)).toEqual(['b'])
    reader.pending[0]!.answer()
    expect(valuesOf(await consumer.poll())).toEqual(['a'])
  })

  test('returns in time, and a later one has what was loaded', async () => {
    const { consumer, reader } = await slowConsumer(logOf(2))
    for (let i = 0; i < 3; i++) expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    expect(reader.pending.length).toBe(1)
    reader.pending[0]!.answer()
    await settle()
    expect(valuesOf(await consumer.poll({ timeoutMs: 0 }))).toEqual(['0', '1'])
  })

  test('rejects with what the load failed with; the position stays, and the next tries again', async () => {
    const { consumer, reader } = await slowConsumer(logOf(2))
    const polling = consumer.poll()
    await settle()
    const details = { file: 'a file' }
    reader.pending[0]!.fail(new RinglogError('CORRUPT_MESSAGE', 'the log is damaged', { details }))
    await expect(polling).rejects.toMatchObject({
      code: 'CORRUPT_MESSAGE',
      message: expect.stringMatching(/^partition=t-0: /),
      details: { topic: 't', partition: 0, file: 'a file' },
    })
    expect(consumer.position({ topic: 't', partition: 0 })).toBe(0)
    const again = consumer.poll()
    await settle()
    reader.pending[1]!.answer()
    expect(valuesOf(await again)).toEqual(['0', '1'])
  })

  test('rejects although another partition has records at every poll', async () => {
    const log = logOfTwo()
    const { consumer, reader } = await slowConsumer(log)
    const error = new RinglogError('KAFKA_STORAGE_ERROR')
    const outcomes: unknown[] = []
    for (let i = 0; i < 10; i++) {
      log.partitions[1]!.appendValues('b')
      outcomes.push(await consumer.poll().then(valuesOf, (reason: unknown) => reason))
      for (const load of reader.pending.splice(0)) load.fail(error)
      await settle()
    }
    const { code } = error
    expect(outcomes).toContainEqual(expect.objectContaining({ code }))
    expect(outcomes).toContainEqual(['b'])
  })

  test('goes on from where was sought; what was loaded for another place is not waited for', async () => {
    const log = logOf(20, 2)
    const { consumer, reader } = await slowConsumer(log)
    const polling = consumer.poll()
    await settle()
    consumer.seek(log.at(0), 10)
    await settle()
    expect(reader.pending.map(({ offset }) => offset)).toEqual([0, 10])
    reader.pending[0]!.fail(new Error('of no interest'))
    expect(await isSettled(polling)).toBe(false)
    reader.pending[1]!.answer()
    expect(valuesOf(await polling)[0]).toBe('10')
  })

  test('passes over a partition that is paused, also when it is loaded', async () => {
    const log = logOf(2)
    const { consumer, reader } = await slowConsumer(log)
    const polling = consumer.poll()
    await settle()
    consumer.pause([log.at(0)])
    reader.pending[0]!.answer()
    expect(await isSettled(polling)).toBe(false)
    consumer.resume([log.at(0)])
    expect(valuesOf(await polling)).toEqual(['0', '1'])
  })

  test('has nothing to do with a partition that is given up meanwhile', async () => {
    const log = logOfTwo()
    const { consumer, reader } = await slowConsumer(log)
    const polling = consumer.poll()
    await settle()
    await consumer.assign([log.at(1)])
    expect(reader.closes).toBe(1)
    reader.pending[0]!.fail(new Error('of no interest'))
    log.partitions[1]!.appendValues('b')
    expect(valuesOf(await polling)).toEqual(['b'])
  })

  test('rejects when the consumer is closed, which gives back what the readers have open', async () => {
    const { consumer, reader } = await slowConsumer(logOf(2))
    const polling = consumer.poll()
    await settle()
    const closing = consumer.close()
    await expect(polling).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
    await closing
    expect(reader.closes).toBe(1)
    reader.pending[0]!.answer()
  })

  test('gives what there is before it says that the partition is offline', async () => {
    const log = logOf(2)
    const { consumer, reader } = await slowConsumer(log)
    log.first.isOffline = true
    const polling = consumer.poll()
    expect(await isSettled(polling)).toBe(false)
    reader.pending[0]!.answer()
    expect(valuesOf(await polling)).toEqual(['0', '1'])
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'PARTITION_OFFLINE' })
  })
})

describe('pollSync', () => {
  test('loads itself what an aborted poll has begun to load', async () => {
    const { consumer, reader } = await slowConsumer(logOf(2))
    const polling = consumer.poll({ signal: AbortSignal.timeout(1) })
    await expect(polling).rejects.toThrow()
    expect(valuesOf(consumer.pollSync())).toEqual(['0', '1'])
    reader.pending[0]!.answer()
    await settle()
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
  })

  test('throws what the load fails with; the position stays', async () => {
    const { consumer, reader } = await slowConsumer(logOf(2))
    reader.error = new RinglogError('CORRUPT_MESSAGE')
    expect(() => consumer.pollSync()).toThrow(expect.objectContaining({ code: 'CORRUPT_MESSAGE' }))
    reader.error = null
    expect(valuesOf(consumer.pollSync())).toEqual(['0', '1'])
  })
})

describe('pollSync, while files are being swapped', () => {
  test('tries again', async () => {
    const { consumer, reader } = await slowConsumer(logOf(2))
    reader.swapping = 3
    expect(valuesOf(consumer.pollSync())).toEqual(['0', '1'])
  })

  test('gives up at its deadline', async () => {
    const { consumer, reader } = await slowConsumer(logOf(2))
    reader.swapping = 1
    expect(consumer.pollSync({ timeoutMs: 0 }).count).toBe(0)
    expect(valuesOf(consumer.pollSync({ timeoutMs: 0 }))).toEqual(['0', '1'])
  })
})

describe('batches as compaction leaves them', () => {
  test('without records are passed over: they move the position, and nothing else', async () => {
    const log = logOf(1)
    log.first.appendBatch(compacted(['x'], 4, 0))
    const consumer = await consumerOf(log)
    const records = await consumer.poll()
    expect([valuesOf(records), consumer.position(log.at(0))]).toEqual([['0'], 6])
    expect(consumer.currentOffset(log.at(0))).toBe(0)
    log.first.appendBatch(compacted(['x'], 0, 0))
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    expect([consumer.position(log.at(0)), consumer.currentOffset(log.at(0))]).toEqual([7, 0])
    log.first.appendValues('7')
    expect(valuesOf(await consumer.poll())).toEqual(['7'])
  })

  test.each([1, 500])(
    'have their last record before their last offset (%i a poll)',
    async (max) => {
      const log = logOf(1)
      log.first.appendBatch(compacted(['a', 'b'], 5, 2))
      log.first.appendValues('c')
      const consumer = await consumerOf(log, { maxPollRecords: max })
      const read: unknown[] = []
      while (read.length < 4) {
        for (const { offset, value } of await consumer.poll()) read.push([offset, String(value)])
      }
      expect(read).toEqual([
        [0, '0'],
        [1, 'a'],
        [2, 'b'],
        [7, 'c'],
      ])
      consumer.seek(log.at(0), 4)
      expect(valuesOf(await consumer.poll())).toEqual(['c'])
    },
  )
})

/** As if all records had been removed, or the last ones. */
function compacted(values: string[], lastOffsetDelta: number, recordsCount: number): Uint8Array {
  const batch = batchOf(values.map((value) => ({ value })))
  writeInt32(batch, LAST_OFFSET_DELTA_BYTE, lastOffsetDelta)
  writeInt32(batch, RECORDS_COUNT_BYTE, recordsCount)
  return batch
}
