import type { Consumer } from '@ringlog/consumer'
import type { Kfake } from '@ringlog/kafka-tool'
import { Producer } from '@ringlog/producer'
import { expect, test } from 'vitest'
import type { ClusterClient } from '../../src/index.ts'
import { FETCH, connectTo, consumerOn, describeOnKfake, startKfake } from './kfake-rig.ts'

const PARTITIONS = 200
const ALL = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: 't', partition }))

interface Reading {
  readonly kfake: Kfake
  readonly client: ClusterClient
  readonly consumer: Consumer
}

/** A consumer at the ends of many partitions. */
async function readingMany(brokers = 1): Promise<Reading> {
  const kfake = await startKfake(brokers)
  const client = await connectTo(kfake)
  await client.createTopic('t', { partitions: PARTITIONS })
  const consumer = consumerOn(client)
  await consumer.assign(ALL)
  await consumer.poll({ timeoutMs: 1_500 })
  return { kfake, client, consumer }
}

/** Sends one record to some partitions, and reads them; `partition:value` of each, in order. */
async function pass({ client, consumer }: Reading, value: string, every: number): Promise<void> {
  const producer = new Producer(client)
  const expected = ALL.filter(({ partition }) => partition % every === 0)
  await Promise.all(expected.map((at) => producer.send({ ...at, value })))
  await producer.close()
  const read: string[] = []
  while (read.length < expected.length) {
    const records = await consumer.poll({ timeoutMs: 20_000 })
    if (records.count === 0) throw new Error(`${read.length} of ${expected.length} came`)
    for (const record of records) read.push(`${record.partition}:${String(record.value)}`)
  }
  expect(read.sort()).toEqual(expected.map(({ partition }) => `${partition}:${value}`).sort())
}

describeOnKfake('a consumer of many partitions', () => {
  test('tells brokers of those that have changed only, and hears of those only', async () => {
    const reading = await readingMany()
    const before = await reading.kfake.traffic(FETCH)
    await reading.consumer.poll({ timeoutMs: 2_200 })
    const after = await reading.kfake.traffic(FETCH)
    const requests = after.requests - before.requests
    const requestBytes = (after.requestBytes - before.requestBytes) / requests
    const responseBytes = (after.responseBytes - before.responseBytes) / requests
    expect(requests).toBeGreaterThan(1)
    expect(requestBytes).toBeLessThan(150)
    expect(responseBytes).toBeLessThan(150)
    await pass(reading, 'a', 7)
    await pass(reading, 'b', 1)
  })
  test.each([
    ['FETCH_SESSION_ID_NOT_FOUND', 70],
    ['INVALID_FETCH_SESSION_EPOCH', 71],
    ['FETCH_SESSION_TOPIC_ID_ERROR', 106],
  ])('begins its session anew when it is refused with %s', async (_, error) => {
    const reading = await readingMany()
    for (const value of ['a', 'b', 'c']) {
      const fault = await reading.kfake.fail({ key: FETCH, error, topLevel: true })
      await pass(reading, value, 5)
      expect(await fault.hits()).toBe(1)
    }
  })

  test('begins it anew when a connection is lost, and when leaders change', async () => {
    const reading = await readingMany(3)
    for (const value of ['a', 'b', 'c']) {
      const cut = await reading.kfake.disturb({ trouble: 'cut', key: FETCH, count: 3 })
      await pass(reading, value, 3)
      expect(await cut.hits()).toBe(3)
      await Promise.all(
        ALL.filter(({ partition }) => partition % 2 === 0).map(({ partition }) =>
          reading.kfake.move('t', partition, partition % 3),
        ),
      )
      await pass(reading, `moved ${value}`, 1)
    }
  })

  test('fetches what it seeks back to, and nothing of what it pauses', async () => {
    const reading = await readingMany()
    const { consumer } = reading
    await pass(reading, 'a', 1)
    consumer.pause(ALL.slice(0, 100))
    consumer.seek(ALL[0]!, 0)
    consumer.seek(ALL[150]!, 0)
    const records = await consumer.poll({ timeoutMs: 10_000 })
    expect([...records].map(({ partition, offset }) => [partition, offset])).toEqual([[150, 0]])
    consumer.resume(ALL.slice(0, 100))
    const resumed = await consumer.poll({ timeoutMs: 10_000 })
    expect([...resumed].map(({ partition, offset }) => [partition, offset])).toEqual([[0, 0]])
  })
})
