/** Finding a record by its time, and deleting those before it. */
import assert from 'node:assert/strict'
import { Broker, Consumer, Producer } from 'ringlog'

const at = { topic: 'readings', partition: 0 }
const MINUTE_MS = 60_000
const START = Date.UTC(2026, 0, 1)

await using broker = await Broker.start()
await broker.createTopic('readings')
const producer = new Producer(broker)
for (let minute = 0; minute < 10; minute++) {
  const timestamp = START + minute * MINUTE_MS
  producer.write({ ...at, timestamp, value: `minute ${minute}` })
}
await producer.flush()

const consumer = new Consumer(broker)
await consumer.assign([at])

// The first record of that time or later; null where there is none.
const timestamp = START + 6.5 * MINUTE_MS
const [found] = await consumer.offsetsForTimes([{ ...at, timestamp }])
assert(found)
assert.equal(found.offset, 7)
const [none] = await consumer.offsetsForTimes([{ ...at, timestamp: START + 60 * MINUTE_MS }])
assert.equal(none, null)
console.log(`from 6.5 minutes on: offset ${found.offset}; from an hour on: ${String(none)}`)

// What is deleted is gone for everyone; the offsets of the others do not change.
await broker.deleteRecords(at, found.offset)
const [beginning] = await consumer.beginningOffsets([at])
assert.equal(beginning?.offset, 7)

// The consumer's position, 0, is before the log's start now: its reset policy, "earliest", moves it.
const records = [...(await consumer.poll())].map(
  (record) => `${record.offset} ${String(record.value)}`,
)
assert.deepEqual(records, ['7 minute 7', '8 minute 8', '9 minute 9'])
console.log(`left: ${records.join(', ')}`)
