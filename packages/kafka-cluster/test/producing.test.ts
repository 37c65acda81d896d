import { Producer } from '@ringlog/producer'
import { Consumer as KafkaConsumer, stringDeserializers } from '@platformatic/kafka'
import { expect, onTestFinished, test } from 'vitest'
import {
  KAFKA,
  connect,
  createTopic,
  describeOnKafka,
  freshTopic,
  producerOn,
} from './kafka-rig.ts'

interface ReadRecord {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: ReadonlyMap<string, string>
  readonly timestamp: number
}

/** The first records of a topic, read by another client: its Kafka has checked and stored them. */
async function readByOther(topic: string, count: number): Promise<ReadRecord[]> {
  const consumer = new KafkaConsumer({
    groupId: freshTopic(),
    clientId: 'other',
    bootstrapBrokers: [KAFKA!.bootstrapServers],
    deserializers: stringDeserializers,
  })
  onTestFinished(() => consumer.close(true))
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false })
  const records: ReadRecord[] = []
  for await (const { partition, offset, key, value, headers, timestamp } of stream) {
    records.push({
      partition,
      offset: Number(offset),
      key: key ?? null,
      value: value ?? null,
      headers: new Map([...headers].map(([name, of]) => [name, of])),
      timestamp: Number(timestamp),
    })
    if (records.length === count) break
  }
  return records
}

describeOnKafka('a producer on a cluster', () => {
  test('writes records that another client reads as they were sent', async () => {
    const client = await connect()
    const topic = await createTopic(client)
    const producer = producerOn(client)
    const sent = await producer.send({
      topic,
      key: 'order-1',
      value: 'créé',
      headers: { source: 'shop' },
      timestamp: 1_700_000_000_000,
    })
    await producer.send({ topic, value: null })
    expect(sent).toEqual({ topic, partition: 0, offset: 0, timestamp: 1_700_000_000_000 })
    const [first, second] = await readByOther(topic, 2)
    expect(first).toEqual({
      partition: 0,
      offset: 0,
      key: 'order-1',
      value: 'créé',
      headers: new Map([['source', 'shop']]),
      timestamp: 1_700_000_000_000,
    })
    expect(second).toMatchObject({ offset: 1, key: null, value: null })
  })

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'writes batches that Kafka takes with compression %s',
    async (compression) => {
      const client = await connect()
      const topic = await createTopic(client)
      const producer = producerOn(client, { compression, lingerMs: 5 })
      const values = Array.from({ length: 200 }, (_, index) => `value ${index}`.repeat(5))
      const sent = await Promise.all(values.map((value) => producer.send({ topic, value })))
      expect(sent.map(({ offset }) => offset)).toEqual(values.map((_, index) => index))
      const read = await readByOther(topic, values.length)
      expect(read.map(({ value }) => value)).toEqual(values)
    },
  )

  test.each([0, 1, 'all'] as const)('delivers with acks %s', async (acks) => {
    const client = await connect()
    const topic = await createTopic(client)
    const producer = producerOn(client, { acks })
    const { offset } = await producer.send({ topic, value: 'a' })
    expect(offset).toBe(acks === 0 ? -1 : 0)
    await producer.close()
    expect((await readByOther(topic, 1)).map(({ value }) => value)).toEqual(['a'])
  })

  test('keeps the order of each partition, whatever is on its way at a time', async () => {
    const client = await connect()
    const topic = await createTopic(client, { partitions: 5 })
    const producer = producerOn(client, { batchSizeBytes: 200 })
    const count = 5_000
    for (let index = 0; index < count; index++) {
      const record = { topic, partition: index % 5, value: String(index) }
      if (!producer.write(record)) await producer.drained()
    }
    await producer.flush()
    const read = await readByOther(topic, count)
    for (let partition = 0; partition < 5; partition++) {
      const values = read.filter((record) => record.partition === partition)
      values.sort((a, b) => a.offset - b.offset)
      expect(values.map(({ value }) => Number(value))).toEqual(
        Array.from({ length: count / 5 }, (_, index) => index * 5 + partition),
      )
    }
  })

  test('waits for a topic that is made later, and takes in more partitions', async () => {
    const client = await connect()
    const producer = producerOn(client)
    const topic = freshTopic()
    const sending = producer.send({ topic, value: 'early' })
    await client.createTopic(topic)
    onTestFinished(() => client.deleteTopic(topic))
    expect(await sending).toMatchObject({ topic, partition: 0, offset: 0 })
    const later = producer.send({ topic, partition: 2, value: 'late' })
    await client.createPartitions(topic, 3)
    expect(await later).toMatchObject({ partition: 2, offset: 0 })
  })

  test('fails what waits for a topic that there is not, after maxBlockMs', async () => {
    const client = await connect()
    const producer = producerOn(client, { maxBlockMs: 200 })
    await expect(producer.send({ topic: freshTopic(), value: 'a' })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  })

  test('refuses what is larger than the topic takes, before it leaves', async () => {
    const client = await connect()
    const topic = await createTopic(client, { maxMessageBytes: 1_000 })
    const producer = producerOn(client)
    await expect(producer.send({ topic, value: 'x'.repeat(2_000) })).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
    })
    expect(await producer.send({ topic, value: 'x' })).toMatchObject({ offset: 0 })
  })

  test('tells the append time of a topic that has it', async () => {
    const client = await connect()
    const topic = await createTopic(client, { timestampType: 'logAppendTime' })
    const { timestamp } = await producerOn(client).send({ topic, value: 'a', timestamp: 5 })
    expect(Math.abs(timestamp - Date.now())).toBeLessThan(60_000)
  })

  test('says that its user may not write to a topic', async () => {
    const client = await connect()
    const topic = await createTopic(client)
    const alice = await connect({
      bootstrapServers: KAFKA!.saslServers!,
      sasl: { mechanism: 'PLAIN', username: 'alice', password: 'secret' },
    })
    const producer = producerOn(alice, { maxBlockMs: 1_000 })
    await expect(producer.send({ topic, value: 'a' })).rejects.toMatchObject({
      code: 'TOPIC_AUTHORIZATION_FAILED',
    })
  })

  test('sends what it has before its client is closed', async () => {
    const client = await connect()
    const topic = await createTopic(client)
    const producer = new Producer(client, { lingerMs: 10_000 })
    const sending = producer.send({ topic, value: 'last' })
    await client.close()
    expect(await sending).toMatchObject({ offset: 0 })
    await expect(producer.send({ topic, value: 'late' })).rejects.toMatchObject({
      code: expect.stringMatching(/^(PRODUCER|BROKER)_CLOSED$/),
    })
  })
})
