/** Records that are dropped for their age, and what keeps them. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Broker, Consumer, Producer } from 'ringlog'

const HOUR_MS = 3_600_000
const at = { topic: 'readings', partition: 0 }

await using broker = await Broker.start()
// Kafka's default is 7 days, here there is none: replayed records have old timestamps.
await broker.createTopic('readings', { retentionMs: HOUR_MS })
await broker.createTopic('ticks', { retentionMs: 200 })

const consumer = new Consumer(broker)
await consumer.assign([{ topic: 'ticks', partition: 0 }])

// It is the record's own timestamp that counts (or the log's, with timestampType "logAppendTime").
const producer = new Producer(broker)
await producer.send({ ...at, value: 'yesterday', timestamp: Date.now() - 24 * HOUR_MS })
await producer.send({ topic: 'ticks', value: 'old', timestamp: Date.now() - 1_000 })
await producer.send({ topic: 'ticks', value: 'young' })

// What an open consumer, or a group, has not been handed stays, however old: "block" loses nothing.
await sleep(500)
assert.equal((await broker.offsets('ticks'))[0]!.logStartOffset, 0)
console.log('ticks that a consumer was not handed stay: the log starts at 0')

await consumer.poll()
while ((await broker.offsets('ticks'))[0]!.logStartOffset < 2) await sleep(20)
console.log('handed out, they are dropped by themselves: the log starts at 2')

// A check comes every half of retentionMs, at the latest every 5 minutes: nothing is dropped on the dot.
const [readings] = await broker.offsets('readings')
assert.equal(readings!.logStartOffset, 0)
console.log('the reading of yesterday is there until the next check')
