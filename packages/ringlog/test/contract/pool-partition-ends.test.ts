import { until } from '@ringlog/test-kit'
import { Broker, ConsumerPool, Producer, type RinglogError } from 'ringlog'
import { BroadcastChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'

const topic = 'orders'
const groupId = 'billing'

/** A broker whose partitions' threads can be ended, and what it takes to do so. */
async function startMortal(): Promise<{ broker: Broker; end: (partition: number) => void }> {
  const partitionWorker = new URL('./mortal-partition.worker.ts', import.meta.url)
  const broker = await Broker.start({
    workers: { partitionWorker },
    maxRestarts: 0,
    onError: () => undefined,
  })
  const channel = new BroadcastChannel('mortal-partition')
  onTestFinished(async () => {
    channel.close()
    await broker.close({ timeoutMs: 2_000 })
  })
  const end = (partition: number): void => channel.postMessage(`${topic}-${partition}`)
  return { broker, end }
}

test('one partition that ends does not stop a pool, also not one that starts afterwards', async () => {
  const { broker, end } = await startMortal()
  await broker.createTopic(topic, { partitions: 3, ringBytes: 65_536 })
  const errors: RinglogError[] = []
  const start = (id: string): Promise<ConsumerPool> =>
    ConsumerPool.start(broker, {
      groupId: id,
      topics: [topic],
      handler: new URL('./answering.handler.ts', import.meta.url),
      threads: 2,
      onError: (error) => void errors.push(error),
    })
  const pool = await start(groupId)
  const producer = new Producer(broker)
  for (let i = 0; i < 30; i++) producer.write({ topic, partition: i % 3, value: String(i) })
  await producer.flush()
  await pool.drain()

  end(1)
  await until(() => errors.length > 0)
  expect(errors).toMatchObject([
    { code: 'PARTITION_OFFLINE', details: { topic, partition: 1, isFatal: false } },
  ])
  expect(await pool.run({ topic, partition: 0, value: 'a' })).toBe('a')
  expect(await pool.run({ topic, partition: 2, value: 'b' })).toBe('b')
  await pool.drain({ timeoutMs: 10_000 })

  const later = await start('another')
  expect(await later.run({ topic, partition: 2, value: 'c' })).toBe('c')
  // What was in the partition is still there to be read.
  await later.drain({ timeoutMs: 10_000 })
  for (const id of [groupId, 'another']) {
    await pool.drain()
    const offsets = await broker.offsets(topic, id)
    expect(offsets.map(({ committed }) => committed)).toEqual([11, 10, 12])
  }

  await broker.restartPartition({ topic, partition: 1 })
  expect(await pool.run({ topic, partition: 1, value: 'd' })).toBe('d')
  end(1)
  await until(() => errors.length >= 3)
  expect(errors.at(-1)).toMatchObject({ code: 'PARTITION_OFFLINE', details: { partition: 1 } })
  await pool.close()
  await later.close()
  await pool.closed
})
