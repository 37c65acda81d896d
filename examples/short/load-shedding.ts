/** A partition that nobody keeps up with: `tryWrite` says no, and other partitions go on. */
import assert from 'node:assert/strict'
import { Broker, Consumer, Producer } from 'ringlog'

const BUSY = { topic: 'requests', partition: 0 }
const QUIET = { topic: 'requests', partition: 1 }

await using broker = await Broker.start()
await broker.createTopic('requests', { partitions: 2, ringBytes: 64 * 1024 })

// Its position holds the ring back: what it was not handed is not overwritten.
const consumer = new Consumer(broker)
await consumer.assign([BUSY])

const producer = new Producer(broker, { batchSizeBytes: 4_096 })
const value = Buffer.alloc(1_000)
// Once a record is in the log, the producer knows the topic: what is held until then is of no partition yet.
await producer.send({ ...BUSY, value })
let accepted = 1
// The event loop turns in between, as it does between the requests of a server.
while (producer.tryWrite({ ...BUSY, value })) {
  accepted++
  if (accepted % 8 === 0) await new Promise((resolve) => setImmediate(resolve))
}
assert(accepted > 1)
console.log('the busy partition takes no more: this is where a server would answer 503')

assert(producer.tryWrite({ ...QUIET, value }))
console.log('the quiet one takes a record all the same')

// Wait for room, while the consumer makes some.
const room = producer.drained({ partition: BUSY })
let consumed = 0
while (consumed < accepted) consumed += (await consumer.poll()).count
await room
assert.equal(consumed, accepted)
assert(producer.tryWrite({ ...BUSY, value }))
console.log('consumed all that was taken, nothing else; there is room again')
