import { Broker, Consumer, Producer } from 'ringlog'
import { expect, test } from 'vitest'

/** Each is a thread of its own. */
const PARTITIONS = 64
const MIB = 1024 * 1024

const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(1)} s`

test(`${PARTITIONS} partitions of 1 MiB rings start, take records, give them back in order, and end`, async () => {
  const startedAt = performance.now()
  const broker = await Broker.start()
  await broker.createTopic('orders', { partitions: PARTITIONS, ringBytes: MIB })
  const createdAt = performance.now()
  const producer = new Producer(broker)
  const sent = await Promise.all(
    Array.from({ length: 4 * PARTITIONS }, (_, i) =>
      producer.send({ topic: 'orders', value: `${Math.floor(i / PARTITIONS)}` }),
    ),
  )
  expect(new Set(sent.map(({ partition }) => partition)).size).toBe(PARTITIONS)
  const consumer = new Consumer(broker, { maxPollRecords: Infinity })
  await consumer.assign(
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: 'orders', partition })),
  )
  const values: string[][] = Array.from({ length: PARTITIONS }, () => [])
  for (let count = 0; count < sent.length;) {
    const records = await consumer.poll()
    count += records.count
    for (const { partition, value } of records) values[partition]!.push(String(value))
  }
  for (const ofPartition of values) expect(ofPartition).toEqual(['0', '1', '2', '3'])
  const metrics = await broker.metrics()
  expect(metrics).toMatchObject({ threadCount: 1 + PARTITIONS, messagesInTotal: sent.length })
  const usedAt = performance.now()
  const rssMib = Math.round(process.memoryUsage.rss() / MIB)
  await broker.close()
  console.log(
    `started in ${seconds(startedAt, createdAt)}, used in ${seconds(createdAt, usedAt)}, ` +
      `closed in ${seconds(usedAt, performance.now())}; rss ${rssMib} MiB`,
  )
})
