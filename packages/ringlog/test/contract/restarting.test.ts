import { until } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { DEATHS, MortalRig } from './mortal-rig.ts'
import { pollRecords, transportsWith } from './rig.ts'

/** So often that no test comes to the end of it. */
const OFTEN = { maxRestarts: 1_000 }

describe.each(transportsWith('ownThreads'))('a partition whose worker dies, by %s', (transport) => {
  test.each(DEATHS)('is served by another, when its thread %s', async (how) => {
    const mortal = await MortalRig.start(transport)
    const { rig, errors, restarts } = mortal
    const { topic, broker } = rig
    const producer = rig.producer()
    const consumer = await rig.consumer()
    await producer.send({ topic, value: 'a' })
    await mortal.kill(0, how)
    const metadata = await producer.send({ topic, value: 'b' })
    expect(metadata).toMatchObject({ partition: 0, offset: 1 })
    const records = await pollRecords(consumer, 2)
    expect(records.map(({ offset, value }) => [offset, String(value)])).toEqual([
      [0, 'a'],
      [1, 'b'],
    ])
    expect(errors).toMatchObject([
      { code: 'WORKER_CRASHED', details: { topic, partition: 0, isOffline: false } },
    ])
    expect(errors[0]!.message).toContain('restart 1 of maxRestarts=5')
    await until(() => restarts.length > 0)
    expect(restarts).toMatchObject([{ topic, partition: 0, restarts: 1 }])
    expect(restarts[0]!.downMs).toBeGreaterThan(0)
    expect(restarts[0]!.cause).toContain('worker of partition orders-0 ended unexpectedly')
    const { offlinePartitionsCount, topics } = await broker.metrics()
    expect(offlinePartitionsCount).toBe(0)
    expect(topics[0]!.partitions).toMatchObject([{ state: 'online', restarts: 1 }])
  })

  test('is written and read on under load, each record once and in order', async () => {
    const RECORDS = 10_000
    const PRODUCERS = 3
    const mortal = await MortalRig.start(transport, { partitions: 2, ringBytes: 65_536 }, OFTEN)
    const { rig } = mortal
    const { topic } = rig
    const consumer = await rig.consumer({}, [0, 1])
    const producing = Array.from({ length: PRODUCERS }, async (_, id) => {
      const producer = rig.producer({ batchSizeBytes: 2_048 })
      for (let i = 0; i < RECORDS; i++) {
        const isFree = producer.write({
          topic,
          partition: i % 2,
          key: String(id),
          value: String(i),
        })
        if (!isFree) await producer.drained()
      }
      await producer.close()
    })
    const over = new AbortController()
    const killing = mortal.replaceUntil(over.signal, [0, 1])
    const seen = Array.from({ length: PRODUCERS }, () => [[] as number[], [] as number[]])
    const records = await pollRecords(consumer, RECORDS * PRODUCERS)
    for (const { partition, key, value } of records) {
      seen[Number(String(key))]![partition]!.push(Number(String(value)))
    }
    await Promise.all(producing)
    over.abort()
    await killing
    const expected = [0, 1].map((p) => Array.from({ length: RECORDS / 2 }, (_, i) => 2 * i + p))
    for (const values of seen) expect(values).toEqual(expected)
    expect(mortal.restarts.length).toBeGreaterThan(3)
    expect(await consumer.poll({ timeoutMs: 50 })).toMatchObject({ count: 0 })
  }, 60_000)
})
