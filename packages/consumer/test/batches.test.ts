import { RecordBatchBuilder, compressBatch, type CompressionType } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { MemoryLog, batchOf } from './memory-log.ts'
import { consumerOf, numbers, valuesOf } from './rig.ts'

const CONTROL_FLAG = 0x20

function compressed(values: readonly string[], type: CompressionType): Uint8Array {
  return compressBatch(batchOf(values.map((value) => ({ value, headers: { h: value } }))), type)
}

describe('compressed batches', () => {
  test.each<CompressionType>(['gzip', 'snappy', 'lz4', 'zstd'])(
    'are read like any others: %s',
    async (type) => {
      const log = new MemoryLog()
      log.first.append(numbers(0, 5).map((value) => ({ value })))
      log.first.appendBatch(compressed(numbers(5, 100), type))
      log.first.append(numbers(100, 105).map((value) => ({ value })))
      log.first.appendBatch(compressed(numbers(105, 200), type))
      for (const maxPollRecords of [Infinity, 200, 7, 1]) {
        const consumer = await consumerOf(log, { maxPollRecords })
        const values: string[] = []
        while (values.length < 200) values.push(...valuesOf(await consumer.poll()))
        expect(values).toEqual(numbers(0, 200))
        consumer.seek(log.at(0), 50)
        const [record] = [...(await consumer.poll())]
        expect([record!.offset, String(record!.value)]).toEqual([50, '50'])
        expect(record!.headers).toEqual([['h', Buffer.from('50')]])
        expect(String(record!.copy().value)).toBe('50')
      }
    },
  )

  test('are walked by a cursor and by an iteration', async () => {
    const log = new MemoryLog()
    for (let i = 0; i < 100; i += 10) log.first.appendBatch(compressed(numbers(i, i + 10), 'gzip'))
    const consumer = await consumerOf(log, { maxPollRecords: 33 })
    const walked: string[] = []
    while (walked.length < 99) {
      const cursor = consumer.cursor(await consumer.poll())
      while (cursor.next()) {
        const { bytes, valueStart, valueLength } = cursor
        walked.push(Buffer.from(bytes.subarray(valueStart, valueStart + valueLength)).toString())
      }
    }
    for await (const { value } of consumer) {
      walked.push(String(value))
      break
    }
    expect(walked).toEqual(numbers(0, 100))
  })

  test('keep their bytes, however much is polled after them', async () => {
    const log = new MemoryLog()
    for (let i = 0; i < 500; i += 10) log.first.appendBatch(compressed(numbers(i, i + 10), 'zstd'))
    const consumer = await consumerOf(log, { maxPollRecords: 15 })
    const kept = []
    while (kept.length < 500) kept.push(...(await consumer.poll()))
    expect(valuesOf(kept)).toEqual(numbers(0, 500))
  })

  test.each(['maxPartitionFetchBytes', 'fetchMaxBytes'] as const)(
    'count with what they hold in memory, so that %s bounds a poll of bombs',
    async (option) => {
      const log = new MemoryLog()
      const values = Array(10).fill('x'.repeat(5000)) as string[]
      const batch = compressed(values, 'gzip')
      expect(batch.length).toBeLessThan(1000)
      for (let i = 0; i < 10; i++) log.first.appendBatch(batch.slice())
      // Each holds some 100,000 bytes: values and headers.
      const consumer = await consumerOf(log, { [option]: 350_000 })
      const counts: number[] = []
      for (let i = 0; i < 4; i++) counts.push((await consumer.poll()).count)
      expect(counts).toEqual([30, 30, 30, 10])
    },
  )

  test('that cannot be read are told of when there is nothing else, and can be sought past', async () => {
    const log = new MemoryLog(2)
    const damaged = compressed(numbers(1, 4), 'gzip')
    damaged.fill(0xff, 70)
    const [bad, good] = log.partitions as [MemoryLog['first'], MemoryLog['first']]
    bad.appendValues('0')
    bad.appendBatch(damaged)
    bad.appendValues('4')
    const consumer = await consumerOf(log, { maxPollRecords: 1 })
    const told = {
      code: 'CORRUPT_MESSAGE',
      message: expect.stringMatching(
        /^a record batch cannot be read: partition=t-0, baseOffset=1, lastOffset=3: .*gzip/,
      ) as string,
      details: { topic: 't', partition: 0, baseOffset: 1, lastOffset: 3 },
    }
    expect(valuesOf(await consumer.poll())).toEqual(['0'])
    for (let round = 0; round < 3; round++) {
      await expect(consumer.poll()).rejects.toMatchObject(told)
      good.appendValues('a', 'b')
      const values = valuesOf(await consumer.poll())
      await expect(consumer.poll()).rejects.toMatchObject(told)
      values.push(...valuesOf(await consumer.poll()))
      expect(values).toEqual(['a', 'b'])
    }
    expect(consumer.position(log.at(0))).toBe(1)
    consumer.seek(log.at(0), 4)
    expect(valuesOf(await consumer.poll())).toEqual(['4'])
  })
})

function marker(): Uint8Array {
  const builder = new RecordBatchBuilder(new ArrayBuffer(256))
  builder.tryAppend('k', 'v', 0)
  return new Uint8Array(builder.seal({ attributes: CONTROL_FLAG }))
}

describe('control batches', () => {
  test('have offsets, and are never handed out', async () => {
    const log = new MemoryLog()
    log.first.appendBatch(marker())
    log.first.appendValues('1', '2')
    log.first.appendBatch(marker())
    log.first.appendBatch(marker())
    log.first.appendValues('5')
    log.first.appendBatch(marker())
    const at = log.at(0)
    const consumer = await consumerOf(log, { maxPollRecords: 1 })
    const seen = []
    for (let i = 0; i < 3; i++) {
      const [record] = [...(await consumer.poll())]
      seen.push([record!.offset, String(record!.value), consumer.currentOffset(at)])
    }
    expect(seen).toEqual([
      [1, '1', 1],
      [2, '2', 2],
      [5, '5', 5],
    ])
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    expect([consumer.position(at), consumer.lag(at), consumer.currentOffset(at)]).toEqual([7, 0, 5])
    await consumer.seekToBeginning()
    const offsets: number[] = []
    for await (const { offset } of consumer) {
      expect(consumer.currentOffset(at)).toBe(offset)
      if (offsets.push(offset) === 3) break
    }
    expect(offsets).toEqual([1, 2, 5])
    log.first.appendValues('7')
    expect(valuesOf(await consumer.poll())).toEqual(['7'])
  })
})
