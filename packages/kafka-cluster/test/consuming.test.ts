import { Producer as KafkaProducer, stringSerializers } from '@platformatic/kafka'
import { Consumer, type ConsumerConfig } from '@ringlog/consumer'
import type { TopicPartition } from '@ringlog/core'
import { expect, onTestFinished, test } from 'vitest'
import {
  IS_KFAKE,
  KAFKA,
  connect,
  createTopic,
  describeOnKafka,
  freshTopic,
  producerOn,
} from './kafka-rig.ts'
import type { ClusterClient } from '../src/index.ts'

function consumerOn(client: ClusterClient, config: ConsumerConfig = {}): Consumer {
  const consumer = new Consumer(client, config)
  onTestFinished(() => consumer.close().catch(() => undefined))
  return consumer
}

/** Sends numbered values to partitions in turn. */
async function fill(client: ClusterClient, topic: string, count: number, partitions = 1, from = 0) {
  const producer = producerOn(client)
  for (let i = from; i < from + count; i++) {
    void producer.send({ topic, value: `v${i}`, partition: i % partitions })
  }
  await producer.close()
}

/** Polls until so many have come; `partition:offset:value` of each. */
async function pollAll(consumer: Consumer, count: number): Promise<string[]> {
  const read: string[] = []
  while (read.length < count) {
    const records = await consumer.poll({ timeoutMs: 25_000 })
    if (records.count === 0) throw new Error(`${read.length} of ${count} came`)
    for (const { partition, offset, value } of records) {
      read.push(`${partition}:${offset}:${String(value)}`)
    }
  }
  return read
}

const at = (topic: string, partition = 0): TopicPartition => ({ topic, partition })

const WAYS = [
  { way: 'fetches for itself', follow: false },
  // What followers ask of a broker is the same: once is enough for the fake one.
  ...(IS_KFAKE ? [] : [{ way: 'reads followed partitions', follow: true }]),
]

describeOnKafka.each(WAYS)('a consumer on a cluster that $way', ({ follow }) => {
  test('reads all of what several partitions hold, each in order', async () => {
    const client = await connect({ follow })
    const topic = await createTopic(client, { partitions: 3 })
    await fill(client, topic, 3_000, 3)
    const consumer = consumerOn(client)
    await consumer.assign([0, 1, 2].map((partition) => at(topic, partition)))

    const read = await pollAll(consumer, 3_000)

    for (const partition of [0, 1, 2]) {
      const mine = read.filter((record) => record.startsWith(`${partition}:`))
      expect(mine).toStrictEqual(
        Array.from({ length: 1_000 }, (_, i) => `${partition}:${i}:v${i * 3 + partition}`),
      )
    }
  })

  test('is given what is appended while its poll waits', async () => {
    const client = await connect({ follow })
    const topic = await createTopic(client)
    const consumer = consumerOn(client)
    await consumer.assign([at(topic)])
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    const polled = pollAll(consumer, 1)
    await fill(client, topic, 1)

    expect(await polled).toStrictEqual(['0:0:v0'])
  })

  test('a seek away from the end passes over nothing, though something is appended there', async () => {
    const client = await connect({ follow })
    const topic = await createTopic(client)
    await fill(client, topic, 100)
    const consumer = consumerOn(client)
    await consumer.assign([at(topic)])
    await pollAll(consumer, 100)
    await consumer.poll({ timeoutMs: 20 }) // its request waits at the end, with the broker
    const appended = fill(client, topic, 1, 1, 100)
    consumer.seek(at(topic), 0)

    const read = await pollAll(consumer, 101)

    expect(read).toStrictEqual(Array.from({ length: 101 }, (_, i) => `0:${i}:v${i}`))
    await appended
  })

  test('reads compressed batches, and chunks that are smaller than a batch', async () => {
    const client = await connect({ follow })
    const topic = await createTopic(client)
    for (const compressionType of ['gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const producer = producerOn(client, { compression: compressionType })
      for (let i = 0; i < 50; i++) void producer.send({ topic, value: compressionType.repeat(50) })
      await producer.close()
    }
    const consumer = consumerOn(client, { maxPartitionFetchBytes: 1, fetchMaxBytes: 1 })
    await consumer.assign([at(topic)])

    expect(await pollAll(consumer, 200)).toHaveLength(200)
  })

  test('goes where it seeks, and pauses', async () => {
    const client = await connect({ follow })
    const topic = await createTopic(client, { partitions: 2 })
    await fill(client, topic, 200, 2)
    const consumer = consumerOn(client, { maxPollRecords: 10 })
    await consumer.assign([at(topic, 0), at(topic, 1)])
    consumer.pause([at(topic, 1)])

    consumer.seek(at(topic), 95)
    expect(await pollAll(consumer, 5)).toStrictEqual(
      [95, 96, 97, 98, 99].map((offset) => `0:${offset}:v${offset * 2}`),
    )
    await consumer.seekToBeginning([at(topic)])
    expect((await pollAll(consumer, 1))[0]).toBe('0:0:v0')
    await consumer.seekToEnd([at(topic)])
    expect(consumer.position(at(topic))).toBe(100)
    consumer.resume([at(topic, 1)])
    expect((await pollAll(consumer, 1))[0]).toBe('1:0:v1')
  })

  test.each([
    ['earliest', 0],
    ['latest', 10],
  ] as const)('resets a position outside the log to the %s', async (autoOffsetReset, offset) => {
    const client = await connect({ follow })
    const topic = await createTopic(client)
    await fill(client, topic, 10)
    const consumer = consumerOn(client, { autoOffsetReset })
    await consumer.assign([at(topic)])
    consumer.seek(at(topic), 5_000)

    const polled = pollAll(consumer, 1)
    while (consumer.position(at(topic)) === 5_000) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await fill(client, topic, 1, 1, 10)

    expect((await polled)[0]).toBe(`0:${offset}:v${offset}`)
  })

  test('or throws OFFSET_OUT_OF_RANGE', async () => {
    const client = await connect({ follow })
    const topic = await createTopic(client)
    const consumer = consumerOn(client, { autoOffsetReset: 'none' })
    await consumer.assign([at(topic)]).catch(() => undefined) // NO_OFFSET_FOR_PARTITION: there is no position yet
    consumer.seek(at(topic), 7)

    await expect(consumer.poll({ timeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    })
  })

  test('knows where logs begin and end, and what was written at a time', async () => {
    const client = await connect({ follow })
    const topic = await createTopic(client, { partitions: 2 })
    const producer = producerOn(client)
    for (const timestamp of [1_000, 2_000, 3_000])
      await producer.send({ topic, value: 'v', timestamp, partition: 0 })
    const consumer = consumerOn(client)
    const both = [at(topic, 0), at(topic, 1)]

    expect(await consumer.beginningOffsets(both)).toStrictEqual(
      both.map((p) => ({ ...p, offset: 0 })),
    )
    expect(await consumer.endOffsets(both)).toStrictEqual([
      { ...both[0], offset: 3 },
      { ...both[1], offset: 0 },
    ])
    expect(
      await consumer.offsetsForTimes([
        { ...both[0]!, timestamp: 1_500 },
        { ...both[0]!, timestamp: 9_000 },
        { ...both[1]!, timestamp: 0 },
      ]),
    ).toStrictEqual([{ ...both[0], offset: 1 }, null, null])
  })

  test('is told of a topic that there is not, or is not any more', async () => {
    const client = await connect({ follow })
    const consumer = consumerOn(client)
    await expect(consumer.assign([at(freshTopic())])).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    const topic = await createTopic(client)
    await expect(consumer.assign([at(topic, 1)])).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    await consumer.assign([at(topic)])
    const polled = consumer.poll({ timeoutMs: 20_000 })
    polled.catch(() => undefined)
    await client.deleteTopic(topic)

    await expect(polled).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })

  test('passes over what a transaction has aborted, and waits for what is undecided', async () => {
    const client = await connect({ follow })
    const topic = await createTopic(client)
    const producer = new KafkaProducer({
      clientId: 'other',
      bootstrapBrokers: [KAFKA!.bootstrapServers],
      serializers: stringSerializers,
      idempotent: true,
      transactionalId: freshTopic(),
    })
    onTestFinished(() => producer.close())
    for (const [value, how] of [
      ['aborted', 'abort'],
      ['committed', 'commit'],
    ] as const) {
      const transaction = await producer.beginTransaction()
      await transaction.send({ messages: [{ topic, key: 'k', value, partition: 0 }] })
      await transaction[how]()
    }
    const open = await producer.beginTransaction()
    await open.send({ messages: [{ topic, key: 'k', value: 'undecided', partition: 0 }] })

    const all = consumerOn(client)
    await all.assign([at(topic)])
    const committed = consumerOn(client, { isolationLevel: 'read_committed' })
    await committed.assign([at(topic)])

    expect(await pollAll(all, 3)).toStrictEqual(['0:0:aborted', '0:2:committed', '0:4:undecided'])
    expect(await pollAll(committed, 1)).toStrictEqual(['0:2:committed'])
    expect((await committed.poll({ timeoutMs: 300 })).count).toBe(0)
    await open.commit()
    expect(await pollAll(committed, 1)).toStrictEqual(['0:4:undecided'])
  })

  test('commits for its group, with words beside it, and another goes on from there', async () => {
    const client = await connect({ follow })
    const topic = await createTopic(client)
    const groupId = freshTopic()
    await fill(client, topic, 10)
    const first = consumerOn(client, { groupId, autoCommit: false, maxPollRecords: 4 })
    await first.assign([at(topic)])
    await pollAll(first, 4)
    expect(await first.committed(at(topic))).toBe(null)
    await first.commit()
    expect(await first.committed(at(topic))).toBe(4)
    await first.commit([{ ...at(topic), offset: 3, metadata: 'back' }])
    await first.close()

    const second = consumerOn(client, { groupId })
    await second.assign([at(topic)])
    expect((await pollAll(second, 7))[0]).toBe('0:3:v3')
    await second.close() // commits what it has handed out
    const third = consumerOn(client, { groupId })
    expect(await third.committed(at(topic))).toBe(10)
  })
})
