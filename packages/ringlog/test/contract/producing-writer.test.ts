import { serdes, type ProducerConfig } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, pollRecords, pollValues } from './rig.ts'

const SMALL = { ringBytes: 64 * 1024 }
const BYTES = Uint8Array.from([1, 2, 3])
const coded = (code: string): object => expect.objectContaining({ code }) as object

describe.each(TRANSPORTS)('a writer, by %s', (transport) => {
  test('writes to its partition, in the order of the calls, also those of its producer', async () => {
    const rig = await Rig.start(transport, { ...SMALL, partitions: 2 })
    const producer = rig.producer()
    const writer = producer.writer(rig.at(1))
    expect([writer.topic, writer.partition]).toEqual([rig.topic, 1])
    const consumer = await rig.consumer({}, [0, 1])
    for (let turn = 0; turn < 3; turn++) {
      writer.write(`${turn} a`)
      writer.write(Buffer.from(`${turn} b`))
      producer.write({ topic: rig.topic, partition: 1, value: `${turn} c` })
      writer.write(Buffer.from(`${turn} d`), 'key')
      writer.write(Buffer.from(`${turn} e`))
      await producer.flush()
    }
    const values = [0, 1, 2].flatMap((turn) => [...'abcde'].map((name) => `${turn} ${name}`))
    expect(await pollValues(consumer, 15)).toEqual([undefined, values])
  })

  test('says when to stop, as write() does', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ batchSizeBytes: 4096, bufferMemoryBytes: 65_536 })
    const writer = producer.writer(rig.at(0))
    const value = new Uint8Array(1000)
    let stops = 0
    for (let i = 0; i < 500; i++) {
      if (writer.write(value)) continue
      stops++
      await writer.drained()
    }
    await producer.flush()
    expect(stops).toBeGreaterThan(0)
    expect(await rig.broker.offsets(rig.topic)).toMatchObject([{ endOffset: 500 }])
    // Who does not stop is told, and its record is not taken.
    const fill = (): void => {
      for (;;) writer.write(value)
    }
    expect(fill).toThrow(coded('BUFFER_FULL'))
  })

  test('takes nothing once its producer is closed, not in the same turn either', async () => {
    const rig = await Rig.start(transport, SMALL)
    const producer = rig.producer()
    const writer = producer.writer(rig.at(0))
    writer.write(BYTES)
    await producer.flush()
    writer.write(BYTES)
    writer.write(BYTES)
    const closed = producer.close()
    expect(() => writer.write(BYTES)).toThrow(coded('PRODUCER_CLOSED'))
    await closed
    expect(() => writer.write(BYTES)).toThrow(coded('PRODUCER_CLOSED'))
    await expect(writer.drained()).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
    expect(() => producer.writer(rig.topic)).toThrow(coded('PRODUCER_CLOSED'))
    expect(await rig.broker.offsets(rig.topic)).toMatchObject([{ endOffset: 3 }])
  })

  test('writes no batch that has left: flush() in the same turn', async () => {
    const rig = await Rig.start(transport, SMALL)
    const producer = rig.producer()
    const writer = producer.writer(rig.at(0))
    for (let i = 0; i < 50; i++) {
      writer.write(BYTES)
      void producer.flush()
      writer.write(BYTES)
      if (i % 10 === 0) await producer.flush()
    }
    await producer.flush()
    expect(await rig.broker.offsets(rig.topic)).toMatchObject([{ endOffset: 100 }])
    const records = await pollRecords(await rig.consumer({}), 100)
    expect(records.every(({ value }) => Buffer.compare(value!, BYTES) === 0)).toBe(true)
  })

  test.each<[string, ProducerConfig]>([
    ['without answers', { acks: 0 }],
    ['without numbers', { idempotence: false }],
    ['compressed', { compression: 'gzip' }],
  ])('writes as its producer is configured: %s', async (_name, config) => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ batchSizeBytes: 1024, ...config })
    const writer = producer.writer(rig.at(0))
    const values = Array.from({ length: 200 }, (_, i) => `${i} ${'x'.repeat(i)}`)
    for (const value of values) if (!writer.write(Buffer.from(value))) await writer.drained()
    await producer.flush()
    expect(await pollValues(await rig.consumer(), values.length)).toEqual([values])
  })

  test('tells of records that find no room in time, by the next flush', async () => {
    const rig = await Rig.start(transport, SMALL)
    await rig.consumer() // holds the ring back
    const producer = rig.producer({
      batchSizeBytes: 4096,
      requestTimeoutMs: 50,
      deliveryTimeoutMs: 100,
    })
    const writer = producer.writer(rig.at(0))
    for (let i = 0; i < 100; i++) writer.write(new Uint8Array(1000))
    await expect(producer.flush()).rejects.toMatchObject({ code: 'BUFFER_FULL' })
    expect(producer.metrics().recordErrorTotal).toBeGreaterThan(0)
  })
})

/** What no transport has a part in. */
describe('a writer', () => {
  test('writes key and value as write() does, whatever they are', async () => {
    const rig = await Rig.start('in memory', SMALL)
    const producer = rig.producer()
    const writer = producer.writer(rig.at(0))
    const fields: Array<
      [key: string | Uint8Array | null | undefined, value: string | Uint8Array | null]
    > = [
      [undefined, BYTES],
      [null, BYTES],
      ['', 'text'],
      ['ключ', ''],
      [BYTES, null],
      [undefined, new Uint8Array(70)],
      [undefined, new Uint8Array(9000)],
    ]
    for (const [key, value] of fields) {
      writer.write(value, key)
      producer.write({ topic: rig.topic, partition: 0, key, value })
    }
    await producer.flush()
    const records = await pollRecords(await rig.consumer({}), 2 * fields.length)
    const read = records.map(({ key, value, headers }) => ({ key, value, headers }))
    for (let i = 0; i < read.length; i += 2) expect(read[i]).toEqual(read[i + 1])
  })

  test('of a topic goes where write() goes, by round robin, by key and to new partitions', async () => {
    const rig = await Rig.start('in memory', { ...SMALL, partitions: 2 })
    const producer = rig.producer()
    const writer = producer.writer(rig.topic)
    expect(writer.partition).toBeNull()
    for (const value of 'abcd') writer.write(Buffer.from(value))
    await producer.flush()
    expect(await pollValues(await rig.consumer({}, [0, 1]), 4)).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ])
    await rig.broker.createPartitions(rig.topic, 16)
    for (let i = 0; i < 16; i++) writer.write(BYTES)
    writer.write('keyed', 'foobar') // to partition 14, by Kafka's own client
    await producer.flush()
    const ends = (await rig.broker.offsets(rig.topic)).map(({ endOffset }) => endOffset)
    expect(ends).toEqual([3, 3, ...Array.from({ length: 12 }, () => 1), 2, 1])
  })

  test('writes by the serdes and the partitioner of its producer', async () => {
    const rig = await Rig.start('in memory', { ...SMALL, partitions: 3 })
    const producer = rig.producer({
      valueSerde: serdes.json<{ id: number }>(),
      partitioner: { partition: ({ value }) => Number(JSON.parse(String(value)).id) },
    })
    producer.writer(rig.topic).write({ id: 2 })
    producer.writer(rig.at(0)).write({ id: 1 })
    await producer.flush()
    expect(await pollValues(await rig.consumer({}, [0, 1, 2]), 2)).toEqual([
      ['{"id":1}'],
      undefined,
      ['{"id":2}'],
    ])
  })

  test('does not overtake records that are held', async () => {
    const rig = await Rig.start('in memory', SMALL)
    const producer = rig.producer({ batchSizeBytes: 4096, bufferMemoryBytes: 8192 })
    const writer = producer.writer(rig.at(0))
    writer.write(BYTES)
    await producer.flush()
    writer.write(BYTES)
    const value = 'x'.repeat(3000)
    const sent = [0, 1, 2, 3].map(() => producer.send({ topic: rig.topic, partition: 0, value }))
    expect(() => writer.write(BYTES)).toThrow(coded('BUFFER_FULL'))
    await Promise.all(sent)
    writer.write(Buffer.from('last'))
    await producer.flush()
    const [values] = await pollValues(await rig.consumer({}), 7)
    expect(values!.at(-1)).toBe('last')
  })

  test('writes to a topic and a partition that come later, and come again', async () => {
    const rig = await Rig.start('in memory', SMALL)
    const producer = rig.producer()
    const early = producer.writer({ topic: 'later', partition: 1 })
    early.write(BYTES)
    await rig.broker.createTopic('later', { ...SMALL, partitions: 2 })
    await producer.flush()
    early.write(BYTES)
    await rig.broker.deleteTopic('later')
    early.write(BYTES) // into the batch that was open, or held for a topic of that name
    await producer.flush({ timeoutMs: 50 }).catch(() => undefined)
    await rig.broker.createTopic('later', { ...SMALL, partitions: 2 })
    await producer.flush().catch(() => undefined)
    const { endOffset } = (await rig.broker.offsets('later'))[1]!
    early.write(BYTES)
    await producer.flush()
    expect(await rig.broker.offsets('later')).toMatchObject([
      { endOffset: 0 },
      { endOffset: endOffset + 1 },
    ])
  })

  test('names what it was given that is no topic, no partition and no value', async () => {
    const rig = await Rig.start('in memory', SMALL)
    const producer = rig.producer()
    const writerTo = (to?: unknown) => producer.writer(to as string)
    expect(() => writerTo(5)).toThrow(
      'writer() takes the name of a topic or { topic, partition }, got 5',
    )
    expect(() => writerTo()).toThrow(coded('INVALID_REQUEST'))
    expect(() => writerTo({ topic: rig.topic })).toThrow(coded('INVALID_REQUEST'))
    expect(() => producer.writer('no topic')).toThrow(coded('INVALID_TOPIC_EXCEPTION'))
    const bound = producer.writer(rig.at(0))
    bound.write(BYTES)
    await producer.flush()
    for (const value of [undefined, 5, {}]) {
      expect(() => bound.write(value as never)).toThrow(coded('INVALID_REQUEST'))
    }
    expect(() => bound.write(BYTES, 5 as never)).toThrow(coded('INVALID_REQUEST'))
    expect(() => bound.write(new Uint8Array(2 ** 21))).toThrow(coded('MESSAGE_TOO_LARGE'))
  })
})
