/**
 * A fast producer and a slow consumer with a small ring between them: the ring fills up, `write`
 * answers false, and the producer waits until there is room. Memory stays as it is, nothing is lost.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Broker, Producer } from 'ringlog'

const TOPIC = 'measurements'
const RECORDS = 100_000
const VALUE_BYTES = 200
const RING_BYTES = 262_144
const BUFFER_BYTES = 262_144
const FETCH_BYTES = 65_536

await using broker = await Broker.start()
await broker.createTopic(TOPIC, { ringBytes: RING_BYTES, whenFull: 'block' })

/** How many records the consumer is done with: a number that both threads see. */
const consumed = new Int32Array(new SharedArrayBuffer(4))
const consumer = new Worker(new URL('./consumer.ts', import.meta.url), {
  workerData: { topic: TOPIC, records: RECORDS, fetchBytes: FETCH_BYTES, consumed },
})
// Until the consumer is assigned it holds nothing back.
await once(consumer, 'message')
const ended = once(consumer, 'exit')

const producer = new Producer(broker, { bufferMemoryBytes: BUFFER_BYTES })
const value = Buffer.alloc(VALUE_BYTES, 'm')
let waits = 0
let peak = 0
for (let written = 1; written <= RECORDS; written++) {
  const hasRoom = producer.write({ topic: TOPIC, value })
  peak = Math.max(peak, written - Atomics.load(consumed, 0))
  if (hasRoom) continue
  waits++
  await producer.drained()
}
await producer.flush()
await ended

assert.equal(consumed[0], RECORDS)
assert(waits > 0, 'the producer never had to wait')
// What is under way lies in the producer's memory, in the ring, or in the consumer's last fetch.
const boundBytes = BUFFER_BYTES + RING_BYTES + FETCH_BYTES
assert(peak * VALUE_BYTES <= boundBytes, `${peak} records were under way at once`)

const kB = (bytes: number) => `${Math.ceil(bytes / 1_000)} kB`
console.log(`written and consumed   ${RECORDS} records, ${kB(RECORDS * VALUE_BYTES)}`)
console.log(`under way at most      ${peak} records, ${kB(peak * VALUE_BYTES)}`)
console.log(`the bound              ${kB(boundBytes)}`)
console.log(`write answered false   ${waits} times`)
