/**
 * A partitioner of one's own: orders of large customers go to a partition that they have to
 * themselves, all others are spread over the rest by their key.
 */
import assert from 'node:assert/strict'
import { Broker, Producer, RinglogError, type Partitioner } from 'ringlog'

const TOPIC = 'orders'
const PARTITIONS = 4
const LARGE_CUSTOMERS = new Set(['acme', 'globex'])

/** Any function of the bytes will do that spreads them and is always the same. */
function hashOf(key: Uint8Array): number {
  return key.reduce((hash, byte) => (Math.imul(hash, 31) + byte) >>> 0, 7)
}

/** Asked for every record that names no partition; key and value are the encoded bytes. */
const byCustomer: Partitioner = {
  partition: ({ key }, partitionCount) => {
    if (key === null) return partitionCount - 1
    const customer = Buffer.from(key).toString()
    if (LARGE_CUSTOMERS.has(customer)) return 0
    return 1 + (hashOf(key) % (partitionCount - 1))
  },
}

await using broker = await Broker.start()
await broker.createTopic(TOPIC, { partitions: PARTITIONS })
const producer = new Producer(broker, { partitioner: byCustomer })

const customers = ['acme', 'initech', 'globex', 'hooli', 'umbrella', 'acme', 'initech', 'stark']
const sent = await Promise.all(
  customers.map((customer, i) =>
    producer.send({ topic: TOPIC, key: customer, value: `order ${i}` }),
  ),
)

const placed = new Map<number, string[]>()
for (const [i, { partition }] of sent.entries()) {
  placed.set(partition, [...(placed.get(partition) ?? []), customers[i]!])
}
for (let partition = 0; partition < PARTITIONS; partition++) {
  console.log(`partition ${partition}: ${(placed.get(partition) ?? []).join(', ')}`)
}

// Large customers have partition 0 to themselves; a customer's orders are all in one partition.
assert.deepEqual(placed.get(0), ['acme', 'globex', 'acme'])
for (const customer of new Set(customers)) {
  const partitions = sent.filter((_, i) => customers[i] === customer).map((at) => at.partition)
  assert.equal(new Set(partitions).size, 1, `${customer} is in several partitions`)
}

// A record that names its partition is not asked about, and an answer outside the topic is refused.
const named = await producer.send({ topic: TOPIC, key: 'acme', partition: 3, value: 'by hand' })
assert.equal(named.partition, 3)
const astray = new Producer(broker, { partitioner: { partition: () => PARTITIONS } })
const error = await astray
  .send({ topic: TOPIC, value: 'nowhere' })
  .catch((reason: unknown) => reason)
assert(RinglogError.is(error, 'INVALID_REQUEST'))
console.log(`\nan answer outside the topic: ${error.message}`)
