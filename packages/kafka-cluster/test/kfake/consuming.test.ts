import type { RinglogErrorCode } from '@ringlog/core'
import type { Kfake } from '@ringlog/kafka-tool'
import { Producer } from '@ringlog/producer'
import { until } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import type { ClusterClient } from '../../src/index.ts'
import {
  FETCH,
  LIST_OFFSETS,
  connectTo,
  consumerOn,
  describeOnKfake,
  numberOf,
  numbered,
  readAll,
  startKfake,
} from './kfake-rig.ts'

const COUNT = 400
const AT = { topic: 't', partition: 0 }

async function filled(brokers = 1): Promise<{ kfake: Kfake; client: ClusterClient }> {
  const kfake = await startKfake(brokers)
  const client = await connectTo(kfake)
  await client.createTopic('t')
  await append(client, 0, COUNT)
  return { kfake, client }
}

async function append(client: ClusterClient, from: number, to: number): Promise<void> {
  const producer = new Producer(client, { batchSizeBytes: 500 })
  for (let index = from; index < to; index++) {
    void producer.send({ topic: 't', value: String(index) })
  }
  await producer.close()
}

describeOnKfake('a consumer', () => {
  test('that is closed while it asks where its partitions begin does not wait for that', async () => {
    const { kfake, client } = await filled()
    const error = numberOf('NOT_LEADER_OR_FOLLOWER')
    const fault = await kfake.fail({ key: LIST_OFFSETS, error, count: -1 })
    const consumer = consumerOn(client)
    const assigning = expect(consumer.assign([AT])).rejects.toMatchObject({
      code: 'CONSUMER_CLOSED',
    })
    await until(async () => (await fault.hits()) > 1)
    const closedMs = performance.now()
    await consumer.close()
    expect(performance.now() - closedMs).toBeLessThan(4_000) // of the 30 s that it may take
    await assigning
  })

  test.each<RinglogErrorCode>([
    'NOT_LEADER_OR_FOLLOWER',
    'UNKNOWN_LEADER_EPOCH',
    'FENCED_LEADER_EPOCH',
    'LEADER_NOT_AVAILABLE',
    'OFFSET_NOT_AVAILABLE',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'KAFKA_STORAGE_ERROR',
  ])('whose fetches are refused with %s, reads all, once, in order', async (code) => {
    const { kfake, client } = await filled()
    const consumer = consumerOn(client, { maxPartitionFetchBytes: 2_000 })
    await consumer.assign([AT])
    const first = await readAll(consumer, 1)
    const fault = await kfake.fail({ key: FETCH, error: numberOf(code), count: 3 })
    const rest = await readAll(consumer, COUNT - first.length)
    expect([...first, ...rest]).toEqual(numbered(COUNT))
    // It had fetched ahead: what it meets may be at the end.
    await append(client, COUNT, COUNT + 50)
    expect(await readAll(consumer, 50)).toEqual(numbered(COUNT + 50).slice(COUNT))
    expect(await fault.hits()).toBe(3)
  })

  test('whose partition goes from leader to leader, reads all, once, in order', async () => {
    const { kfake, client } = await filled(3)
    const consumer = consumerOn(client, { maxPartitionFetchBytes: 2_000 })
    await consumer.assign([AT])
    const read: string[] = []
    for (const [moves, node] of [1, 2, 0, 1, 2].entries()) {
      await kfake.move('t', 0, node)
      const end = COUNT + moves * 50
      await append(client, end, end + 50)
      read.push(...(await readAll(consumer, end + 50 - read.length)))
    }
    expect(read).toEqual(numbered(COUNT + 250))
  })

  test('whose answers are cut off, reads all, once, in order', async () => {
    const { kfake, client } = await filled()
    const consumer = consumerOn(client, { maxPartitionFetchBytes: 2_000 })
    const cut = await kfake.disturb({ trouble: 'cut', key: FETCH, count: 3 })
    await consumer.assign([AT])
    expect(await readAll(consumer, COUNT)).toEqual(numbered(COUNT))
    expect(await cut.hits()).toBe(3)
  })

  test('that is told OFFSET_OUT_OF_RANGE, throws it, or starts again', async () => {
    const { kfake, client } = await filled()
    const error = numberOf('OFFSET_OUT_OF_RANGE')
    const strict = consumerOn(client, { autoOffsetReset: 'none' })
    await strict.assign([AT]).catch(() => undefined) // NO_OFFSET_FOR_PARTITION
    strict.seek(AT, 10)
    await kfake.fail({ key: FETCH, error })
    await expect(strict.poll({ timeoutMs: 10_000 })).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    })
    await strict.close()
    const lenient = consumerOn(client)
    await lenient.assign([AT])
    await kfake.fail({ key: FETCH, error })
    lenient.seek(AT, 10)
    expect((await readAll(lenient, 1))[0]).toBe('0:0')
  })

  test('fetches nothing while a broker asks it to pause', async () => {
    const { kfake, client } = await filled()
    const consumer = consumerOn(client)
    await kfake.disturb({ trouble: 'throttle', key: FETCH, ms: 600 })
    await consumer.assign([AT])
    await readAll(consumer, COUNT)
    await append(client, COUNT, COUNT + 1)
    const { requests } = await kfake.traffic(FETCH)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect((await kfake.traffic(FETCH)).requests).toBe(requests)
    expect(await readAll(consumer, 1)).toEqual([`${COUNT}:${COUNT}`])
  })
})
