import { SpanKind, SpanStatusCode, context, trace } from '@opentelemetry/api'
import * as conventions from '@opentelemetry/semantic-conventions/incubating'
import { Broker } from '@ringlog/broker'
import { Consumer, type ConsumerRecord } from '@ringlog/consumer'
import { ConsumerPool } from '@ringlog/consumer-pool'
import type { ProducerRecord } from '@ringlog/core'
import { Producer } from '@ringlog/producer'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  traceBatchHandler,
  traceHandler,
  traceProducer,
  traceRun,
} from '../../src/opentelemetry/index.ts'
import { registerTracing, spansOf, type ToldSpan } from './spans-of.ts'

const exporter = registerTracing()
let broker: Broker
let producer: Producer

beforeEach(async () => {
  exporter.reset()
  broker = await Broker.start()
  producer = new Producer(broker)
  await broker.createTopic('orders')
})

afterEach(() => broker.close({ timeoutMs: 500 }))

async function read(count: number, topic = 'orders'): Promise<ConsumerRecord[]> {
  const consumer = new Consumer(broker)
  await consumer.assign([{ topic, partition: 0 }])
  const records: ConsumerRecord[] = []
  while (records.length < count) records.push(...(await consumer.poll()))
  await consumer.close()
  return records
}

function spans(): ToldSpan[] {
  return spansOf(exporter)
}

function traceparent({ traceId, spanId }: ToldSpan): string {
  return `00-${traceId}-${spanId}-01`
}

function headersOf(record: ConsumerRecord): string[] {
  return record.headers.map(([name, value]) => `${name}=${String(value)}`)
}

describe('a traced producer', () => {
  test('sends within a span, whose context goes along in the headers', async () => {
    const traced = traceProducer(producer, { clientId: 'shop' })
    const before = { traceparent: 'of another', other: 'kept' }
    await traced.send({ topic: 'orders', key: 'k', value: 'a', headers: before })
    expect(spans()).toEqual([
      {
        ...told(spans()[0]!),
        name: 'send orders',
        kind: SpanKind.PRODUCER,
        parentSpanId: null,
        links: [],
        status: SpanStatusCode.UNSET,
        events: [],
        attributes: {
          'messaging.system': 'ringlog',
          'messaging.operation.name': 'send',
          'messaging.operation.type': 'send',
          'messaging.destination.name': 'orders',
          'messaging.destination.partition.id': '0',
          'messaging.kafka.offset': 0,
          'messaging.kafka.message.key': 'k',
          'messaging.client.id': 'shop',
        },
      },
    ])
    const [record] = await read(1)
    expect(headersOf(record!)).toEqual(['other=kept', `traceparent=${traceparent(spans()[0]!)}`])
    expect(Object.values(conventions)).toEqual(
      expect.arrayContaining(Object.keys(spans()[0]!.attributes)),
    )
  })

  test('sends all fields of a record, also those that its class has getters for', async () => {
    class Order {
      readonly topic: string = 'orders'
      get key(): string {
        return 'k'
      }
      get value(): string {
        return 'a'
      }
    }
    await traceProducer(producer).send(new Order())
    const [record] = await read(1)
    expect([String(record!.key), String(record!.value), headersOf(record!).length]).toEqual([
      'k',
      'a',
      1,
    ])
  })

  test('write and tryWrite as well; the rest is the producer’s', async () => {
    const traced = traceProducer(producer)
    expect(traced.write({ topic: 'orders', value: 'a' })).toBe(true)
    expect(traced.tryWrite({ topic: 'orders', value: 'b' })).toBe(true)
    await traced.drained()
    await traced.flush()
    expect((await read(2)).map(headersOf)).toEqual(
      spans().map((span) => [`traceparent=${traceparent(span)}`]),
    )
    await traced.close()
    await expect(producer.send({ topic: 'orders', value: 'c' })).rejects.toMatchObject({
      code: 'PRODUCER_CLOSED',
    })
  })

  test('refuses what the producer refuses, in its words; the span says so', async () => {
    const traced = traceProducer(producer)
    const odd: unknown[] = [
      null,
      {},
      { topic: 'orders', value: 1 },
      { topic: 'orders', value: 'a', headers: [1] },
      { topic: 'orders', value: 'a', nothing: 1 },
      { topic: 'orders', value: 'a', partition: -1 },
    ]
    for (const record of odd as ProducerRecord[]) {
      exporter.reset()
      const own: unknown = await producer.send(record).catch((error: unknown) => error)
      const error: unknown = await traced.send(record).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ ...(own as object), message: (own as Error).message })
      const { code } = own as { code: string }
      expect(spans()).toMatchObject([
        { status: SpanStatusCode.ERROR, attributes: { 'error.type': code }, events: ['exception'] },
      ])
    }
  })
})

describe('a traced handler', () => {
  test('goes on with the trace of its record; what it sends goes on with it', async () => {
    await broker.createTopic('done')
    const traced = traceProducer(producer)
    const handle = traceHandler(async ({ value }: ConsumerRecord, to: string) => {
      await Promise.resolve()
      await traced.send({ topic: to, value })
    })
    await traced.send({ topic: 'orders', value: 'a' })
    for (const record of await read(1)) await handle(record, 'done')
    const [sent, passedOn, processed] = spans()
    expect(processed).toMatchObject({
      name: 'process orders',
      kind: SpanKind.CONSUMER,
      traceId: sent!.traceId,
      parentSpanId: sent!.spanId,
      links: [],
    })
    expect(passedOn).toMatchObject({ traceId: sent!.traceId, parentSpanId: processed!.spanId })
  })

  test('within a span it is a child of that, linked to the record’s', async () => {
    await traceProducer(producer).send({ topic: 'orders', value: 'a' })
    const [record] = await read(1)
    const tracer = trace.getTracer('test')
    const batch = tracer.startSpan('batch')
    const handle = traceHandler(() => 'at once')
    const answer = context.with(trace.setSpan(context.active(), batch), () => handle(record!))
    expect(answer).toBe('at once')
    const [sent, processed] = spans()
    expect(processed).toMatchObject({
      parentSpanId: batch.spanContext().spanId,
      links: [sent!.spanId],
    })
  })

  test('throws what the handler throws, at once or later, and whatever that is', async () => {
    const [record] = await written('a')
    const thrown = new RangeError('bad')
    const atOnce = traceHandler((): void => {
      throw thrown
    })
    expect(() => atOnce(record!)).toThrow(thrown)
    await expect(traceHandler(async () => Promise.reject(thrown))(record!)).rejects.toBe(thrown)
    await expect(traceHandler(async () => Promise.reject(undefined))(record!)).rejects.toBe(
      undefined,
    )
    expect(spans().map(({ attributes }) => attributes['error.type'])).toEqual([
      'RangeError',
      'RangeError',
      '_OTHER',
    ])
  })

  test('leaves a key that cannot be read to the handler', async () => {
    const [plain] = await written('a')
    const record = {
      topic: 'orders',
      partition: 0,
      offset: 3,
      headers: plain!.headers,
      get key(): never {
        throw new Error('no key')
      },
    }
    expect(traceHandler(() => 'handled')(record)).toBe('handled')
    expect(spans()[0]!.attributes).not.toHaveProperty('messaging.kafka.message.key')
  })

  test('takes headers that make no sense as none', async () => {
    await producer.send({ topic: 'orders', value: 'a', headers: { traceparent: 'nonsense' } })
    await producer.send({ topic: 'orders', value: 'b', headers: { traceparent: null } })
    for (const record of await read(2)) traceHandler(() => undefined)(record)
    expect(spans()).toMatchObject([{ parentSpanId: null }, { parentSpanId: null }])
  })

  test('of a batch is linked to all of its records', async () => {
    const traced = traceProducer(producer)
    for (const value of ['a', 'b']) await traced.send({ topic: 'orders', value })
    const count = traceBatchHandler((records: ConsumerRecord[]) => records.length)
    expect(count(await read(2))).toBe(2)
    expect(count([])).toBe(0)
    const [a, b, processed, ...others] = spans()
    expect(others).toEqual([])
    expect(processed).toMatchObject({
      name: 'process orders',
      links: [a!.spanId, b!.spanId],
      attributes: { 'messaging.batch.message_count': 2 },
    })
  })
})

describe('a traced pool', () => {
  test('carries the trace to its threads, to what they write, and to dead letters', async () => {
    for (const topic of ['done', 'dead']) await broker.createTopic(topic)
    const pool = await ConsumerPool.start(broker, {
      groupId: 'billing',
      topics: ['orders'],
      handler: fileURLToPath(new URL('./handlers/traced.ts', import.meta.url)),
      threads: 1,
      maxAttempts: 2,
      retryBackoffMs: 1,
      onExhausted: { deadLetterTopic: 'dead' },
    })
    onTestFinished(() => pool.close({ timeoutMs: 2_000 }).catch(() => undefined))
    const run = traceRun(pool)
    expect(await run({ topic: 'orders', key: 'k', value: 'good' })).toBe(1)
    await expect(run({ topic: 'orders', value: 'bad' })).rejects.toMatchObject({
      message: expect.stringContaining('bad is bad') as string,
    })
    const there = await pool.run<ToldSpan[]>({ topic: 'orders', value: 'spans' })

    const [good, bad] = spans()
    expect(good).toMatchObject({ name: 'send orders', status: SpanStatusCode.UNSET })
    expect(bad).toMatchObject({ status: SpanStatusCode.ERROR })
    const [passedOn, processed, ...failed] = there
    expect(processed).toMatchObject({
      name: 'process orders',
      traceId: good!.traceId,
      parentSpanId: good!.spanId,
      attributes: {
        'messaging.consumer.group.name': 'billing',
        'messaging.client.id': 'billing-0',
        'messaging.kafka.message.key': 'k',
      },
    })
    expect(passedOn).toMatchObject({ name: 'send done', parentSpanId: processed!.spanId })
    expect(failed).toHaveLength(2)
    for (const attempt of failed) {
      expect(attempt).toMatchObject({
        parentSpanId: bad!.spanId,
        attributes: { 'error.type': 'RangeError' },
      })
    }
    const [done] = await read(1, 'done')
    expect(headersOf(done!)).toEqual([`traceparent=${traceparent(passedOn!)}`])
    const [dead] = await read(1, 'dead')
    expect(headersOf(dead!)).toContain(`traceparent=${traceparent(bad!)}`)
  })
})

async function written(value: string): Promise<ConsumerRecord[]> {
  await producer.send({ topic: 'orders', value })
  return read(1)
}

function told({ traceId, spanId }: ToldSpan): Pick<ToldSpan, 'traceId' | 'spanId'> {
  return { traceId, spanId }
}
