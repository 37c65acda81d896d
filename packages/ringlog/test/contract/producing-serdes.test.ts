import { Consumer, serdes, type RinglogError, type Serde } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, pollRecords } from './rig.ts'

interface Order {
  id: number
  items: string[]
}

const failing: Serde<string> = {
  serialize: () => {
    throw new RangeError('not today')
  },
  deserialize: (bytes) => String(bytes),
}

/** Returns, each time, a view of the same memory. */
function scratchSerde(): Serde<string> {
  const scratch = Buffer.alloc(64)
  return {
    serialize: (text) => scratch.subarray(0, scratch.write(text)),
    deserialize: String,
  }
}

describe.each(TRANSPORTS)('serdes, by %s', (transport) => {
  test('keys and values go through serialize, and come back the same', async () => {
    const rig = await Rig.start(transport)
    const config = { keySerde: serdes.number, valueSerde: serdes.json<Order>() }
    const producer = rig.producer(config)
    const orders = [
      { id: 1, items: ['größer'] },
      { id: 2, items: [] },
    ]
    for (const order of orders)
      await producer.send({ topic: rig.topic, key: order.id, value: order })
    const consumer = new Consumer(rig.broker, config)
    await consumer.assign([rig.at(0)])
    const records = [...(await consumer.poll())]
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      [1, orders[0]],
      [2, orders[1]],
    ])
  })

  test('the serialized key decides the partition', async () => {
    const rig = await Rig.start(transport, { partitions: 16, ringBytes: 64 * 1024 })
    const key: Serde<{ name: string }> = {
      serialize: ({ name }) => name,
      deserialize: (bytes) => ({ name: String(bytes) }),
    }
    const producer = rig.producer({ keySerde: key })
    const sent = await producer.send({ topic: rig.topic, key: { name: 'foobar' }, value: 'v' })
    expect(sent.partition).toBe(14)
  })

  test.each(['send', 'write', 'tryWrite', 'toWritable'] as const)(
    'a serde may use its memory again, for key, value and headers: by %s',
    async (how) => {
      const rig = await Rig.start(transport, { partitions: 7, ringBytes: 64 * 1024 })
      const serde = scratchSerde()
      const producer = rig.producer({ keySerde: serde, valueSerde: serde })
      await producer.partitionsFor(rig.topic)
      for (let i = 0; i < 20; i++) {
        const record = {
          topic: rig.topic,
          key: 'alice',
          value: `paid ${i}`,
          headers: [
            ['a', 'text'],
            ['b', serde.serialize(`header ${i}`)],
          ] as Array<[string, Uint8Array]>,
        }
        if (how !== 'toWritable') await producer[how](record)
        else producer.toWritable().write(record)
      }
      await producer.flush()
      const consumer = await rig.consumer({ autoOffsetReset: 'earliest' }, [1])
      const records = await pollRecords(consumer, 20)
      expect(records.map(({ key, value }) => `${String(key)} ${String(value)}`)).toEqual(
        Array.from({ length: 20 }, (_, i) => `alice paid ${i}`),
      )
      expect(records.map(({ headers }) => String(headers[1]![1]))).toEqual(
        Array.from({ length: 20 }, (_, i) => `header ${i}`),
      )
    },
  )

  test('so may an iterable of headers, and a partitioner', async () => {
    const rig = await Rig.start(transport, { partitions: 3, ringBytes: 64 * 1024 })
    const serde = scratchSerde()
    const producer = rig.producer({
      partitioner: {
        partition: () => {
          serde.serialize('overwritten')
          return 1
        },
      },
    })
    const key = Buffer.from('key')
    for (let i = 0; i < 3; i++) {
      await producer.send({
        topic: rig.topic,
        key,
        value: serde.serialize(`value ${i}`),
        headers: (function* () {
          yield ['a', serde.serialize('one')] as const
          yield ['b', serde.serialize('other')] as const
        })(),
      })
    }
    const consumer = await rig.consumer({ autoOffsetReset: 'earliest' }, [1])
    const records = await pollRecords(consumer, 3)
    expect(records.map(({ value }) => String(value))).toEqual(['value 0', 'value 1', 'value 2'])
    for (const { key: read, headers } of records) {
      expect([String(read), ...headers.map(([, value]) => String(value))]).toEqual([
        'key',
        'one',
        'other',
      ])
    }
  })

  test('a record without a key has none, whatever the serde', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ keySerde: failing })
    await producer.send({ topic: rig.topic, value: 'v' })
    const [record] = await pollRecords(await rig.consumer(), 1)
    expect(record!.key).toBeNull()
  })

  test('null is a tombstone', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ valueSerde: serdes.json<Order | null>() })
    await producer.send({ topic: rig.topic, key: 'k', value: null })
    const [record] = await pollRecords(await rig.consumer(), 1)
    expect(record!.value).toBeNull()
  })

  test.each(['key', 'value'] as const)(
    'a serializer of the %s that throws rejects send, and makes write throw',
    async (field) => {
      const rig = await Rig.start(transport)
      const producer = rig.producer({ [`${field}Serde`]: failing })
      const record = { topic: rig.topic, key: 'k', value: 'v' }
      const refused = {
        code: 'SERIALIZATION_FAILED',
        message: `a record's ${field} cannot be serialized: topic="orders": not today`,
        details: { topic: 'orders', field },
      }
      const rejection = await producer.send(record).catch((error: unknown) => error)
      expect(rejection).toMatchObject(refused)
      expect((rejection as RinglogError).cause).toBeInstanceOf(RangeError)
      expect(() => producer.write(record)).toThrow(expect.objectContaining(refused))
      expect(() => producer.tryWrite(record)).toThrow(expect.objectContaining(refused))
      await producer.flush()
      expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(0)
    },
  )

  test('a serializer that returns what no record can hold is refused', async () => {
    const rig = await Rig.start(transport)
    const valueSerde = { serialize: () => 5 as never, deserialize: () => 5 }
    const producer = rig.producer({ valueSerde })
    await expect(producer.send({ topic: rig.topic, value: 5 })).rejects.toMatchObject({
      code: 'SERIALIZATION_FAILED',
      message:
        'the serde of a record\'s value must return a string, a Uint8Array or null, got 5: topic="orders"',
    })
  })
})
