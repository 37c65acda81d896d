import { RinglogError, serdes } from '@ringlog/core'
import { MockProducer, VirtualClock, type MockProducerConfig } from '@ringlog/testing'
import { describe, expect, test } from 'vitest'

const at = { topic: 't', value: 'v' }
const offline = new RinglogError('PARTITION_OFFLINE', 'the worker is gone')

function manual(config: MockProducerConfig = {}): MockProducer {
  return new MockProducer({ autoComplete: false, ...config })
}

describe('a mock producer', () => {
  test('delivers at once, with offsets of their own in each partition', async () => {
    const producer = new MockProducer({
      topics: { t: { partitions: 2 } },
      clock: new VirtualClock({ wallMs: 5 }),
    })
    expect(await producer.send({ ...at, partition: 1 })).toEqual({
      topic: 't',
      partition: 1,
      offset: 0,
      timestamp: 5,
    })
    expect(await producer.send({ ...at, partition: 1, timestamp: 7 })).toMatchObject({
      offset: 1,
      timestamp: 7,
    })
    expect(await producer.send({ ...at, partition: 0 })).toMatchObject({ partition: 0, offset: 0 })
    expect(producer.pendingCount).toBe(0)
  })

  test('keeps the history of what it was given, in order, as it was given', async () => {
    const producer = new MockProducer<string | null, { n: number }>({
      keySerde: serdes.string,
      valueSerde: serdes.json<{ n: number }>(),
    })
    const sent = producer.send({ topic: 't', key: 'k', value: { n: 1 }, headers: { h: 'x' } })
    producer.write({ topic: 't', value: { n: 2 } })
    producer.tryWrite({ topic: 'u', value: { n: 3 }, partition: 0, timestamp: 9 })
    expect(producer.history()).toStrictEqual([
      { topic: 't', key: 'k', value: { n: 1 }, headers: { h: 'x' } },
      { topic: 't', value: { n: 2 } },
      { topic: 'u', value: { n: 3 }, partition: 0, timestamp: 9 },
    ])
    await sent
    producer.clear()
    expect(producer.history()).toEqual([])
    expect(await producer.send({ topic: 't', value: { n: 4 } })).toMatchObject({ offset: 2 })
  })

  test('keeps copies of bytes, and what an iterable of headers gave', () => {
    const producer = new MockProducer()
    const value = Buffer.from('before')
    const record = { topic: 't', value, headers: new Map([['h', value]]).entries() }
    producer.write(record)
    value.write('after!')
    record.topic = 'other'
    const [kept] = producer.history()
    expect(kept!.topic).toBe('t')
    expect(String(kept!.value)).toBe('before')
    expect([...(kept!.headers as Iterable<unknown>)]).toEqual([['h', Buffer.from('before')]])
  })

  test('refuses what the real one refuses, and keeps no history of it', async () => {
    const producer = new MockProducer({ topics: { t: { partitions: 2, maxMessageBytes: 200 } } })
    const code = async (record: object): Promise<unknown> =>
      producer.send(record as typeof at).catch((error: unknown) => (error as RinglogError).code)
    expect(await code({ ...at, values: 1 })).toBe('INVALID_REQUEST')
    expect(await code({ ...at, value: 5 })).toBe('INVALID_REQUEST')
    expect(await code({ ...at, topic: 'no spaces' })).toBe('INVALID_TOPIC_EXCEPTION')
    expect(await code({ ...at, value: 'x'.repeat(200) })).toBe('MESSAGE_TOO_LARGE')
    expect(() => producer.write({ ...at, partition: -1 })).toThrow('partition must be')
    expect(producer.history()).toEqual([])
    expect(await code({ ...at, topic: 'u' })).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(await code({ ...at, partition: 2 })).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  test('chooses partitions as the real one, refused records moving nothing', async () => {
    const topics = { t: { partitions: 3 } }
    const producer = new MockProducer({ topics })
    const partitions: number[] = []
    for (const key of [undefined, 'a', undefined, 'b', undefined]) {
      await producer.send({ ...at, value: 3 as never }).catch(() => undefined)
      partitions.push((await producer.send({ ...at, key })).partition)
    }
    expect(partitions).toEqual([0, 1, 1, 2, 2])
    const custom = new MockProducer({ topics, partitioner: { partition: () => 3 } })
    await expect(custom.send(at)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
  })

  test('lists every faulty option, its own and those of a producer', () => {
    const config = {
      autoComplete: 1,
      topics: { t: { partitions: 0 } },
      acks: 3,
      clock: {},
      lingerMS: 1,
    }
    expect(() => new MockProducer(config as never)).toThrow(
      /^MockProducerConfig is not valid: lingerMS is not an option.*acks must.*autoComplete must.*topics must.*clock must/,
    )
    expect(() => new MockProducer({ topics: { 'a b': {} } })).toThrow('topics must hold topics')
    expect(() => new MockProducer({ topics: [] as never })).toThrow('topics must be an object')
    const topics = { a: { ringBytes: 3 }, b: {}, c: { partitions: 0 } }
    expect(() => new MockProducer({ topics })).toThrow(
      /topics must hold topics as createTopic takes them: "a": .*ringBytes must.*; "c": the number of partitions must/,
    )
  })
})

describe('exceptions that a test sets', () => {
  const boom = new Error('boom')

  test('sendException is what send, write and tryWrite fail with', async () => {
    const producer = new MockProducer()
    producer.sendException = boom
    await expect(producer.send(at)).rejects.toBe(boom)
    expect(() => producer.write(at)).toThrow(boom)
    expect(() => producer.tryWrite(at)).toThrow(boom)
    producer.sendException = null
    await producer.send(at)
    expect(producer.history()).toHaveLength(1)
  })

  test('flushException, partitionsForException and closeException', async () => {
    const producer = manual({ topics: { t: { partitions: 2 } } })
    producer.write(at)
    producer.flushException = boom
    producer.partitionsForException = boom
    producer.closeException = boom
    await expect(producer.flush()).rejects.toBe(boom)
    await expect(producer.partitionsFor('t')).rejects.toBe(boom)
    await expect(producer.close()).rejects.toBe(boom)
    expect(producer.closed()).toBe(false)
    expect(producer.pendingCount).toBe(1)
    producer.partitionsForException = null
    expect(await producer.partitionsFor('t')).toEqual([0, 1])
    await expect(producer.partitionsFor('T')).rejects.toThrow('did you mean')
  })
})

describe('writer()', () => {
  test('writes records as write() does, to a topic or to one partition', async () => {
    const producer = manual({ topics: { t: { partitions: 2 } }, bufferMemoryBytes: 80 })
    expect(producer.writer('t')).toMatchObject({ topic: 't', partition: null })
    const writer = producer.writer({ topic: 't', partition: 1 })
    expect(writer).toMatchObject({ topic: 't', partition: 1 })
    writer.write('a', 'k')
    producer.completeNext()
    await writer.drained()
    producer.writer('t').write('b')
    expect(producer.history()).toEqual([
      { topic: 't', partition: 1, key: 'k', value: 'a' },
      { topic: 't', value: 'b' },
    ])
    await producer.close()
    expect(() => producer.writer('t')).toThrow(expect.objectContaining({ code: 'PRODUCER_CLOSED' }))
    expect(() => writer.write('c')).toThrow(expect.objectContaining({ code: 'PRODUCER_CLOSED' }))
  })
})

describe('close()', () => {
  test('delivers what waits, and ends all', async () => {
    const producer = manual({ bufferMemoryBytes: 80 })
    const sent = producer.send(at)
    const drained = producer.drained().catch((error: unknown) => error)
    await producer.close()
    expect(await sent).toMatchObject({ offset: 0 })
    await drained
    await producer.close()
    expect(producer.closed()).toBe(true)
    await expect(producer.send(at)).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
    expect(() => producer.write(at)).toThrow(expect.objectContaining({ code: 'PRODUCER_CLOSED' }))
    await expect(producer.flush()).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
    await expect(producer.drained()).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
    expect(producer.history()).toHaveLength(1)
  })

  test('rejects with the error of a write that nobody heard of, once', async () => {
    const producer = manual()
    producer.write(at)
    producer.errorNext(offline)
    await expect(producer.close()).rejects.toBe(offline)
    await producer.close()
  })

  test('is what `await using` does', async () => {
    const producer = new MockProducer()
    {
      await using used = producer
      used.write(at)
    }
    expect(producer.closed()).toBe(true)
  })
})

describe('user code within it', () => {
  test('a serde or a partitioner that calls the producer is served first', async () => {
    const producer: MockProducer<string | null, string> = new MockProducer<string | null, string>({
      topics: { t: { partitions: 2 } },
      keySerde: serdes.string,
      valueSerde: {
        serialize: (value) => {
          if (value === 'outer') producer.write({ topic: 't', value: 'inner', partition: 0 })
          return value
        },
        deserialize: String,
      },
    })
    const outer = await producer.send({ topic: 't', value: 'outer', partition: 0 })
    expect(outer.offset).toBe(1)
    expect(producer.history().map(({ value }) => value)).toEqual(['inner', 'outer'])
  })

  test('a partitioner that closes the producer refuses its record, and leaves nothing waiting', async () => {
    const producer: MockProducer = new MockProducer({
      autoComplete: false,
      partitioner: {
        partition: () => {
          void producer.close()
          return 0
        },
      },
    })
    await expect(producer.send(at)).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
    expect(producer.pendingCount).toBe(0)
    expect(producer.history()).toEqual([])
  })

  test('a serde that closes the producer refuses its record', async () => {
    const producer: MockProducer<unknown, string> = new MockProducer<unknown, string>({
      valueSerde: {
        serialize: (value) => {
          void producer.close()
          return value
        },
        deserialize: String,
      },
    })
    await expect(producer.send(at)).rejects.toMatchObject({ code: 'PRODUCER_CLOSED' })
    expect(producer.history()).toEqual([])
  })
})

test('a clock that is only a part of one is refused, with what it lacks', () => {
  const clock = { nowMs: () => 0, setTimer: () => ({ unref: () => undefined }) }
  expect(() => new MockProducer({ clock: clock as never })).toThrow(
    'which lacks wallMs, clearTimer, setTurnEnd, random',
  )
})
