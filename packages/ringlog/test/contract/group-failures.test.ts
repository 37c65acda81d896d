import { endsWithin } from '@ringlog/core/internal'
import { until } from '@ringlog/test-kit'
import { Broker, type ConsumerConfig } from 'ringlog'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { BLOCK, CLOSE, POLL, type MemberData } from './member-orders.ts'
import { GROUP_TRANSPORTS, GROUP, Member, pollUntil } from './group-rig.ts'
import { Rig, canCommitSync, lacks } from './rig.ts'

const CLOSE_MS = 5_000

/** A member in a thread of its own. */
class ThreadMember {
  readonly worker: Worker
  readonly #words: Int32Array

  static async start(rig: Rig, config: ConsumerConfig = {}): Promise<ThreadMember> {
    const member = new ThreadMember(rig, config)
    await once(member.worker, 'message')
    return member
  }

  private constructor(rig: Rig, config: ConsumerConfig) {
    const words = new SharedArrayBuffer(12)
    this.#words = new Int32Array(words)
    const workerData: MemberData = {
      address: rig.broker.address,
      topic: rig.topic,
      config: { groupId: GROUP, ...config },
      words,
    }
    this.worker = new Worker(new URL('./group-member.worker.ts', import.meta.url), { workerData })
    const exit = once(this.worker, 'exit')
    onTestFinished(async () => {
      this.order(CLOSE) // a cluster hears of its end only so
      await endsWithin(exit, { timeoutMs: CLOSE_MS })
      await this.worker.terminate()
    })
  }

  get partitions(): number {
    return Atomics.load(this.#words, 2)
  }

  order(what: number): void {
    Atomics.store(this.#words, 0, what)
    Atomics.notify(this.#words, 0)
  }
}

describe.each(GROUP_TRANSPORTS)('a consumer group, by %s, whose member', (transport) => {
  const start = (partitions = 4): Promise<Rig> => Rig.start(transport, { partitions })
  const testWithThreads = test.skipIf(lacks(transport, 'otherThreads'))

  testWithThreads("'s thread ends loses its partitions to the others at once", async () => {
    const rig = await start()
    const a = await Member.of(rig, 'a')
    const b = await ThreadMember.start(rig)
    await pollUntil([a], () => a.assignment.length === 2 && b.partitions === 2)
    const assigned = a.poll(60_000) // waits, and is woken by what it gains
    await b.worker.terminate()
    await until(() => a.assignment.length === 4)
    await rig.producer().send({ topic: rig.topic, value: 'x' })
    expect(await assigned).toBe(1)
    expect((await rig.broker.describeGroup(GROUP)).members).toHaveLength(1)
  })

  testWithThreads(
    'ends without a commit leaves to the next what it had not committed',
    async () => {
      const rig = await start(1)
      const producer = rig.producer()
      for (let i = 0; i < 10; i++) await producer.send({ topic: rig.topic, value: String(i) })
      const b = await ThreadMember.start(rig, { autoCommit: false })
      const a = await Member.of(rig, 'a')
      expect(a.assignment).toEqual([])
      await b.worker.terminate()
      await pollUntil([a], () => a.values.length === 10)
    },
  )

  testWithThreads(
    'blocks its thread for less than maxPollIntervalMs keeps what it has',
    async () => {
      const rig = await start(2)
      const a = await Member.of(rig, 'a')
      const b = await ThreadMember.start(rig)
      await pollUntil([a], () => a.assignment.length === 1 && b.partitions === 1)
      b.order(BLOCK)
      await once(b.worker, 'message')
      await new Promise((resolve) => setTimeout(resolve, 300))
      await a.poll(1)
      expect(a.assignment).toHaveLength(1)
      expect((await rig.broker.describeGroup(GROUP)).members).toHaveLength(2)
      b.order(POLL)
      await pollUntil([a], () => b.partitions === 1)
    },
  )

  testWithThreads('blocks its thread for longer is put out, and comes back by itself', async () => {
    const rig = await start(2)
    const a = await Member.of(rig, 'a')
    const b = await ThreadMember.start(rig, { maxPollIntervalMs: 200 })
    await pollUntil([a], () => a.assignment.length === 1 && b.partitions === 1)
    b.order(BLOCK)
    await once(b.worker, 'message')
    await pollUntil([a], () => a.assignment.length === 2)
    expect((await rig.broker.describeGroup(GROUP)).members).toHaveLength(1)
    b.order(POLL)
    await pollUntil([a], () => a.assignment.length === 1 && b.partitions === 1)
    b.order(CLOSE)
    await pollUntil([a], () => a.assignment.length === 2)
  })

  test('does not poll for too long is told what it lost, and its commits are refused', async () => {
    const rig = await start(2)
    const producer = rig.producer()
    for (let i = 0; i < 10; i++) await producer.send({ topic: rig.topic, value: String(i) })
    const a = await Member.of(rig, 'a', { maxPollIntervalMs: 1_000, autoCommit: false })
    await pollUntil([a], () => a.values.length === 10)
    const b = await Member.of(rig, 'b')
    await pollUntil([b], () => b.values.length === 10)
    const stale = {
      code: 'STALE_MEMBER_EPOCH',
      errorCode: 113,
      message: expect.stringContaining('maxPollIntervalMs=1000') as string,
      details: { groupId: GROUP, reason: 'maxPollInterval', maxPollIntervalMs: 1_000 },
    }
    await expect(a.consumer.commit()).rejects.toMatchObject(stale)
    if (canCommitSync(transport)) {
      expect(() => a.consumer.commitSync()).toThrow(expect.objectContaining({ code: stale.code }))
    }
    expect(a.told).toEqual(['assigned orders-0,orders-1'])
    await a.poll(0)
    await pollUntil([a, b], () => a.assignment.length === 1)
    expect(a.told.slice(0, 2)).toEqual(['assigned orders-0,orders-1', 'lost orders-0,orders-1'])
    expect(a.told[2]).toMatch(/^assigned orders-[01]$/)
    const offsets = await rig.broker.offsets(rig.topic, GROUP)
    expect(offsets.map(({ committed }) => committed)).toEqual([5, 5])
  })

  test('waits in a poll for long, or iterates for long, is not stuck', async () => {
    const rig = await start(2)
    const a = await Member.of(rig, 'a', { maxPollIntervalMs: 1_500 })
    expect(await a.poll(1_800)).toBe(0)
    const producer = rig.producer()
    for (let i = 0; i < 64; i++) producer.write({ topic: rig.topic, value: String(i) })
    await producer.flush()
    let seen = 0
    for await (const _ of a.consumer) {
      await new Promise((resolve) => setTimeout(resolve, 30))
      if (++seen === 64) break
    }
    expect(a.told).toEqual(['assigned orders-0,orders-1'])
  })

  test('blocks in pollSync for long is not stuck', async () => {
    const rig = await start(2)
    const a = await Member.of(rig, 'a', { maxPollIntervalMs: 300 })
    expect(a.consumer.pollSync({ timeoutMs: 900 }).count).toBe(0)
    expect(await a.poll(0)).toBe(0)
    expect(a.told).toEqual(['assigned orders-0,orders-1'])
  })

  test('never lets go of what it is told to is put out, though it polls', async () => {
    const rig = await start(2)
    const a = await Member.of(rig, 'a', { maxPollIntervalMs: 150 })
    a.whileRevoked = () => new Promise(() => undefined)
    const polling = expect(a.poll()).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
    const b = await Member.of(rig, 'b')
    await pollUntil([b], () => b.assignment.length === 2)
    await a.consumer.close()
    await polling
    expect((await rig.broker.describeGroup(GROUP)).members).toHaveLength(1)
  })

  testWithThreads(
    'is a static one that comes back in time has its partitions, and nobody else is told: closed',
    async () => {
      const rig = await start(4)
      const a = await Member.of(rig, 'a')
      const b = await Member.of(rig, 'b', { groupInstanceId: 'second' })
      await pollUntil([a, b], () => b.assignment.length === 2)
      const [toldBefore, had] = [[...a.told], b.assignment]
      await b.consumer.close()
      const { members } = await rig.broker.describeGroup(GROUP)
      expect(new Map(members.map(({ instanceId, isLive }) => [instanceId, isLive]))).toEqual(
        new Map([
          [null, true],
          ['second', false],
        ]),
      )
      await a.poll(0)
      const again = await Member.of(rig, 'again', { groupInstanceId: 'second' })
      expect(again.assignment).toEqual(had)
      await a.poll(0)
      expect(a.told).toEqual(toldBefore)
    },
  )

  testWithThreads(
    'is a static one that comes back in time has its partitions, and nobody else is told: killed',
    async () => {
      const rig = await start(4)
      const a = await Member.of(rig, 'a')
      const b = await Member.of(rig, 'b', { groupInstanceId: 'second' })
      await pollUntil([a, b], () => b.assignment.length === 2)
      const [toldBefore, had] = [[...a.told], b.assignment]
      await b.consumer.close()
      const thread = await ThreadMember.start(rig, { groupInstanceId: 'second' })
      await until(() => thread.partitions === 2)
      await thread.worker.terminate()
      const last = await Member.of(rig, 'last', { groupInstanceId: 'second' })
      expect(last.assignment).toEqual(had)
      await a.poll(0)
      expect(a.told).toEqual(toldBefore)
    },
  )

  test('is a static one that does not come back in time loses its place', async () => {
    const rig = await start(4)
    const a = await Member.of(rig, 'a')
    const b = await Member.of(rig, 'b', { groupInstanceId: 'second', sessionTimeoutMs: 50 })
    await pollUntil([a, b], () => b.assignment.length === 2)
    await b.consumer.close()
    await pollUntil([a], () => a.assignment.length === 4)
    expect((await rig.broker.describeGroup(GROUP)).members).toHaveLength(1)
  })

  test('is replaced by another of its groupInstanceId is fenced for good', async () => {
    const rig = await start(2)
    await rig.producer().send({ topic: rig.topic, value: 'x' })
    const a = await Member.of(rig, 'a', { groupInstanceId: 'only', autoCommit: false })
    await pollUntil([a], () => a.values.length === 1)
    const b = await Member.of(rig, 'b', { groupInstanceId: 'only' })
    expect(b.assignment).toEqual(['orders-0', 'orders-1'])
    const fenced = { code: 'FENCED_MEMBER_EPOCH', errorCode: 110 }
    await expect(a.consumer.commit()).rejects.toMatchObject(fenced)
    for (let i = 0; i < 2; i++) await expect(a.poll(1_000)).rejects.toMatchObject(fenced)
    expect(a.told).toEqual(['assigned orders-0,orders-1', 'lost orders-0,orders-1'])
    await a.consumer.subscribe([rig.topic], a) // takes its place back
    await expect(b.poll(1_000)).rejects.toMatchObject(fenced)
    await a.poll(0)
    expect(a.assignment).toEqual(['orders-0', 'orders-1'])
  })

  testWithThreads('is closed with its client, or its broker, leaves nothing behind', async () => {
    const rig = await start(2)
    const a = await Member.of(rig, 'a')
    const b = await ThreadMember.start(rig)
    await pollUntil([a], () => b.partitions === 1)
    b.order(CLOSE)
    await once(b.worker, 'exit')
    await pollUntil([a], () => a.assignment.length === 2)
    const polling = expect(a.poll(60_000)).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    await rig.broker.close()
    await polling
    const again = await Broker.start()
    expect(await again.listGroups()).toEqual([])
    await again.close()
  })
})
