/** Reading without an object per record: a cursor over what a poll returned. */
import assert from 'node:assert/strict'
import { Broker, Consumer, Producer } from 'ringlog'

const RECORDS = 20_000

await using broker = await Broker.start()
await broker.createTopic('amounts')
// Before anything is written: so nothing is overwritten that it has not read.
const consumer = new Consumer(broker, { maxPollRecords: Infinity })
await consumer.assign([{ topic: 'amounts', partition: 0 }])

let sent = 0
async function produce(): Promise<void> {
  const producer = new Producer(broker)
  const cents = Buffer.alloc(4)
  for (let i = 0; i < RECORDS; i++) {
    cents.writeUInt32LE(i)
    sent += i
    // The bytes are copied before write returns: one buffer does for all of them.
    const key = i % 2 === 0 ? null : 'odd'
    if (!producer.write({ topic: 'amounts', key, value: cents })) await producer.drained()
  }
  await producer.close()
}
const produced = produce()

let sum = 0
let keyed = 0
let last = -1
while (last < RECORDS - 1) {
  const cursor = consumer.cursor(await consumer.poll())
  while (cursor.next()) {
    // The same object for every record. Its bytes are borrowed: the next poll may overwrite them.
    const { bytes, valueStart: at } = cursor
    sum += bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    if (cursor.keyLength >= 0) keyed++ // -1: there is none
    last = cursor.offset
  }
}
await produced
assert.deepEqual([sum, keyed], [sent, RECORDS / 2])
console.log(`${RECORDS} records, ${keyed} of them with a key, add up to ${sum}`)
