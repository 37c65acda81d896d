/** A program whose broker is unref'd, or in memory: it ends by itself as soon as all that it sent is in the log. */
import { Broker, Consumer, Producer } from 'ringlog'
import { inMemoryClient } from 'ringlog/testing'
import type { TestedTransport } from './rig.ts'

const tested = process.argv[2] as TestedTransport
const isInMemory = tested === 'in memory'
const transport = tested === 'rpc' || tested === 'shared' ? tested : 'auto'
const broker = isInMemory ? await inMemoryClient() : (await Broker.start()).unref()
const producer = new Producer(broker, { transport, lingerMs: 20 })
// Held, because the topic is not there yet.
const early = producer.send({ topic: 'orders', value: 'early' })
await broker.createTopic('orders')
await early
await producer.send({ topic: 'orders', value: 'a' })
for (let i = 0; i < 1000; i++) producer.write({ topic: 'orders', value: 'x'.repeat(200) })
await producer.flush({ timeoutMs: 60_000 })
await producer.drained({ timeoutMs: 60_000 })
const consumer = new Consumer(broker, { autoOffsetReset: 'earliest' })
await consumer.assign([{ topic: 'orders', partition: 0 }])
await consumer.poll({ timeoutMs: 60_000 })
process.stdout.write(
  `timers ${process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length}\n`,
)
process.on('exit', () => process.stdout.write('ended by itself\n'))
