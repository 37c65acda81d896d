import { Consumer, type ConsumerConfig, type RebalanceListener } from '@ringlog/consumer'
import { until } from '@ringlog/test-kit'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  KAFKA,
  connect,
  createTopic,
  describeOnKafka,
  freshTopic,
  producerOn,
} from './kafka-rig.ts'
import type { ClusterClient } from '../src/index.ts'

/** By then a member has asked its coordinator, whose answer it waits for. */
const JOINS_WITHIN_MS = 1_500
/** Far less than what a close may take: 30 s. */
const CLOSES_WITHIN_MS = 4_000

/** A member that polls until it is closed, and what its listener was told. */
class Member {
  readonly consumer: Consumer
  readonly calls: string[] = []
  readonly values: string[] = []
  #isPolling = false
  #polled: Promise<void> = Promise.resolve()

  static async join(
    client: ClusterClient,
    topics: string[] | RegExp,
    config: ConsumerConfig,
  ): Promise<Member> {
    const member = new Member(client, config)
    await member.consumer.subscribe(topics, member.#listener)
    member.goOn()
    return member
  }

  private constructor(client: ClusterClient, config: ConsumerConfig) {
    this.consumer = new Consumer(client, config)
    onTestFinished(() => this.close().catch(() => undefined))
  }

  /** Numbers of partitions, in order. */
  get partitions(): number[] {
    return this.consumer
      .assignment()
      .map(({ partition }) => partition)
      .sort(byNumber)
  }

  /** Polls until `stop` is called. */
  goOn(): void {
    this.#isPolling = true
    this.#polled = this.#poll()
  }

  async stop(): Promise<void> {
    this.#isPolling = false
    await this.#polled
  }

  async close(): Promise<void> {
    await this.stop()
    await this.consumer.close()
  }

  get #listener(): RebalanceListener {
    const note = (what: string) => (partitions: ReadonlyArray<{ partition: number }>) => {
      this.calls.push(
        `${what} ${partitions
          .map(({ partition }) => partition)
          .sort(byNumber)
          .join()}`,
      )
    }
    return {
      onPartitionsAssigned: note('assigned'),
      onPartitionsRevoked: note('revoked'),
      onPartitionsLost: note('lost'),
    }
  }

  async #poll(): Promise<void> {
    while (this.#isPolling) {
      for (const { value } of await this.consumer.poll({ timeoutMs: 50 })) {
        this.values.push(String(value))
      }
    }
  }
}

function byNumber(a: number, b: number): number {
  return a - b
}

async function fill(client: ClusterClient, topic: string, values: readonly string[]) {
  const producer = producerOn(client)
  for (const [i, value] of values.entries()) void producer.send({ topic, value, partition: i % 4 })
  await producer.close()
}

describe.skipIf(KAFKA === null).each([
  ['sticky', 'by the newer protocol'],
  ['range', 'by the newer protocol'],
  ['roundRobin', 'by the classic protocol'],
])('a group with the assignor %s, %s', (assignor) => {
  test('gives each partition to one member, and all of them when others have gone', async () => {
    const client = await connect()
    const topic = await createTopic(client, { partitions: 4 })
    const config = { groupId: freshTopic(), assignor, sessionTimeoutMs: 6_000 }
    const a = await Member.join(client, [topic], config)
    expect(a.partitions).toStrictEqual([0, 1, 2, 3])
    const values = Array.from({ length: 100 }, (_, i) => `v${i}`)
    await fill(client, topic, values)
    await until(() => a.values.length === 100)

    const b = await Member.join(client, [topic], config)
    await until(() => a.partitions.length === 2 && b.partitions.length === 2)
    expect([...a.partitions, ...b.partitions].sort(byNumber)).toStrictEqual([0, 1, 2, 3])
    await fill(client, topic, values)
    await until(() => a.values.length + b.values.length === 200)
    expect([...a.values, ...b.values].sort()).toStrictEqual([...values, ...values].sort())

    await b.close()
    await until(() => a.partitions.length === 4)
    await a.stop()
    expect(a.values.length + b.values.length).toBe(200)
    expect(b.calls.at(-1)).toMatch(/^revoked/)
  })
})

describeOnKafka('a member', () => {
  test.each([
    { by: 'sticky', why: 'another has its groupInstanceId', groupInstanceId: 'one' },
    { by: 'roundRobin', why: 'another does not join again', groupInstanceId: undefined },
  ])('that is closed while it joins does not wait until $why', async ({ by, groupInstanceId }) => {
    const client = await connect()
    const topic = await createTopic(client, { partitions: 2 })
    const groupId = freshTopic()
    const config = { groupId, assignor: by, groupInstanceId, maxPollIntervalMs: 60_000 }
    const other = new Consumer(client, config)
    onTestFinished(() => other.close())
    await other.subscribe([topic])
    const consumer = new Consumer(client, config)
    const subscribing = expect(consumer.subscribe([topic])).rejects.toMatchObject({
      code: 'CONSUMER_CLOSED',
    })
    await sleep(JOINS_WITHIN_MS)
    const closedMs = performance.now()
    await consumer.close()
    expect(performance.now() - closedMs).toBeLessThan(CLOSES_WITHIN_MS)
    await subscribing
    await until(async () => (await client.describeGroup(groupId)).members.length === 1)
  })

  test('with a session that is shorter than the brokers allow is told so', async () => {
    const client = await connect()
    const topic = await createTopic(client)
    const config = { groupId: freshTopic(), assignor: 'roundRobin', sessionTimeoutMs: 50 }
    const consumer = new Consumer(client, config)
    onTestFinished(() => consumer.close())
    await expect(consumer.subscribe([topic])).rejects.toMatchObject({
      code: 'INVALID_SESSION_TIMEOUT',
      errorCode: 26,
      message: expect.stringContaining('sessionTimeoutMs=50'),
      details: { sessionTimeoutMs: 50 },
    })
  })

  test('of which the thread is busy for longer than its session stays one', async () => {
    const client = await connect()
    const topic = await createTopic(client, { partitions: 4 })
    const config = { groupId: freshTopic(), assignor: 'roundRobin', sessionTimeoutMs: 500 }
    const member = await Member.join(client, [topic], config)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500)
    await fill(client, topic, ['v'])
    await until(() => member.values.length === 1)

    expect(member.calls).toStrictEqual(['assigned 0,1,2,3'])
  })

  test.each(['sticky', 'roundRobin'])(
    'that does not poll for maxPollIntervalMs loses its partitions, and joins again when it does: %s',
    async (assignor) => {
      const client = await connect()
      const topic = await createTopic(client, { partitions: 4 })
      const config = { groupId: freshTopic(), assignor, maxPollIntervalMs: 300 }
      const slow = await Member.join(client, [topic], config)
      await slow.stop()
      const other = await Member.join(client, [topic], { ...config, maxPollIntervalMs: 60_000 })
      await until(() => other.partitions.length === 4)

      await expect(
        slow.consumer.commit([{ topic, partition: 0, offset: 0 }]),
      ).rejects.toMatchObject({
        code: 'STALE_MEMBER_EPOCH',
      })
      for (let i = 0; slow.partitions.length === 0 || slow.calls.length < 3; i++) {
        await slow.consumer.poll({ timeoutMs: 50 })
        expect(i).toBeLessThan(200)
      }
      expect(slow.calls.slice(0, 2)).toStrictEqual(['assigned 0,1,2,3', 'lost 0,1,2,3'])
    },
  )

  test.each(['sticky', 'roundRobin'])(
    'that subscribes to something else has it when subscribe resolves: %s',
    async (assignor) => {
      const client = await connect()
      const first = await createTopic(client, { partitions: 2 })
      const second = await createTopic(client, { partitions: 3 })
      const member = await Member.join(client, [first], { groupId: freshTopic(), assignor })
      expect(member.partitions).toStrictEqual([0, 1])
      await member.stop()
      await member.consumer.subscribe([second])
      expect(member.consumer.assignment().map(({ topic }) => topic)).toStrictEqual([
        second,
        second,
        second,
      ])
    },
  )

  test('leaves at once while its group waits for another member to rebalance', async () => {
    const client = await connect()
    const topic = await createTopic(client, { partitions: 4 })
    const config = { groupId: freshTopic(), assignor: 'roundRobin', sessionTimeoutMs: 30_000 }
    const slow = await Member.join(client, [topic], config)
    const member = await Member.join(client, [topic], config)
    await until(() => slow.partitions.length === 2 && member.partitions.length === 2)
    await slow.stop()
    const joining = Member.join(client, [topic], config)
    await until(() => member.calls.at(-1)?.startsWith('revoked') === true)
    await member.stop()
    await member.consumer.close({ timeoutMs: 20_000 })
    // The others have not rebalanced, for which one of them has to poll.
    expect(slow.partitions).toHaveLength(2)
    slow.goOn()
    const other = await joining
    await until(() => slow.partitions.length === 2 && other.partitions.length === 2)
  })

  test.each(['sticky', 'roundRobin'])('gets topics that come later: %s', async (assignor) => {
    const client = await connect()
    const prefix = freshTopic()
    const member = await Member.join(client, new RegExp(`^${prefix}`), {
      groupId: prefix,
      assignor,
    })
    expect(member.partitions).toStrictEqual([])
    await client.createTopic(`${prefix}-new`, { partitions: 2 })
    onTestFinished(() => client.deleteTopic(`${prefix}-new`).catch(() => undefined))

    await until(() => member.partitions.length === 2)
  })

  test.each(['sticky', 'roundRobin'])(
    'that is a static one has its partitions back without a rebalance: %s',
    async (assignor) => {
      const client = await connect()
      const topic = await createTopic(client, { partitions: 4 })
      const groupId = freshTopic()
      const config = { groupId, assignor, sessionTimeoutMs: 30_000 }
      const a = await Member.join(client, [topic], { ...config, groupInstanceId: 'a' })
      const b = await Member.join(client, [topic], { ...config, groupInstanceId: 'b' })
      await until(() => a.partitions.length === 2 && b.partitions.length === 2)
      const { partitions } = b
      const calls = a.calls.length
      await b.close()
      const again = await Member.join(client, [topic], { ...config, groupInstanceId: 'b' })

      expect(again.partitions).toStrictEqual(partitions)
      expect(a.calls).toHaveLength(calls)
    },
  )
})
