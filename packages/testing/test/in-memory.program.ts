/** A program with an in-memory client: forgotten, or used as its argument says. It is to end by itself. */
import { Consumer } from '@ringlog/consumer'
import { Producer } from '@ringlog/producer'
import { inMemoryClient } from '@ringlog/testing'

const client = await inMemoryClient()
await client.createTopic('orders', { retentionMs: 10 })
const producer = new Producer(client, { lingerMs: 100 })
process.on('exit', () => process.stdout.write('ended by itself\n'))
const how = process.argv[2]
if (how === 'polling') {
  const consumer = new Consumer(client)
  await consumer.assign([{ topic: 'orders', partition: 0 }])
  setTimeout(() => producer.write({ topic: 'orders', value: 'came' }), 200).unref()
  for (const { value } of await consumer.poll()) process.stdout.write(`${String(value)}\n`)
} else if (how === 'sending') {
  const { offset } = await producer.send({ topic: 'orders', value: 'a' })
  process.stdout.write(`offset ${offset}\n`)
} else if (how === 'closed') {
  producer.write({ topic: 'orders', value: 'a' })
  await client.close()
  process.stdout.write('closed\n')
}
