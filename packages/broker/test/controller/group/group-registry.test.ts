import { RinglogError, type TopicConfig } from '@ringlog/core'
import { Doorbell, Grant, MemberMemory, monotonicMs, systemClock } from '@ringlog/core/internal'
import { until } from '@ringlog/test-kit'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { BrokerEvents } from '../../../src/controller/broker-events.ts'
import type { OpenPartitionMemory } from '../../../src/wire/consumer-description.ts'
import { GroupRegistry } from '../../../src/controller/group/group-registry.ts'
import type { MemberAnswer } from '../../../src/wire/group-service.ts'
import { Registrar, type SessionConsumer } from '../../../src/controller/registrar.ts'
import { TopicRegistry } from '../../../src/controller/topic/topic-registry.ts'
import { startedThreads } from '../started-threads.ts'
import { silentListener } from '../topic/silent-listener.ts'

const SESSION = {}
const SMALL: TopicConfig = { ringBytes: 64 * 1024 }

/** Groups in this thread, on real partition workers. */
class Rig {
  readonly topics: TopicRegistry
  readonly groups: GroupRegistry
  readonly events: unknown[] = []
  readonly #threads = startedThreads()

  constructor(groupExpiryMs: number | null = null) {
    this.topics = new TopicRegistry(
      16,
      {
        ...silentListener,
        registerGatingGroups: (groupIds, partitions) => this.groups.hold(groupIds, partitions),
      },
      { limits: { maxRestarts: 0, restartWindowMs: 60_000 }, dataDirectory: null },
    )
    const registrar = new Registrar(this.topics)
    const events = {
      publish: (name: string, event: object) => this.events.push({ name, ...event }),
      error: (error: Error) => this.events.push(error),
    } as unknown as BrokerEvents
    this.groups = new GroupRegistry({
      topics: this.topics,
      registrar,
      events,
      groupExpiryMs,
      clock: systemClock,
      stored: () => Promise.resolve(),
    })
    onTestFinished(async () => {
      this.groups.close()
      await this.topics.close(monotonicMs() + 5_000, new RinglogError('BROKER_CLOSED'))
    })
  }

  static async start(partitions = 1): Promise<Rig> {
    const rig = new Rig()
    await rig.topics.create('orders', { ...SMALL, partitions })
    return rig
  }

  assign(consumer: SessionConsumer, partition = 0): Promise<OpenPartitionMemory[]> {
    const wanted = [{ topic: 'orders', partition, start: 'earliest' as const }]
    return this.groups.open('billing').assign(consumer, wanted)
  }

  /** How many are rung after an append. */
  async readerCount(partition = 0): Promise<number> {
    const { worker } = this.topics.partition({ topic: 'orders', partition })
    return (await worker.metrics(monotonicMs() + 5_000))!.readerCount
  }

  async join(
    memberId: string,
    session: object = SESSION,
    maxPollIntervalMs = 300_000,
  ): Promise<MemberAnswer> {
    const memory = new MemberMemory()
    memory.beat(monotonicMs())
    const message = {
      groupId: 'billing',
      consumer: consumerOf(memberId),
      memory: memory.memory,
      instanceId: null,
      subscription: { topics: ['orders'] },
      assignor: 'sticky',
      sessionTimeoutMs: 45_000,
      maxPollIntervalMs,
      start: 'earliest' as const,
    }
    return this.groups.join(message, () => false, session)
  }

  grantOf({ grant, memory }: OpenPartitionMemory): Grant {
    return new Grant(grant!, memory, new Doorbell())
  }

  /** Ends the partition's thread, as if it had crashed; no other is started. */
  async crash(partition = 0): Promise<void> {
    await this.#threads[partition]!.terminate()
  }

  get committed(): Array<number | null> {
    return this.groups.offsets('orders', 'billing').map(({ committed }) => committed)
  }
}

function consumerOf(consumerId: string): SessionConsumer {
  return {
    consumerId,
    clientId: consumerId,
    groupId: 'billing',
    doorbell: new Doorbell().memory,
    isGating: true,
    session: SESSION,
  }
}

describe('the groups of a broker', () => {
  test('are there as soon as one is named, and for as long as it has members or offsets', async () => {
    const rig = await Rig.start()
    expect(rig.groups.list()).toEqual([])
    await rig.join('a')
    expect(rig.groups.list()).toEqual(['billing'])
    await rig.groups.open('billing').driver.leave('a')
    expect(rig.groups.list()).toEqual(['billing'])
    expect(rig.groups.describe('billing')).toMatchObject({
      state: 'empty',
      members: [],
      partitions: [{ topic: 'orders', partition: 0, memberId: null, committed: null, lag: 0 }],
    })
    await rig.topics.delete('orders')
    expect(rig.groups.list()).toEqual([])
  })

  test('of members that have never had a partition leave nothing behind', async () => {
    const rig = new Rig()
    await rig.join('a')
    expect(rig.groups.list()).toEqual(['billing'])
    rig.groups.open('billing').driver.died('a')
    expect(rig.groups.list()).toEqual([])
    expect(() => rig.groups.describe('billing')).toThrow(
      expect.objectContaining({ code: 'GROUP_ID_NOT_FOUND', errorCode: 69 }),
    )
  })

  test('hold partitions from their start, where they are told to before anybody comes', async () => {
    const rig = new Rig()
    await rig.topics.create('orders', {
      ...SMALL,
      partitions: 2,
      gatingGroups: ['billing', 'audit'],
    })
    expect(rig.groups.list()).toEqual(['audit', 'billing'])
    expect(rig.committed).toEqual([null, null])
    const answer = await rig.join('a')
    expect(answer.granted.map(({ startOffset }) => startOffset)).toEqual([0, 0])
    await rig.topics.createPartitions('orders', 3)
    expect(rig.groups.describe('audit').partitions).toHaveLength(3)
  })

  test('keep their commits when the partition worker dies, and hand them on without it', async () => {
    const rig = await Rig.start()
    const [first] = await rig.assign(consumerOf('a'))
    const grant = rig.grantOf(first!)
    expect(grant.commit(0)).toBe(true)
    await rig.crash()
    expect(grant.commit(0)).toBe(true)
    await rig.groups.open('billing').forget('a')
    expect(grant.commit(0)).toBe(false)
    expect(rig.committed).toEqual([0])
    const { granted } = await rig.join('b')
    expect(granted).toMatchObject([{ topic: 'orders', partition: 0, startOffset: 0 }])
    expect(rig.grantOf(granted[0]!).committed).toBe(0)
    await expect(rig.assign(consumerOf('c'))).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
  })

  test('open a gate where there is no worker any more, for a member', async () => {
    const rig = await Rig.start()
    await rig.crash()
    const { granted } = await rig.join('a')
    expect(granted).toMatchObject([{ startOffset: 0 }])
    expect(rig.grantOf(granted[0]!).committed).toBeNull()
    await expect(rig.assign(consumerOf('b'))).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
    await rig.groups.open('billing').driver.leave('a')
    expect(await rig.assign(consumerOf('b'))).toMatchObject([{ startOffset: 0 }])
  })

  test('give a partition to the last who asked for it, however they overlap', async () => {
    const rig = await Rig.start()
    const consumers = Array.from({ length: 10 }, (_, i) => consumerOf(`c${i}`))
    const opened = await Promise.all(consumers.map((consumer) => rig.assign(consumer)))
    const grants = opened.map(([open]) => rig.grantOf(open!))
    expect(grants.map((grant) => grant.commit(0))).toEqual(
      grants.map((_, i) => i === grants.length - 1),
    )
    // Who is gone by now takes nothing with it.
    for (const { consumerId } of consumers.slice(0, 9)) {
      await rig.groups.open('billing').forget(consumerId)
    }
    expect(grants[9]!.commit(0)).toBe(true)
    expect(rig.groups.describe('billing').partitions[0]).toMatchObject({ memberId: 'c9' })
  })

  test('leave no watcher of a consumer that goes while its assignment waits for its turn', async () => {
    const rig = await Rig.start()
    const group = rig.groups.open('billing')
    const consumers = Array.from({ length: 10 }, (_, i) => consumerOf(`c${i}`))
    const assigning = Promise.allSettled(consumers.map((consumer) => rig.assign(consumer)))
    const goneIds = consumers.slice(2).map(({ consumerId }) => consumerId)
    await Promise.all(goneIds.map((consumerId) => group.forget(consumerId)))
    const outcomes = await assigning
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      ...goneIds.map(() => 'rejected'),
    ])
    expect((outcomes[2] as PromiseRejectedResult).reason).toMatchObject({
      code: 'STALE_MEMBER_EPOCH',
      details: { clientId: 'c2', topic: 'orders', partition: 0 },
    })
    expect(await rig.readerCount()).toBe(2)
    // Those that had it and are gone, too.
    await Promise.all(['c0', 'c1'].map((consumerId) => group.forget(consumerId)))
    expect(await rig.readerCount()).toBe(0)
  })

  test('leave no watcher of a member that dies while its grant waits for its turn', async () => {
    const rig = await Rig.start()
    const { driver } = rig.groups.open('billing')
    const joining: Array<Promise<unknown>> = []
    for (let i = 0; i < 10; i++) {
      joining.push(rig.join(`m${i}`).catch(() => undefined))
      await new Promise((resolve) => setImmediate(resolve))
      driver.died(`m${i}`)
    }
    await Promise.all(joining)
    await driver.leave('nobody')
    expect(await rig.readerCount()).toBe(0)
  })

  test('lose the members of a session that is over, and no others', async () => {
    const rig = await Rig.start(2)
    const session = {}
    await Promise.all([rig.join('a', session), rig.join('b')])
    rig.groups.sessionEnded(session)
    const { members } = rig.groups.describe('billing')
    expect(members.map(({ memberId }) => memberId)).toEqual(['b'])
  })

  test('give all partitions of a request, or none', async () => {
    const rig = await Rig.start(2)
    const wanted = [0, 1].map((partition) => ({
      topic: 'orders',
      partition,
      start: 'earliest' as const,
    }))
    const group = rig.groups.open('billing')
    const assigning = group.assign(consumerOf('a'), wanted)
    await group.release('a', wanted.slice(1))
    await expect(assigning).rejects.toMatchObject({ code: 'STALE_MEMBER_EPOCH' })
    const isUnowned = (): boolean =>
      rig.groups.describe('billing').partitions.every(({ memberId }) => memberId === null)
    await until(isUnowned)
  })

  test('publish each rebalance: who lost what to whom, and how long it took', async () => {
    const rig = await Rig.start(2)
    await rig.join('a')
    expect(rig.events).toMatchObject([
      {
        name: 'rebalance',
        groupId: 'billing',
        groupEpoch: 1,
        reasons: ['join'],
        moves: [
          { topic: 'orders', partition: 0, from: null, to: 'a' },
          { topic: 'orders', partition: 1, from: null, to: 'a' },
        ],
      },
    ])
    await rig.join('b')
    const { driver } = rig.groups.open('billing')
    const { toRelease } = await driver.reconcile('a', [])
    expect(toRelease).toHaveLength(1)
    await driver.reconcile('a', toRelease)
    let granted = 0
    await expect
      .poll(async () => (granted += (await driver.reconcile('b', [])).granted.length))
      .toBe(1)
    const [, event] = rig.events as Array<{ durationMs: number; moves: unknown[] }>
    expect(event).toMatchObject({ groupEpoch: 2, moves: [{ ...toRelease[0], from: 'a', to: 'b' }] })
    expect(event!.durationMs).toBeGreaterThanOrEqual(0)
  })

  test('have a member that is put out rung by nobody any more', async () => {
    const rig = await Rig.start()
    await rig.join('a', SESSION, 10) // it never polls
    expect(await rig.readerCount()).toBe(1)
    await expect.poll(() => rig.groups.describe('billing').members).toEqual([])
    await expect.poll(() => rig.readerCount()).toBe(0)
  })

  test('refuse a member whose assignor cannot be loaded, and one that has gone meanwhile', async () => {
    const rig = await Rig.start()
    const message = {
      groupId: 'billing',
      consumer: consumerOf('a'),
      memory: new MemberMemory().memory,
      instanceId: null,
      subscription: { topics: ['orders'] },
      assignor: '/nowhere/assignor.js',
      sessionTimeoutMs: 45_000,
      maxPollIntervalMs: 300_000,
      start: 'earliest' as const,
    }
    await expect(rig.groups.join(message, () => false, SESSION)).rejects.toMatchObject({
      code: 'INVALID_CONFIG',
    })
    const gone = rig.groups.join({ ...message, assignor: 'range' }, () => true, SESSION)
    await expect(gone).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    expect(rig.groups.list()).toEqual([])
  })
})
