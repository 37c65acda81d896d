/** Values with a type: decoded when they are read, and records that leave the thread as copies. */
import assert from 'node:assert/strict'
import { Broker, Consumer, Producer, RinglogError, serdes } from 'ringlog'

interface Order {
  item: string
  cents: number
}

await using broker = await Broker.start()
await broker.createTopic('orders')

const types = { keySerde: serdes.string, valueSerde: serdes.json<Order>() }
const producer = new Producer(broker, types)
await producer.send({ topic: 'orders', key: 'alice', value: { item: 'tea', cents: 450 } })
// Somebody else writes something else into the topic.
await new Producer(broker).send({ topic: 'orders', key: 'mallory', value: '{ no JSON' })

const consumer = new Consumer(broker, types)
await consumer.assign([{ topic: 'orders', partition: 0 }])
const [good, bad] = await consumer.poll()

const { item, cents } = good!.value
console.log(`${good!.key} buys ${item} for ${cents / 100}`)
assert.deepEqual(good!.value, { item: 'tea', cents: 450 })

// A value is decoded on access, so a bad one stops nobody who does not look at it.
assert.equal(bad!.key, 'mallory')
let error: unknown
try {
  void bad!.value
} catch (thrown) {
  error = thrown
}
assert(RinglogError.is(error, 'SERIALIZATION_FAILED'))
console.log(`offset ${bad!.offset} cannot be read: ${error.code}`)

// A record points into memory that was fetched; a copy is plain data, and can be posted.
const clone = structuredClone(good!.copy())
assert.deepEqual(clone.value, good!.value)
assert.equal(clone.offset, good!.offset)
console.log(`a copy can cross threads: ${JSON.stringify(clone.value)}`)
