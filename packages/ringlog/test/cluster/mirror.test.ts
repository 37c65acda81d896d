import { Broker, Consumer, Producer, type LogClient } from 'ringlog'
import { connectCluster, mirror, type ClusterClient, type Mirror } from 'ringlog/cluster'
import { expect, onTestFinished, test } from 'vitest'
import { KAFKA, describeOnKafka } from './real-kafka.ts'

const RECORDS = 3_000
const PARTITIONS = 3

async function startBroker(): Promise<Broker> {
  const broker = await Broker.start()
  onTestFinished(() => broker.close({ timeoutMs: 2_000 }))
  return broker
}

async function connect(): Promise<ClusterClient> {
  const client = await connectCluster({ bootstrapServers: KAFKA!.bootstrapServers })
  onTestFinished(() => client.close().catch(() => undefined))
  return client
}

let names = 0

/** Of a topic, or a group, that no other test and no other run has. */
function freshName(): string {
  return `mirror-${process.pid}-${Date.now()}-${names++}`
}

/** Records of every kind, in many batches. */
async function produceAll(client: LogClient, topic: string): Promise<void> {
  const producer = new Producer(client, { compression: 'gzip', batchSizeBytes: 4_096 })
  for (let i = 0; i < RECORDS; i++) {
    const isHeld = !producer.write({
      topic,
      partition: i % PARTITIONS,
      key: i % 7 === 0 ? null : `key ${i % 50}`,
      value: i % 11 === 0 ? null : `value ${i}`,
      timestamp: 1_700_000_000_000 + i,
      headers: i % 5 === 0 ? { number: String(i) } : {},
    })
    if (isHeld) await producer.drained()
  }
  await producer.close()
}

/** All that a topic holds, as lines, by partition. */
async function linesOf(client: LogClient, topic: string): Promise<string[][]> {
  const consumer = new Consumer(client)
  const all = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }))
  await consumer.assign(all)
  await consumer.seekToBeginning()
  const ends = await consumer.endOffsets(all)
  const lines = all.map((): string[] => [])
  while (ends.some(({ offset, ...at }) => consumer.position(at) < offset)) {
    for (const record of await consumer.poll({ timeoutMs: 5_000 })) {
      const { key, value, timestamp, headers } = record
      const line = [key, value, timestamp, ...headers.flat()].map(String).join('|')
      lines[record.partition]!.push(line)
    }
  }
  await consumer.close()
  return lines
}

async function mirrorAll(from: LogClient, to: LogClient, topic: string): Promise<Mirror> {
  const mirroring = await mirror(from, to, { groupId: freshName(), topics: [topic] })
  onTestFinished(() => mirroring.close({ timeoutMs: 2_000 }).catch(() => undefined))
  await expect.poll(() => mirroring.metrics().mirroredRecords, { timeout: 20_000 }).toBe(RECORDS)
  await mirroring.close()
  return mirroring
}

describeOnKafka('a mirror', () => {
  test('brings records from the process to a cluster, and from there to a process, as they are', async () => {
    const [edge, center] = await Promise.all([startBroker(), startBroker()])
    const cluster = await connect()
    const topic = freshName()
    await cluster.createTopic(topic, { partitions: PARTITIONS })
    onTestFinished(() => cluster.deleteTopic(topic).catch(() => undefined))
    await edge.createTopic(topic, { partitions: PARTITIONS, ringBytes: 1024 * 1024 })
    await produceAll(edge, topic)
    const wanted = await linesOf(edge, topic)

    const up = await mirrorAll(edge, cluster, topic)
    expect(await linesOf(cluster, topic)).toEqual(wanted)
    expect(up.metrics().mirroredBatches).toBeGreaterThan(PARTITIONS)

    const down = await mirrorAll(cluster, center, topic)
    expect(await linesOf(center, topic)).toEqual(wanted)
    expect((await center.describeTopic(topic)).partitions.length).toBe(PARTITIONS)
    // The batches of the edge have come through a cluster, compressed as they were.
    expect(down.metrics().mirroredBatches).toBe(up.metrics().mirroredBatches)
    expect(down.metrics().producer.outgoingByteTotal).toBe(up.metrics().producer.outgoingByteTotal)
  })

  test('makes the topic of a cluster with the partitions of the source', async () => {
    const edge = await startBroker()
    const cluster = await connect()
    const topic = freshName()
    onTestFinished(() => cluster.deleteTopic(topic).catch(() => undefined))
    await edge.createTopic(topic, { partitions: PARTITIONS })
    const mirroring = await mirror(edge, cluster, { groupId: 'edge', topics: [topic] })
    expect((await cluster.describeTopic(topic)).partitions.length).toBe(PARTITIONS)
    await mirroring.close()
  })
})
