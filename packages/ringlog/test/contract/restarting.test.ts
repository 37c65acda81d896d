import { until } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { DEATHS, MortalRig } from './mortal-rig.ts'
import { pollRecords, settle, transportsWith } from './rig.ts'

/** So often that no test comes to the end of it. */
const OFTEN = { maxRestarts: 1_000 }

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

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
    // The successor answers what is in a lane before the broker's thread hears of it.
    await until(() => restarts.length > 0)
    expect(restarts).toMatchObject([{ topic, partition: 0, restarts: 1 }])
    expect(restarts[0]!.downMs).toBeGreaterThan(0)
    expect(restarts[0]!.cause).toContain('worker of partition orders-0 ended unexpectedly')
    const { offlinePartitionsCount, topics } = await broker.metrics()
    expect(offlinePartitionsCount).toBe(0)
    expect(topics[0]!.partitions).toMatchObject([
      { state: 'online', restarts: 1, readerCount: 1, messagesInTotal: 2, batchesInTotal: 2 },
    ])
  })

  test('is written and read on under load, each record once and in order', async () => {
    const PRODUCERS = 3
    const DEATH_COUNT = 8
    const mortal = await MortalRig.start(transport, { partitions: 2, ringBytes: 65_536 }, OFTEN)
    const { rig } = mortal
    const { topic } = rig
    const consumer = await rig.consumer({}, [0, 1])
    const over = new AbortController()
    const killing = mortal.replaceUntil(over.signal, [0, 1])
    let written = 0
    const counts = Array.from({ length: PRODUCERS }, (): [number, number] => [0, 0])
    const producing = counts.map(async (count, id) => {
      const producer = rig.producer({ batchSizeBytes: 2_048 })
      for (let i = 0; mortal.restarts.length < DEATH_COUNT; i++) {
        const partition = (i % 2) as 0 | 1
        const value = String(count[partition]++)
        written++
        if (!producer.write({ topic, partition, key: String(id), value })) await producer.drained()
        if (i % 100 === 99) await settle(1)
      }
      await producer.close()
    })
    const writing = new AbortController()
    const all = Promise.all(producing).then(() => writing.abort())
    const seen = counts.map(() => [[] as number[], [] as number[]])
    for (let read = 0; !writing.signal.aborted || read < written;) {
      for (const { partition, key, value } of await consumer.poll({ timeoutMs: 100 })) {
        seen[Number(String(key))]![partition]!.push(Number(String(value)))
        read++
      }
    }
    await all
    over.abort()
    expect(seen).toEqual(counts.map((count) => count.map(upTo)))
    await killing
    expect((await consumer.poll({ timeoutMs: 50 })).count).toBe(0)
  }, 60_000)
})
