/** When a record counts as handed out: by poll, by iterating, and after `break`. */
import assert from 'node:assert/strict'
import { Broker, Consumer, Producer } from 'ringlog'

await using broker = await Broker.start()
await broker.createTopic('letters')
const at = { topic: 'letters', partition: 0 }

const producer = new Producer(broker)
for (const value of 'abcdef') producer.write({ topic: 'letters', value })
await producer.flush()

const consumer = new Consumer(broker, { maxPollRecords: 2 })
await consumer.assign([at])

// A poll hands out all that it returns, whether or not anyone looks at it.
const { count } = await consumer.poll()
console.log(`poll handed out ${count} records: the position is ${consumer.position(at)}`)
assert.equal(consumer.position(at), 2)

// Iterating hands out one record at a time. After `break` the consumer is open, and at the next record.
for await (const { value } of consumer) {
  console.log(`the loop was given ${String(value)}`)
  if (String(value) === 'd') break
}
assert.equal(consumer.position(at), 4)
console.log(`after the loop the position is ${consumer.position(at)}`)

const [next] = await consumer.poll()
assert.equal(String(next?.value), 'e')
console.log(`the next poll begins with ${String(next?.value)}`)
