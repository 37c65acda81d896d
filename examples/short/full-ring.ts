/** What happens when a ring is full: it waits, drops, or refuses, as the topic says. */
import assert from 'node:assert/strict'
import { Broker, Consumer, Producer, RinglogError, type WhenFull } from 'ringlog'

const RECORDS = 100 // of 1,000 bytes: half as much again as a ring of 64 KiB takes
const value = Buffer.alloc(1_000)

await using broker = await Broker.start()

/** Sends them all while a consumer has its position at 0; returns how many were refused, and why. */
async function overfill(whenFull: WhenFull, gating: boolean) {
  const topic = `${whenFull}-${gating ? 'held' : 'watched'}`
  await broker.createTopic(topic, { ringBytes: 64 * 1024, whenFull })
  const consumer = new Consumer(broker, { gating, clientId: 'reader', autoOffsetReset: 'earliest' })
  await consumer.assign([{ topic, partition: 0 }])
  const producer = new Producer(broker, { batchSizeBytes: 4_096, maxBlockMs: 20 })
  const sends = Array.from({ length: RECORDS }, () => producer.send({ topic, value }))
  const outcomes = await Promise.allSettled(sends)
  const errors = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason as unknown] : []))
  for (const error of errors) assert(RinglogError.is(error, 'BUFFER_FULL'))
  const first = [...(await consumer.poll())][0]!.offset
  return { first, refused: errors.length, error: errors[0] as RinglogError | undefined }
}

// "block", the default: what the consumer was not handed stays; an append waits, up to maxBlockMs.
const block = await overfill('block', true)
assert(block.refused > 0 && block.first === 0)
assert.match(block.error!.message, /consumer reader at offset 0; poll it more often or close it/)
console.log(
  'block:  what came is all there; the rest was refused after 20 ms, and told who holds the ring',
)

// "reject" holds as much, and refuses at once.
const reject = await overfill('reject', true)
assert(reject.refused > 0 && reject.first === 0)
assert.equal(reject.error!.details['waitedMs'], 0)
console.log('reject: the same, at once')

// "evict": the oldest go, whoever reads. The consumer goes on where the log begins now.
const evict = await overfill('evict', true)
assert(evict.refused === 0 && evict.first > 0)
console.log('evict:  nothing was refused; the consumer has missed the oldest')

// gating: false makes an observer of a consumer: it holds nothing back on any topic.
const observed = await overfill('block', false)
assert(observed.refused === 0 && observed.first > 0)
console.log('gating: false, on a topic that blocks: the observer was overtaken')
