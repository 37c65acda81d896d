/** What a broker tells of itself: events on diagnostics channels, and counters. */
import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'
import { Broker, Consumer, Producer, type BlockedEvent, type RebalanceEvent } from 'ringlog'

// Published in the thread that started the broker, on a change of state, never for each record.
const blocked: BlockedEvent[] = []
const rebalances: RebalanceEvent[] = []
subscribe('ringlog:blocked', (event) => blocked.push(event as BlockedEvent))
subscribe('ringlog:rebalance', (event) => rebalances.push(event as RebalanceEvent))

await using broker = await Broker.start()
await broker.createTopic('orders', { ringBytes: 64 * 1024 })
const consumer = new Consumer(broker, { groupId: 'billing' })
await consumer.subscribe(['orders'])

const producer = new Producer(broker)
const sends = Array.from({ length: 100 }, () =>
  producer.send({ topic: 'orders', value: Buffer.alloc(1_000) }),
)
while (blocked.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
const { holder } = blocked[0]!
assert.deepEqual([holder!.groupId, holder!.offset], ['billing', 0])
console.log(`ringlog:blocked: group ${holder!.groupId} holds the ring at offset ${holder!.offset}`)

let consumed = 0
while (consumed < sends.length) consumed += (await consumer.poll()).count
await Promise.all(sends)
const [{ groupId, moves } = { groupId: '', moves: [] }] = rebalances
assert.deepEqual([groupId, moves.length], ['billing', 1])
console.log(
  `ringlog:rebalance: partition ${moves[0]!.topic}-0 went to a member of group ${groupId}`,
)

// The names are Kafka's, in camel case: of the broker, its topics and partitions, of a producer, of a
// consumer.
const { messagesInTotal, blockedTotal, topics } = await broker.metrics()
assert.deepEqual([messagesInTotal, blockedTotal], [100, 1])
assert.equal(topics[0]!.partitions[0]!.gateCount, 1)
assert.equal(producer.metrics().recordSendTotal, 100)
const { recordsConsumedTotal, recordsLagMax } = consumer.metrics()
assert.deepEqual([recordsConsumedTotal, recordsLagMax], [100, 0])
console.log(`metrics: ${messagesInTotal} records in, ${recordsConsumedTotal} consumed, no lag`)
