import type { RinglogErrorCode } from '@ringlog/core'
import { Producer } from '@ringlog/producer'
import { expect, test } from 'vitest'
import type { ClusterClient } from '../../src/index.ts'
import {
  METADATA,
  PRODUCE,
  connectTo,
  consumerOn,
  describeOnKfake,
  numberOf,
  numbered,
  readAll,
  startKfake,
} from './kfake-rig.ts'

const COUNT = 400

/** Sends records whose values are their numbers, in batches of a few; `during` comes when some are acknowledged. */
async function sendNumbered<T>(
  client: ClusterClient,
  during: () => Promise<T>,
): Promise<{ offsets: number[]; ordered: T }> {
  const producer = new Producer(client, { batchSizeBytes: 200, retryBackoffMs: 20 })
  const first = await producer.send({ topic: 't', value: '0' })
  const ordered = await during()
  const rest = Array.from({ length: COUNT - 1 }, (_, index) =>
    producer.send({ topic: 't', value: String(index + 1) }),
  )
  const offsets = [first, ...(await Promise.all(rest))].map(({ offset }) => offset)
  await producer.close()
  return { offsets, ordered }
}

async function read(client: ClusterClient): Promise<string[]> {
  const consumer = consumerOn(client)
  await consumer.assign([{ topic: 't', partition: 0 }])
  const records = await readAll(consumer, COUNT)
  expect((await consumer.poll({ timeoutMs: 50 })).count).toBe(0)
  return records
}

describeOnKfake('a producer whose batches are on their way', () => {
  test.each<RinglogErrorCode>([
    'NOT_LEADER_OR_FOLLOWER',
    'LEADER_NOT_AVAILABLE',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'KAFKA_STORAGE_ERROR',
    'NOT_ENOUGH_REPLICAS',
    // Those that follow were appended all the same.
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    'REQUEST_TIMED_OUT',
  ])('and refused with %s, has each in the log once, in order', async (code) => {
    const kfake = await startKfake()
    const client = await connectTo(kfake)
    await client.createTopic('t')
    const { ordered } = await sendNumbered(client, () =>
      kfake.fail({ key: PRODUCE, error: numberOf(code), count: 3 }),
    )
    expect(await read(client)).toEqual(numbered(COUNT))
    expect(await ordered.hits()).toBe(3)
  })

  test('and whose leader is another meanwhile, has each in the log once, in order', async () => {
    const kfake = await startKfake(3)
    const client = await connectTo(kfake)
    await client.createTopic('t')
    const { offsets } = await sendNumbered(client, async () => {
      for (const [turn, node] of [0, 1, 2, 0, 1].entries()) {
        setTimeout(() => void kfake.move('t', 0, node), turn * 5)
      }
    })
    expect(offsets).toEqual(Array.from({ length: COUNT }, (_, index) => index))
    expect(await read(client)).toEqual(numbered(COUNT))
  })

  test('and whose answers are cut off, has each in the log once, in order', async () => {
    const kfake = await startKfake()
    const client = await connectTo(kfake)
    await client.createTopic('t')
    const { ordered } = await sendNumbered(client, () =>
      kfake.disturb({ trouble: 'cut', key: PRODUCE, count: 4 }),
    )
    expect(await read(client)).toEqual(numbered(COUNT))
    expect(await ordered.hits()).toBe(4)
  })

  test.each<RinglogErrorCode>(['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID'])(
    'and whose numbers are refused with %s, has each in the log once, in order',
    async (code) => {
      const kfake = await startKfake()
      const client = await connectTo(kfake)
      await client.createTopic('t')
      const { ordered } = await sendNumbered(client, () =>
        kfake.fail({ key: PRODUCE, error: numberOf(code) }),
      )
      expect(await read(client)).toEqual(numbered(COUNT))
      expect(await ordered.hits()).toBe(1)
    },
  )
})

describeOnKfake('a producer', () => {
  test('sends nothing while a broker asks it to pause', async () => {
    const kfake = await startKfake()
    const client = await connectTo(kfake)
    await client.createTopic('t')
    const producer = new Producer(client)
    await producer.send({ topic: 't', value: 'a' })
    await kfake.disturb({ trouble: 'throttle', key: PRODUCE, ms: 600 })
    await producer.send({ topic: 't', value: 'b' })
    const { requests } = await kfake.traffic(PRODUCE)
    const startedMs = performance.now()
    const sent = producer.send({ topic: 't', value: 'c' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await kfake.traffic(PRODUCE)).requests).toBe(requests)
    expect((await sent).offset).toBe(2)
    expect(performance.now() - startedMs).toBeGreaterThan(550)
  })

  test('finds its topic though the answers that tell of it are cut off', async () => {
    const kfake = await startKfake(2)
    const client = await connectTo(kfake)
    await client.createTopic('t')
    const other = await connectTo(kfake)
    const cut = await kfake.disturb({ trouble: 'cut', key: METADATA, count: 2 })
    const { offset } = await new Producer(other).send({ topic: 't', value: 'a' })
    expect(offset).toBe(0)
    expect(await cut.hits()).toBe(2)
  })
})

describeOnKfake('a producer whose broker does not answer', () => {
  test('closes within the time that it is given', async () => {
    const kfake = await startKfake()
    const client = await connectTo(kfake)
    await client.createTopic('t')
    const producer = new Producer(client)
    await producer.send({ topic: 't', value: 'a' })
    await kfake.disturb({ trouble: 'delay', key: PRODUCE, ms: 15_000, count: 1 })
    const told = producer.send({ topic: 't', value: 'b' }).catch((error: unknown) => error)
    const beginMs = performance.now()
    await producer.close({ timeoutMs: 200 })
    expect(performance.now() - beginMs).toBeLessThan(5_000)
    expect(await told).toMatchObject({
      code: 'PRODUCER_CLOSED',
      details: { isMaybeAppended: true },
    })
  })
})
