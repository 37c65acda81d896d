import { Consumer, Producer } from 'ringlog'
import { cpSync, existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { at, send, startDurable, temporaryDirectory, valuesOf } from './rig.ts'

describe('a broker that is started again on its directory', () => {
  test('has its topics as they were, with their records; those in memory are gone', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders', { partitions: 2, segmentBytes: 2 ** 20, flushMessages: 1 })
    const description = await first.describeTopic('orders')
    expect(description.config).toMatchObject({ storage: 'disk', flushMessages: 1 })
    await first.createTopic('prices', { storage: 'memory' })
    await first.createTopic('audit')
    await first.createPartitions('audit', 3)
    await send(first, at('orders', 0), ['a', 'b'])
    await send(first, at('orders', 1), ['c'])
    await send(first, at('audit', 2), ['d'])
    await send(first, at('prices'), ['e'])
    const { topics, dataDirectory } = await first.metrics()
    expect(dataDirectory!.freeBytes).toBeGreaterThan(0)
    expect(dataDirectory!.totalBytes).toBeGreaterThan(dataDirectory!.freeBytes)
    const disk = { writtenOffset: 2, flushedOffset: 2, segmentCount: 1, state: 'writing' }
    expect(topics.map(({ topic, partitions }) => [topic, partitions[0]!.disk])).toMatchObject([
      ['orders', { ...disk, sizeBytes: expect.any(Number) as number }],
      ['prices', null],
      ['audit', { ...disk, writtenOffset: 0, flushedOffset: 0, sizeBytes: 0 }],
    ])
    await first.close()

    const second = await startDurable(directory)
    expect(await second.listTopics()).toEqual(['audit', 'orders'])
    expect(await second.describeTopic('orders')).toEqual(description)
    expect((await second.describeTopic('audit')).config.partitions).toBe(3)
    expect(await valuesOf(second, at('orders', 0))).toEqual(['a', 'b'])
    expect(await valuesOf(second, at('orders', 1))).toEqual(['c'])
    expect(await valuesOf(second, at('audit', 2))).toEqual(['d'])
    expect(await second.offsets('orders')).toMatchObject([
      { logStartOffset: 0, endOffset: 2 },
      { logStartOffset: 0, endOffset: 1 },
    ])
    expect(await send(second, at('orders', 0), ['f'])).toBe(2)
    await second.close()

    const third = await startDurable(directory)
    expect(await valuesOf(third, at('orders', 0))).toEqual(['a', 'b', 'f'])
  })

  test('has no partitions that a killed createPartitions had begun to add, nor has a later topic of the name', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders', { partitions: 2 })
    await send(first, at('orders', 1), ['a'])
    await first.close()
    const [unfinished, foreign] = ['orders-2', 'orders-03'].map((name) =>
      path.join(directory, name),
    )
    // As the process leaves it: the folder, and not the topic's record.
    cpSync(path.join(directory, 'orders-0'), unfinished!, { recursive: true })
    cpSync(path.join(directory, 'orders-0'), foreign!, { recursive: true })
    cpSync(path.join(directory, 'orders-1'), path.join(directory, 'orders-4'), { recursive: true })

    const second = await startDurable(directory)
    expect(existsSync(unfinished!)).toBe(false)
    expect(existsSync(foreign!)).toBe(true)
    expect(existsSync(path.join(directory, 'orders-4'))).toBe(true) // it has records
    expect(await valuesOf(second, at('orders', 1))).toEqual(['a'])
    await second.deleteTopic('orders')
    await second.createTopic('orders', { partitions: 3 })
    expect(await send(second, at('orders', 2), ['b'])).toBe(0)
  })

  test('has its groups, which go on from what they have committed', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders')
    await send(first, at('orders'), ['a', 'b', 'c'])
    const consumer = new Consumer(first, { groupId: 'billing', autoCommit: false })
    await consumer.subscribe(['orders'])
    await consumer.poll({ timeoutMs: 5_000 })
    await consumer.commit([{ ...at('orders'), offset: 2, metadata: 'two are paid' }])
    const automatic = new Consumer(first, { groupId: 'audit' })
    await automatic.assign([at('orders')])
    await automatic.poll({ timeoutMs: 5_000 })
    await automatic.close()
    await first.close()

    const second = await startDurable(directory)
    expect(await second.listGroups()).toEqual(['audit', 'billing'])
    expect(await second.describeGroup('billing')).toMatchObject({
      state: 'empty',
      members: [],
      partitions: [{ topic: 'orders', committed: 2, metadata: 'two are paid', lag: 1 }],
    })
    expect(await second.offsets('orders', 'audit')).toMatchObject([{ committed: 3, lag: 0 }])
    const again = new Consumer(second, { groupId: 'billing' })
    await again.subscribe(['orders'])
    expect(await again.committed(at('orders'))).toBe(2)
    const values = [...(await again.poll({ timeoutMs: 5_000 }))].map(({ value }) => String(value))
    expect(values).toEqual(['c'])
    await again.close()
    await second.deleteGroup('audit')
    await second.resetGroupOffsets('billing', { offset: 1 })
    await second.close()

    const third = await startDurable(directory)
    expect(await third.listGroups()).toEqual(['billing'])
    expect(await third.offsets('orders', 'billing')).toMatchObject([{ committed: 1 }])
  })

  test('gives other producer ids, and takes nothing for a duplicate that is none', async () => {
    const directory = temporaryDirectory()
    for (let start = 0; start < 3; start++) {
      const broker = await startDurable(directory)
      if (start === 0) await broker.createTopic('orders')
      for (let i = 0; i < 3; i++) {
        expect(await send(broker, at('orders'), ['x'])).toBe(3 * start + i)
      }
      await broker.close()
    }
  })

  test('has no topic that was deleted, nor its files, nor what groups had committed there', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders', { partitions: 2 })
    await send(first, at('orders'), ['a'])
    const consumer = new Consumer(first, { groupId: 'billing' })
    await consumer.assign([at('orders')])
    await consumer.poll({ timeoutMs: 5_000 })
    await consumer.commit()
    await consumer.close()
    await first.deleteTopic('orders')
    expect(existsSync(path.join(directory, 'orders-0'))).toBe(false)
    await first.createTopic('orders')
    expect(await first.offsets('orders', 'billing')).toMatchObject([{ committed: null }])
    await first.deleteTopic('orders')
    await first.close()

    const second = await startDurable(directory)
    expect(await second.listTopics()).toEqual([])
    expect(await second.listGroups()).toEqual([])
    await second.createTopic('orders')
    expect(await valuesOf(second, at('orders'))).toEqual([])
    expect(await send(second, at('orders'), ['b'])).toBe(0)
  })

  test('starts its logs where records were deleted', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders')
    await send(first, at('orders'), ['a', 'b', 'c'])
    await first.deleteRecords(at('orders'), 2)
    expect(await first.offsets('orders')).toMatchObject([{ logStartOffset: 2, endOffset: 3 }])
    const past = first.deleteRecords(at('orders'), 4)
    await expect(past).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    await first.close()

    const second = await startDurable(directory)
    expect(await second.offsets('orders')).toMatchObject([{ logStartOffset: 2, endOffset: 3 }])
    expect(await valuesOf(second, at('orders'))).toEqual(['c'])
  })

  test('sends what producers have buffered before it closes', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await first.createTopic('orders')
    const producer = new Producer(first, { lingerMs: 60_000 })
    for (let i = 0; i < 100; i++) producer.write({ topic: 'orders', value: String(i) })
    await first.close()
    const second = await startDurable(directory)
    expect(await valuesOf(second, at('orders'))).toHaveLength(100)
  })

  test('keeps groups for a week, and the time without a broker counts', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory, { groupExpiryMs: 60_000 })
    await first.createTopic('orders')
    await send(first, at('orders'), ['a'])
    const consumer = new Consumer(first, { groupId: 'billing' })
    await consumer.assign([at('orders')])
    await consumer.poll({ timeoutMs: 5_000 })
    await consumer.close()
    await first.close()
    const second = await startDurable(directory, { groupExpiryMs: 60_000 })
    expect(await second.listGroups()).toEqual(['billing'])
    await second.close()
    const third = await startDurable(directory, { groupExpiryMs: 1 })
    await expect.poll(() => third.listGroups()).toEqual([])
  })

  test('has names of its own, which topics may not have', async () => {
    const broker = await startDurable(temporaryDirectory())
    for (const name of ['__consumer_offsets', '__ringlog_metadata']) {
      await expect(broker.createTopic(name)).rejects.toMatchObject({
        code: 'INVALID_TOPIC_EXCEPTION',
      })
    }
  })
})

describe('a directory', () => {
  test('is one broker’s at a time', async () => {
    const directory = temporaryDirectory()
    const first = await startDurable(directory)
    await expect(startDurable(directory)).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining(directory) as string,
    })
    await first.close()
    await startDurable(directory)
  })

  test('that cannot be made is told', async () => {
    const file = import.meta.filename
    await expect(startDurable(path.join(file, 'data'))).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining(path.join(file, 'data')) as string,
    })
  })
})
