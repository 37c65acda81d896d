import { Broker, Consumer, ConsumerPool, Producer, type ProducerRecord } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { LOGS, Rig, TRANSPORTS, startBroker, startLog } from './rig.ts'

const invalid = (...parts: string[]): unknown =>
  expect.objectContaining({
    code: 'INVALID_REQUEST',
    message: expect.stringMatching(parts.join('.*')) as string,
  })

/** A call of JavaScript's, which no compiler has checked. */
const plain = (value: unknown): never => value as never

/** What a call throws or rejects with. */
async function refusal(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  throw new Error('nothing was refused')
}

describe.each(TRANSPORTS)('an option that a call does not have, by %s', (transport) => {
  test('is named, with the one that was meant', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const consumer = await rig.consumer({ groupId: 'billing' })
    const at = [{ topic: rig.topic, partition: 0 }]
    const timeout = plain({ timeout: 100 })
    const calls: Record<string, () => unknown> = {
      poll: () => consumer.poll(timeout),
      pollSync: () => consumer.pollSync(timeout),
      commit: () => consumer.commit([], timeout),
      committed: () => consumer.committed(at[0]!, timeout),
      beginningOffsets: () => consumer.beginningOffsets(at, timeout),
      endOffsets: () => consumer.endOffsets(at, timeout),
      offsetsForTimes: () => consumer.offsetsForTimes([{ ...at[0]!, timestamp: 0 }], timeout),
      flush: () => producer.flush(timeout),
      drained: () => producer.drained(timeout),
      partitionsFor: () => producer.partitionsFor(rig.topic, timeout),
    }
    for (const [name, call] of Object.entries(calls)) {
      expect(await refusal(call)).toEqual(
        invalid('timeout is not an option', `${name}\\(\\)`, 'did you mean timeoutMs'),
      )
    }
    for (const closed of [producer, consumer, rig.broker]) {
      expect(await refusal(() => closed.close(timeout))).toEqual(
        invalid('timeout is not an option of close\\(\\)', 'did you mean timeoutMs'),
      )
    }
    // Nothing was closed by that.
    await producer.send({ topic: rig.topic, value: 'v' })
    expect((await consumer.poll({ timeoutMs: 5_000 })).count).toBe(1)
  })

  test('of an offset to commit is named, if it is nearly one that there is', async () => {
    const rig = await Rig.start(transport)
    const consumer = await rig.consumer({ groupId: 'billing' })
    const at = { ...rig.at(0), offset: 0 }
    expect(await refusal(() => consumer.commit([plain({ ...at, metaData: 'm' })]))).toEqual(
      invalid('no metaData', 'did you mean metadata'),
    )
    expect(await refusal(() => consumer.commit(plain(at)))).toEqual(
      invalid('array of { topic, partition, offset }'),
    )
    await consumer.commit([plain({ ...at, timestamp: 5 })])
    expect(await consumer.committed(rig.at(0))).toBe(0)
  })

  test('is told from those of another call', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const consumer = await rig.consumer()
    const signal = new AbortController().signal
    await producer.drained({ partition: { topic: rig.topic, partition: 0 }, timeoutMs: 1_000 })
    expect(await refusal(() => producer.flush(plain({ partition: 0 })))).toEqual(
      invalid('partition is not an option of flush', 'timeoutMs, signal'),
    )
    expect(await refusal(() => consumer.pollSync(plain({ signal })))).toEqual(
      invalid('signal is not an option of pollSync'),
    )
    expect(await refusal(() => consumer.poll(plain(100)))).toEqual(invalid('timeoutMs', 'got 100'))
  })

  test('is not looked for in what a class brings along, nor where the value is undefined', async () => {
    class Waiting {
      timeoutMs = 0
      describe(): string {
        return 'waits'
      }
    }
    const rig = await Rig.start(transport)
    const consumer = await rig.consumer()
    expect((await consumer.poll(new Waiting())).count).toBe(0)
    const inherited = Object.create({ retries: 3 }, {}) as object
    expect((await consumer.poll(Object.assign(inherited, { timeoutMs: 0 }))).count).toBe(0)
    expect((await consumer.poll({ timeoutMs: 0, signal: undefined })).count).toBe(0)
    expect(await refusal(() => consumer.poll(plain({ timeout: undefined })))).toEqual(
      invalid('timeout is not an option'),
    )
  })
})

describe.each(TRANSPORTS)('a field that a record does not have, by %s', (transport) => {
  const wrong: Array<[name: string, record: object, parts: string[]]> = [
    ['Key', { Key: 'alice', value: 'v' }, ['Key is not a field', 'did you mean key']],
    ['header', { key: 'a', value: 'v', header: { a: '1' } }, ['header', 'did you mean headers']],
    ['partitionId', { value: 'v', partitionId: 2 }, ['did you mean partition']],
    ['messages', { messages: [{ value: 'v' }] }, ['messages', 'KafkaJS', 'send for each message']],
    ['offset', { value: 'v', offset: 5 }, ['offset', 'the log assigns it', 'record.key']],
    ['payload', { key: 'a', value: 'v', payload: 'p' }, ['payload is not a field', 'there are']],
  ]

  test.each(wrong)('is named, with what was meant: %s', async (_, fields, parts) => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const record = { topic: rig.topic, ...fields } as ProducerRecord
    const good = { topic: rig.topic, value: 'v' }
    // Before the topic is known, and after.
    for (let round = 0; round < 2; round++) {
      expect(await refusal(() => producer.write(record))).toEqual(invalid(...parts))
      expect(await refusal(() => producer.tryWrite(record))).toEqual(invalid(...parts))
      expect(await refusal(() => producer.send(record))).toEqual(invalid(...parts))
      await producer.send(good)
      // In the middle of a turn, where write is at its shortest.
      producer.write(good)
      expect(await refusal(() => producer.send(record))).toEqual(invalid(...parts))
    }
    await producer.flush()
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(4)
  })

  test('is told from records in an array, which are given one by one', async () => {
    const rig = await Rig.start(transport)
    const records = plain([{ topic: rig.topic, value: 'v' }])
    const producer = rig.producer()
    for (const call of ['send', 'write', 'tryWrite'] as const) {
      expect(await refusal(() => producer[call](records))).toEqual(
        invalid('array of 1', 'one by one'),
      )
    }
  })

  test('is not what a class brings along', async () => {
    class Order {
      topic = 'orders'
      value = 'v'
      describe(): string {
        return this.value
      }
    }
    const rig = await Rig.start(transport)
    expect(await rig.producer().send(new Order())).toMatchObject({ offset: 0 })
  })
})

describe.each(LOGS)('what is subscribed to in the wrong way, of a log %s', (log) => {
  test('a callback that a listener does not have is named, with the one that was meant', async () => {
    const consumer = new Consumer(await startLog(log), { groupId: 'billing' })
    const listener = { onPartitionRevoked: () => {} }
    expect(await refusal(() => consumer.subscribe(['orders'], plain(listener)))).toEqual(
      invalid('onPartitionRevoked', 'did you mean onPartitionsRevoked'),
    )
    const ofKafkaJs = { fromBeginning: true }
    expect(await refusal(() => consumer.subscribe(['orders'], plain(ofKafkaJs)))).toEqual(
      invalid('fromBeginning', 'autoOffsetReset'),
    )
    await consumer.subscribe(['orders'], plain({ log: [], onPartitionsRevoked: undefined }))
  })

  test("what is no list of names, as KafkaJS's { topic }", async () => {
    const consumer = new Consumer(await startLog(log), { groupId: 'billing' })
    for (const topics of ['orders', { topic: 'orders' }, { topics: ['orders'] }]) {
      const error = await refusal(() => consumer.subscribe(plain(topics)))
      expect(error).toEqual(invalid("subscribe\\(\\['orders'\\]\\)"))
    }
  })
})

describe('what is made in the wrong way', () => {
  test('a pool on a log in memory, which has no threads: the error names Broker.start', async () => {
    const client = await startLog('in memory')
    const handler = new URL('./answering.handler.ts', import.meta.url)
    const config = { groupId: 'billing', topics: ['orders'], handler }
    await expect(ConsumerPool.start(client, config)).rejects.toEqual(
      invalid('an in-memory client', 'await Broker.start'),
    )
  })

  test('a broker with new: the error names Broker.start, and the process goes on', async () => {
    const JavaScriptBroker = Broker as unknown as new (config?: object) => Broker
    for (const config of [undefined, {}, { name: 'mine' }]) {
      expect(() => new JavaScriptBroker(config)).toThrow(invalid('await Broker.start'))
    }
    await (await startBroker()).close()
  })

  test('a client of a broker that was not awaited: the error says so', async () => {
    const started = Broker.start()
    const broker = plain(started)
    expect(() => new Producer(broker)).toThrow(invalid('await it first'))
    expect(() => new Consumer(broker)).toThrow(invalid('await it first'))
    await (await started).close()
  })
})
