/**
 * A program that leaves its clients open: it is to end by itself once nothing waits, and not before. Prints what it does.
 * Arguments: the servers, a topic, and what is left open.
 */
import { Consumer } from '@ringlog/consumer'
import { Producer } from '@ringlog/producer'
import { connectCluster } from '../src/index.ts'

const [bootstrapServers, topic, how] = process.argv.slice(2) as [string, string, string]
const client = await connectCluster({ bootstrapServers, follow: how === 'follow' })
const producer = new Producer(client)
await producer.send({ topic, value: 'a' })
const ofGroup = { 'newer group': {}, 'classic group': { assignor: 'range' as const } }[how]
const consumer = new Consumer(client, ofGroup && { groupId: topic, ...ofGroup })
if (ofGroup === undefined) await consumer.assign([{ topic, partition: 0 }])
else await consumer.subscribe([topic])
await consumer.poll()
if (how === 'poll') {
  setTimeout(() => void producer.send({ topic, value: 'came' }), 500).unref()
  for (const { value } of await consumer.poll()) process.stdout.write(`${String(value)} `)
}
process.on('exit', () => process.stdout.write('ended'))
