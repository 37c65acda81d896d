import { Consumer, serdes, type ConsumerRecord, type Serde } from 'ringlog'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS } from './rig.ts'

const circular: { self?: unknown } = {}
circular.self = circular

const hostile = Object.create(null) as object
const unreadable = new Error('never read')
Object.defineProperty(unreadable, 'message', {
  get: () => {
    throw new Error('no message either')
  },
})

const throwing = (thrown: unknown): Serde<unknown> => ({
  serialize: () => {
    throw thrown
  },
  deserialize: () => {
    throw thrown
  },
})

const failed = (field: object): unknown =>
  expect.objectContaining({
    code: 'SERIALIZATION_FAILED',
    retriable: false,
    details: expect.objectContaining(field) as object,
  })

describe.each(TRANSPORTS)('a serde that fails, by %s', (transport) => {
  test.each<[name: string, serde: Serde<unknown>, value: unknown]>([
    ['circular JSON', serdes.json(), circular],
    ['a BigInt as JSON', serdes.json(), { cents: 5n }],
    ['undefined as JSON', serdes.json(), undefined],
    ['a toJSON that throws', serdes.json(), { toJSON: () => expect.fail() }],
    ['a function, structured', serdes.structured(), { run: () => 5 }],
    ['a symbol, structured', serdes.structured(), Symbol('s')],
    ['text that is a number', serdes.string, 5],
    ['an error whose message throws', throwing(unreadable), 'v'],
    ['an object without a prototype', throwing(hostile), 'v'],
    ['undefined', throwing(undefined), 'v'],
    ['an answer that no record can hold', { ...serdes.json(), serialize: () => 5 as never }, 'v'],
  ])('refuses the record whole, and no other: %s', async (_, valueSerde, value) => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ keySerde: serdes.string, valueSerde })
    const record = { topic: rig.topic, key: 'k', value, headers: { h: 'v' } }
    const plain = rig.producer()
    for (let round = 0; round < 2; round++) {
      const refused = failed({ topic: rig.topic, field: 'value' })
      await expect(producer.send(record)).rejects.toEqual(refused)
      expect(() => producer.write(record)).toThrow(refused)
      expect(() => producer.tryWrite(record)).toThrow(refused)
      const writable = producer.toWritable()
      writable.write(record)
      expect(await once(writable, 'error')).toEqual([refused])
      // The topic is known from here on.
      await producer.flush()
      expect(await plain.send({ topic: rig.topic, value: 'v' })).toMatchObject({ offset: round })
      await producer.partitionsFor(rig.topic)
    }
  })

  test('lets the consumer go on: what cannot be read throws where it is read, each time', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    for (const value of ['0', '{ no JSON', '2', '3']) producer.write({ topic: rig.topic, value })
    await producer.flush()
    const config = { groupId: 'billing', valueSerde: serdes.json<number>() }
    const consumer = new Consumer(rig.broker, config)
    await consumer.assign([rig.at(0)])
    const bad = failed({ ...rig.at(0), offset: 1, part: 'value' })

    // A loop that reads the value of each stops at the bad one, which it has not come to the end of.
    const read: number[] = []
    const readAll = async (): Promise<void> => {
      for await (const { value } of consumer) {
        read.push(value)
        if (value === 3) break
      }
    }
    await expect(readAll()).rejects.toEqual(bad)
    expect(read).toEqual([0])
    expect(consumer.position(rig.at(0))).toBe(2)
    // The consumer is open, and goes on after it.
    await readAll()
    expect(read).toEqual([0, 2, 3])

    // A poll hands all of them out; each can be read or not by itself.
    consumer.seek(rig.at(0), 0)
    const records: Array<ConsumerRecord<Buffer | null, number>> = [...(await consumer.poll())]
    expect(consumer.position(rig.at(0))).toBe(4)
    expect([0, 2, 3].map((i) => records[i]!.value)).toEqual([0, 2, 3])
    for (let round = 0; round < 2; round++) expect(() => records[1]!.value).toThrow(bad)
    expect(records[1]!.offset).toBe(1)
  })
})
