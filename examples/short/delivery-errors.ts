/** Who is told that a record was not delivered, and whether it may be in the log all the same. */
import assert from 'node:assert/strict'
import { Broker, Consumer, Producer, RinglogError, type FailedRecords } from 'ringlog'

const at = { topic: 'orders', partition: 0 }
const value = Buffer.alloc(15_000)

await using broker = await Broker.start()
await broker.createTopic('orders', { ringBytes: 64 * 1024 })
const consumer = new Consumer(broker)
await consumer.assign([at]) // it holds the ring: four of these records fill it

const failed: Array<FailedRecords & { code: string }> = []
const producer = new Producer(broker, {
  maxBlockMs: 20,
  // For each batch that fails, whether its records were given to send or to write.
  onDeliveryError: ({ code }, where) => failed.push({ code, ...where }),
})

// send: a promise for each record. What cannot be a record is told there, too: send never throws.
await assert.rejects(producer.send({ ...at, value: 7 as never }), { code: 'INVALID_REQUEST' })

// write: nobody awaits the record, so flush tells the first error, once.
for (let i = 0; i < 5; i++) producer.write({ ...at, value })
await assert.rejects(producer.flush(), { code: 'BUFFER_FULL' })
await producer.flush()
assert.deepEqual(failed, [{ code: 'BUFFER_FULL', ...at, count: 1 }])
console.log('flush and onDeliveryError: BUFFER_FULL for 1 record, which is not in the log')

// What is reported failed is never appended later; but what was on its way when the producer gave up,
// nobody knows: it says so.
const hasty = new Producer(broker)
const sent = hasty.send({ ...at, value }).catch((error: unknown) => error)
while (hasty.metrics().requestsInFlight === 0)
  await new Promise((resolve) => setTimeout(resolve, 1))
await hasty.close({ timeoutMs: 0 })
const error = await sent
assert(RinglogError.is(error, 'PRODUCER_CLOSED'))
assert.equal(error.details['isMaybeAppended'], true)
console.log('closed with a record on its way: PRODUCER_CLOSED, isMaybeAppended true')
