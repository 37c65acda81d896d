/**
 * A broker that is to be killed: sends records to two partitions and commits, and says what was acknowledged, a line
 * each.
 */
import { Broker, Consumer, Producer } from 'ringlog'

const [dataDirectory, flushMessages] = process.argv.slice(2)
const broker = await Broker.start({ dataDirectory })
const topics = await broker.listTopics()
if (topics.length === 0) {
  const config = flushMessages === undefined ? {} : { flushMessages: Number(flushMessages) }
  await broker.createTopic('orders', { partitions: 2, segmentBytes: 2 ** 20, ...config })
}
const producer = new Producer(broker, { acks: 'all' })
const consumer = new Consumer(broker, { groupId: 'billing', autoCommit: false })
await consumer.subscribe(['orders'])

async function produce(partition: number): Promise<never> {
  for (let i = 0; ; i++) {
    const value = `${i}-`.padEnd(50 + (i % 500), 'x')
    const { offset } = await producer.send({ topic: 'orders', partition, value })
    process.stdout.write(`sent ${partition} ${offset}\n`)
  }
}

async function consume(): Promise<never> {
  for (;;) {
    await consumer.poll({ timeoutMs: 1_000 })
    await consumer.commit()
    for (const partition of [0, 1]) {
      const committed = await consumer.committed({ topic: 'orders', partition })
      if (committed !== null) process.stdout.write(`committed ${partition} ${committed}\n`)
    }
  }
}

await Promise.all([produce(0), produce(1), consume()])
