/**
 * Records from the edge to a cluster: what sensors tell is taken in by the broker of this process, at once and whether
 * the cluster is there or not; a mirror brings it there, and goes on where it was when it is started anew.
 *
 * With BOOTSTRAP_SERVERS the cluster is a real one. Without, a second broker stands for it.
 */
import assert from 'node:assert/strict'
import { Broker, Consumer, Producer, type LogClient } from 'ringlog'
import { connectCluster, mirror } from 'ringlog/cluster'

const TOPIC = `readings-${Date.now()}`
const SENSORS = 20
const READINGS = 50_000
const PARTITIONS = 4

const bootstrapServers = process.env['BOOTSTRAP_SERVERS']
await using center: LogClient =
  bootstrapServers === undefined
    ? await Broker.start()
    : await connectCluster({ bootstrapServers: bootstrapServers.split(',') })
await using edge = await Broker.start()
await edge.createTopic(TOPIC, { partitions: PARTITIONS })

/** Sends the readings from `first` up to `end`; the value is how many there were of that sensor before. */
async function read(first: number, end: number): Promise<void> {
  const producer = new Producer(edge)
  for (let i = first; i < end; i++) {
    const mayGoOn = producer.write({
      topic: TOPIC,
      key: `sensor-${i % SENSORS}`,
      value: String(Math.floor(i / SENSORS)),
    })
    if (!mayGoOn) await producer.drained()
  }
  await producer.close()
}

const config = { groupId: 'to-the-center', topics: [TOPIC] }

// A mirror, and readings beside it; it is stopped in their midst.
const first = await mirror(edge, center, config)
await read(0, READINGS / 2)
await first.close()
const { mirroredRecords } = first.metrics()
console.log(`mirrored before the stop    ${mirroredRecords}`)

// The edge goes on without it. The next mirror begins where the group has committed.
await read(READINGS / 2, READINGS)
const second = await mirror(edge, center, config)

const consumer = new Consumer(center)
await consumer.assign(
  Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition })),
)
await consumer.seekToBeginning()
const next = new Map<string, number>()
let arrived = 0
while (arrived < READINGS) {
  for (const { key, value } of await consumer.poll()) {
    const sensor = String(key)
    assert.equal(Number(value), next.get(sensor) ?? 0, 'every reading, once and in order')
    next.set(sensor, Number(value) + 1)
    arrived++
  }
}
await second.close()
const { mirroredBatches, producer } = second.metrics()
console.log(`mirrored after it           ${second.metrics().mirroredRecords}`)
console.log(`batches, as they are        ${mirroredBatches} of ${producer.requestTotal} requests`)
console.log(`arrived, in order           ${arrived} of ${next.size} sensors`)
assert.equal(mirroredRecords + second.metrics().mirroredRecords, READINGS)
if (bootstrapServers !== undefined) await center.deleteTopic(TOPIC)
