import { Consumer, type ConsumerConfig } from '@ringlog/consumer'
import { allRunning, tellBroker } from '@ringlog/kafka-tool'
import { Producer } from '@ringlog/producer'
import { until } from '@ringlog/test-kit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectCluster, type ClusterClient } from '../src/index.ts'
import { freshTopic } from './kafka-rig.ts'

/** Started by `npm run kafka -- start --brokers 3`. */
const BROKERS = allRunning().find(({ controlPort }) => controlPort !== null) ?? null

/** Until others lead what a broker did that was killed. */
const ELECTED_WITHIN_MS = 60_000

/** A topic of two replicas, of which one may lead although it lacks what the other has. */
class UncleanTopic {
  readonly topic: string
  readonly #client: ClusterClient
  #leader = -1
  #stale = -1

  static async create(client: ClusterClient): Promise<UncleanTopic> {
    const topic = freshTopic()
    await client.createTopic(topic, {
      replicationFactor: 2,
      configs: { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' },
    })
    onTestFinished(() => client.deleteTopic(topic))
    return new UncleanTopic(topic, client)
  }

  private constructor(topic: string, client: ClusterClient) {
    this.topic = topic
    this.#client = client
  }

  /** From now on only the leader has what is sent. */
  async leaveReplicaBehind(): Promise<void> {
    const { leader, replicas } = await this.#described()
    this.#leader = leader
    this.#stale = replicas.find((replica) => replica !== leader)!
    await tellBroker(BROKERS!, 'kill', this.#stale)
    await until(async () => (await this.#described()).isr.length === 1, ELECTED_WITHIN_MS)
  }

  /** What only the leader has goes with it; it comes back when the test ends. */
  async electReplica(): Promise<void> {
    await tellBroker(BROKERS!, 'kill', this.#leader)
    onTestFinished(async () => {
      await tellBroker(BROKERS!, 'start', this.#leader)
      await until(async () => (await this.#described()).isr.length === 2, ELECTED_WITHIN_MS)
    })
    await tellBroker(BROKERS!, 'start', this.#stale)
    await until(async () => (await this.#described()).leader === this.#stale, ELECTED_WITHIN_MS)
  }

  async #described() {
    return (await this.#client.describeTopic(this.topic)).partitions[0]!
  }
}

/** What a consumer has read, as its polls bring it. */
class Reader {
  readonly values: string[] = []
  readonly consumer: Consumer

  static async open(
    client: ClusterClient,
    topic: string,
    config: ConsumerConfig = {},
  ): Promise<Reader> {
    const reader = new Reader(client, config)
    onTestFinished(() => reader.consumer.close())
    const assigned = reader.consumer.assign([{ topic, partition: 0 }])
    // Without a rule there is no position before the first seek.
    await (config.autoOffsetReset === 'none' ? assigned.catch(() => undefined) : assigned)
    return reader
  }

  private constructor(client: ClusterClient, config: ConsumerConfig) {
    this.consumer = new Consumer(client, { autoOffsetReset: 'earliest', ...config })
  }

  async readUntil(isDone: (values: readonly string[]) => boolean): Promise<void> {
    while (!isDone(this.values)) {
      for (const { value } of await this.consumer.poll({ timeoutMs: 100 })) {
        this.values.push(String(value))
      }
    }
  }
}

const BEFORE = ['a', 'b']
const LOST = ['lost-1', 'lost-2', 'lost-3']

describe.skipIf(BROKERS === null).each([
  { way: 'fetched', follow: false },
  { way: 'followed', follow: true },
])('a log that is $way, whose leader was elected though it lacks records', ({ follow }) => {
  // The new log may be shorter than what was read, or longer: then only leader epochs tell it from the old one.
  test.each([
    { log: 'shorter', after: ['c'] },
    { log: 'longer', after: ['c', 'd', 'e', 'f', 'g'] },
  ])('is read on from where it was cut off: $log', { timeout: 240_000 }, async ({ after }) => {
    const { bootstrapServers } = BROKERS!
    const client = await connectCluster({ bootstrapServers, follow })
    onTestFinished(() => client.close())
    const unclean = await UncleanTopic.create(client)
    const { topic } = unclean
    const producer = new Producer(client)
    const readers = [
      await Reader.open(client, topic, { groupId: topic }),
      await Reader.open(client, topic),
    ]
    for (const value of BEFORE) await producer.send({ topic, value })
    await unclean.leaveReplicaBehind()
    for (const value of LOST) await producer.send({ topic, value })
    await Promise.all(readers.map((reader) => reader.readUntil(({ length }) => length === 5)))
    await unclean.electReplica()
    for (const value of after) await producer.send({ topic, value })
    const last = after.at(-1)!
    await Promise.all(readers.map((reader) => reader.readUntil((read) => read.includes(last))))

    for (const { values, consumer } of readers) {
      expect(values).toEqual([...BEFORE, ...LOST, ...after])
      expect(consumer.position({ topic, partition: 0 })).toBe(2 + after.length)
    }
  })

  test(
    'is not read on without a rule: the poll says where it was cut off',
    { timeout: 240_000 },
    async () => {
      const { bootstrapServers } = BROKERS!
      const client = await connectCluster({ bootstrapServers, follow })
      onTestFinished(() => client.close())
      const unclean = await UncleanTopic.create(client)
      const { topic } = unclean
      const at = { topic, partition: 0 }
      const producer = new Producer(client)
      for (const value of BEFORE) await producer.send({ topic, value })
      const reader = await Reader.open(client, topic, { autoOffsetReset: 'none' })
      reader.consumer.seek(at, 0)
      await unclean.leaveReplicaBehind()
      for (const value of LOST) await producer.send({ topic, value })
      await reader.readUntil(({ length }) => length === 5)
      await unclean.electReplica()
      for (const value of ['c', 'd', 'e', 'f', 'g']) await producer.send({ topic, value })

      // And again: who does not go back is not led past what took the place of what it has read.
      for (let again = 0; again < 2; again++) {
        await expect(reader.readUntil(() => false)).rejects.toMatchObject({
          code: 'OFFSET_OUT_OF_RANGE',
          message: expect.stringContaining('was cut off at offset 2'),
          details: { position: 5, truncatedTo: 2 },
        })
      }
      reader.consumer.seek(at, 2)
      await reader.readUntil((read) => read.includes('g'))
      expect(reader.values).toEqual([...BEFORE, ...LOST, 'c', 'd', 'e', 'f', 'g'])
    },
  )
})

describe.skipIf(BROKERS === null)(
  'a group’s log whose leader was elected though it lacks records',
  () => {
    test.each([
      { way: 'it fetches', follow: false, isRead: false },
      { way: 'it is followed', follow: true, isRead: false },
      { way: 'it is followed by one that has the new records already', follow: true, isRead: true },
    ])(
      'is read on from there by a consumer that goes on with what another has committed: $way',
      { timeout: 240_000 },
      async ({ follow, isRead }) => {
        const { bootstrapServers } = BROKERS!
        const client = await connectCluster({ bootstrapServers, follow })
        onTestFinished(() => client.close())
        const unclean = await UncleanTopic.create(client)
        const { topic } = unclean
        const producer = new Producer(client)
        const first = await Reader.open(client, topic, { groupId: topic })
        for (const value of BEFORE) await producer.send({ topic, value })
        await unclean.leaveReplicaBehind()
        for (const value of LOST) await producer.send({ topic, value })
        await first.readUntil(({ length }) => length === 5)
        await first.consumer.close()
        await unclean.electReplica()
        const after = ['c', 'd', 'e', 'f', 'g']
        for (const value of after) await producer.send({ topic, value })

        if (isRead) {
          const other = await Reader.open(client, topic)
          await other.readUntil((read) => read.includes('g'))
        }
        const second = await Reader.open(client, topic, { groupId: topic })
        await second.readUntil((read) => read.includes('g'))
        expect(second.values).toEqual(after)
      },
    )
  },
)
