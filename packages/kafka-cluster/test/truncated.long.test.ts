import { Consumer } from '@ringlog/consumer'
import { allRunning, tellBroker } from '@ringlog/kafka-tool'
import { Producer } from '@ringlog/producer'
import { until } from '@ringlog/test-kit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectCluster } from '../src/index.ts'
import { freshTopic } from './kafka-rig.ts'

/** Started by `npm run kafka -- start --brokers 3`. */
const BROKERS = allRunning().find(({ controlPort }) => controlPort !== null) ?? null

/** Until others lead what a broker did that was killed. */
const ELECTED_WITHIN_MS = 60_000

describe.skipIf(BROKERS === null)('a log whose leader was elected though it lacks records', () => {
  test('is read on from where it was cut off', { timeout: 240_000 }, async () => {
    const kafka = BROKERS!
    const client = await connectCluster({ bootstrapServers: kafka.bootstrapServers })
    onTestFinished(() => client.close())
    const topic = freshTopic()
    await client.createTopic(topic, {
      replicationFactor: 2,
      configs: { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' },
    })
    onTestFinished(() => client.deleteTopic(topic))
    const described = async () => (await client.describeTopic(topic)).partitions[0]!
    const { leader, replicas } = await described()
    const follower = replicas.find((replica) => replica !== leader)!
    const producer = new Producer(client)
    const consumer = new Consumer(client, { groupId: topic, autoOffsetReset: 'earliest' })
    onTestFinished(() => consumer.close())
    const values: string[] = []
    const poll = async (): Promise<void> => {
      for (const { value } of await consumer.poll({ timeoutMs: 100 })) values.push(String(value))
    }
    await consumer.assign([{ topic, partition: 0 }])
    for (const value of ['a', 'b']) await producer.send({ topic, value })

    // What only the leader has goes with it.
    await tellBroker(kafka, 'kill', follower)
    await until(async () => (await described()).isr.length === 1, ELECTED_WITHIN_MS)
    for (const value of ['lost-1', 'lost-2', 'lost-3']) await producer.send({ topic, value })
    while (values.length < 5) await poll()
    await tellBroker(kafka, 'kill', leader)
    await tellBroker(kafka, 'start', follower)
    await until(async () => (await described()).leader === follower, ELECTED_WITHIN_MS)
    await producer.send({ topic, value: 'c' })
    while (!values.includes('c')) await poll()
    await tellBroker(kafka, 'start', leader)

    expect(values).toEqual(['a', 'b', 'lost-1', 'lost-2', 'lost-3', 'c'])
    expect(consumer.position({ topic, partition: 0 })).toBe(3)
  })
})
