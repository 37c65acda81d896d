import { Consumer, type RinglogError } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, logOf, ofRing, pollRecords, saying, settle, startLog } from './rig.ts'

/** The smallest ring there is: full after some 60 records of 1,000 bytes. */
const SMALL_RING_BYTES = 64 * 1024

const kibibyte = 'x'.repeat(1000)

describe.each(TRANSPORTS)('createPartitions, with %s', (transport) => {
  test('adds partitions that can be written to and read at once', async () => {
    const rig = await Rig.start(transport, { partitions: 2, ringBytes: SMALL_RING_BYTES })
    await rig.broker.createPartitions(rig.topic, 5)
    const description = await rig.broker.describeTopic(rig.topic)
    expect(description.partitions.map(({ state }) => state)).toEqual(Array(5).fill('online'))
    expect(description.config.partitions).toBe(5)
    const producer = rig.producer()
    for (let partition = 0; partition < 5; partition++) {
      await producer.send({ topic: rig.topic, partition, value: `to ${partition}` })
    }
    const consumer = await rig.consumer({}, [0, 1, 2, 3, 4])
    const records = await pollRecords(consumer, 5)
    records.sort((a, b) => a.partition - b.partition)
    expect(records.map(({ partition, value }) => [partition, String(value)])).toEqual(
      [0, 1, 2, 3, 4].map((partition) => [partition, `to ${partition}`]),
    )
  })

  test('keeps what there is: records, offsets and readers of the old partitions', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const producer = rig.producer()
    const consumer = await rig.consumer()
    await producer.send({ topic: rig.topic, value: 'before' })
    await rig.broker.createPartitions(rig.topic, 2)
    expect(await producer.send({ topic: rig.topic, partition: 0, value: 'after' })).toMatchObject({
      partition: 0,
      offset: 1,
    })
    const values = (await pollRecords(consumer, 2)).map(({ value }) => String(value))
    expect(values).toEqual(['before', 'after'])
  })

  test('refuses fewer, as many, and what is no number, and says how many there are', async () => {
    const rig = await Rig.start(transport, { partitions: 3, ringBytes: SMALL_RING_BYTES })
    for (const count of [3, 2, 0, -1]) {
      await expect(rig.broker.createPartitions(rig.topic, count)).rejects.toMatchObject({
        code: 'INVALID_PARTITIONS',
        message: saying(transport, `has 3 partitions, asked for ${count}`),
      })
    }
    for (const count of [3.5, NaN, '4', null, undefined]) {
      await expect(rig.broker.createPartitions(rig.topic, count as number)).rejects.toMatchObject({
        code: 'INVALID_PARTITIONS',
        message: expect.stringContaining('must be an integer') as string,
      })
    }
    await expect(rig.broker.createPartitions('others', 4)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  })

  test('refuses more than the broker may have', async () => {
    const broker = await startLog(logOf(transport), { maxPartitions: 3 })
    await broker.createTopic('orders', { ringBytes: SMALL_RING_BYTES })
    await expect(broker.createPartitions('orders', 4)).rejects.toMatchObject({
      code: 'INVALID_PARTITIONS',
      message: expect.stringContaining("the broker's maxPartitions leaves 2 more") as string,
    })
    await broker.createPartitions('orders', 3)
  })
})

describe.each(TRANSPORTS)('deleteTopic, with %s', (transport) => {
  test('leaves no trace: the name starts anew, with another configuration, at offset 0', async () => {
    const rig = await Rig.start(transport, { partitions: 2, ringBytes: SMALL_RING_BYTES })
    const producer = rig.producer()
    await producer.send({ topic: rig.topic, partition: 0, value: 'old' })
    await producer.close()
    await rig.broker.deleteTopic(rig.topic)
    expect(await rig.broker.listTopics()).toEqual([])
    const ring = { ringBytes: 2 * SMALL_RING_BYTES, whenFull: 'evict' } as const
    await rig.broker.createTopic(rig.topic, {
      partitions: 3,
      maxMessageBytes: 5_000,
      ...ring,
    })
    expect(await rig.broker.describeTopic(rig.topic)).toMatchObject({
      config: { partitions: 3, maxMessageBytes: 5_000, ...ofRing(transport, ring) },
    })
    const other = rig.producer()
    expect(await other.send({ topic: rig.topic, partition: 0, value: 'new' })).toMatchObject({
      offset: 0,
    })
    const records = await pollRecords(await rig.consumer(), 1)
    expect(records.map(({ value, offset }) => [String(value), offset])).toEqual([['new', 0]])
  })

  test('gives the memory back', async () => {
    const broker = await startLog(logOf(transport))
    const before = process.memoryUsage.rss()
    for (let i = 0; i < 6; i++) {
      await broker.createTopic('orders', { ringBytes: 64 * 1024 * 1024 })
      await broker.deleteTopic('orders')
    }
    // All of them together would be 384 MiB. The collector takes a moment.
    const isGivenBack = (): boolean => process.memoryUsage.rss() - before < 160 * 1024 * 1024
    while (!isGivenBack()) await new Promise((resolve) => setTimeout(resolve, 10))
  })

  test('is refused for a topic that there is not', async () => {
    const broker = await startLog(logOf(transport))
    await expect(broker.deleteTopic('orders')).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: saying(transport, 'there is no topic orders'),
    })
    for (const name of ['', 'a b', '..', 7, null, () => undefined]) {
      await expect(broker.deleteTopic(name as string)).rejects.toMatchObject({
        code: 'INVALID_TOPIC_EXCEPTION',
      })
    }
  })

  test('wakes a consumer that waits, and tells it', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer()
    const polling = consumer.poll().catch((error: unknown) => error as RinglogError)
    await settle()
    await rig.broker.deleteTopic(rig.topic)
    expect(await polling).toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: 'topic orders was deleted',
    })
    await rig.broker.createTopic(rig.topic, { ringBytes: SMALL_RING_BYTES })
    await expect(consumer.poll({ timeoutMs: 0 })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    await consumer.close()
  })

  test('fails the appends that wait for room, and every later one', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    await rig.consumer() // holds everything
    const producer = rig.producer({ batchSizeBytes: 2_000 })
    const sends = Array.from({ length: 100 }, () =>
      producer.send({ topic: rig.topic, partition: 0, value: kibibyte }),
    )
    const outcomes = Promise.allSettled(sends)
    await sends[0]
    await settle()
    await rig.broker.deleteTopic(rig.topic)
    const failed = (await outcomes).filter(({ status }) => status === 'rejected')
    expect(failed.length).toBeGreaterThan(30)
    for (const outcome of failed) {
      expect(outcome).toMatchObject({ reason: { code: 'UNKNOWN_TOPIC_OR_PARTITION' } })
    }
  })

  test('does not touch other topics', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    await rig.broker.createTopic('others', { ringBytes: SMALL_RING_BYTES })
    const consumer = new Consumer(rig.broker)
    await consumer.assign([rig.at(0), { topic: 'others', partition: 0 }])
    const producer = rig.producer()
    await rig.broker.deleteTopic(rig.topic)
    await producer.send({ topic: 'others', value: 'here' })
    // A poll gives one partition's records, another tells of the other's trouble.
    const polled: string[] = []
    const errors: string[] = []
    while (polled.length === 0 || errors.length === 0) {
      await consumer.poll().then(
        (records) => polled.push(...[...records].map(({ value }) => String(value))),
        (error: unknown) => errors.push((error as RinglogError).code),
      )
    }
    expect(polled).toEqual(['here'])
    expect(new Set(errors)).toEqual(new Set(['UNKNOWN_TOPIC_OR_PARTITION']))
  })
})
