import { Consumer, Producer, connect, type ClientMetrics } from 'ringlog'
import { killClient } from 'ringlog/testing'
import { once } from 'node:events'
import { Worker, threadId } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import { kibibyte, SMALL_RING_BYTES } from './group-rig.ts'
import { Rig, TRANSPORTS, eventsOf, pollValues, startBroker } from './rig.ts'

describe.each(TRANSPORTS)('metrics() of a broker, by %s', (transport) => {
  test('has the producers and consumers of all clients, as each tells of itself', async () => {
    const rig = await Rig.start(transport)
    const other = await connect()
    const clientId = 'weird "\\\n\u0000\u{1F600}'
    const producer = rig.producer({ clientId })
    const consumer = new Consumer(other, { clientId: 'reader', groupId: 'billing' })
    await consumer.subscribe([rig.topic])
    for (const value of ['a', 'b', 'c']) producer.write({ topic: rig.topic, value })
    await producer.flush()
    await pollValues(consumer, 3)

    const { clients, clientCount, silentClientCount } = await other.metrics()
    expect({ clientCount, silentClientCount }).toEqual({ clientCount: 2, silentClientCount: 0 })
    const told = { threadId, ageMs: 0 }
    expect(clients.toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      {
        ...told,
        kind: 'consumer',
        clientId: 'reader',
        groupId: 'billing',
        metrics: expect.any(Object) as object,
      },
      { ...told, kind: 'producer', clientId, groupId: null, metrics: expect.any(Object) as object },
    ])
    expect(totals(clients)).toEqual({ reader: 3, [clientId]: 3 })
    expect(Object.keys(find(clients, 'reader').metrics)).toEqual(Object.keys(consumer.metrics()))
    expect(Object.keys(find(clients, clientId).metrics)).toEqual(Object.keys(producer.metrics()))

    await producer.close()
    expect(totals((await rig.broker.metrics()).clients)).toEqual({ reader: 3 })
    await killClient(other)
    await expect.poll(async () => (await rig.broker.metrics()).clientCount).toBe(1)
    expect((await rig.broker.metrics()).clients).toEqual([])
  })

  test('asks clients themselves: what a subclass makes of metrics() is not called', async () => {
    class Odd extends Producer {
      override metrics(): never {
        throw new Error('not called')
      }
    }
    const rig = await Rig.start(transport)
    const producer = new Odd(rig.broker, { clientId: 'odd' })
    await producer.send({ topic: rig.topic, value: 'a' })
    expect(totals((await rig.broker.metrics()).clients)).toEqual({ odd: 1 })
  })

  test('says how far each group is, and counts its rebalances', async () => {
    const rig = await Rig.start(transport, { partitions: 2 })
    const config = { groupId: 'billing', clientId: 'reader' }
    const consumer = new Consumer(rig.broker, config)
    await consumer.subscribe([rig.topic])
    const producer = rig.producer()
    for (const value of 'abcd') producer.write({ topic: rig.topic, partition: 0, value })
    await producer.flush()
    await pollValues(consumer, 4)
    await consumer.commit([{ ...rig.at(0), offset: 1 }])
    const rebalances = eventsOf('ringlog:rebalance')
    const second = new Consumer(rig.broker, { ...config, clientId: 'second' })
    await second.subscribe([rig.topic])
    await expect
      .poll(async () => {
        await Promise.all([consumer, second].map((one) => one.poll({ timeoutMs: 0 })))
        return rebalances.length
      })
      .toBe(1)
    const [group, ...others] = (await rig.broker.metrics()).groups
    expect(others).toEqual([])
    const described = await rig.broker.describeGroup('billing')
    expect(group).toEqual({
      groupId: 'billing',
      state: 'stable',
      epoch: described.epoch,
      memberCount: 2,
      rebalancesTotal: 2,
      rebalanceMsTotal: expect.any(Number) as number,
      partitions: described.partitions.map(({ topic, partition, clientId, committed, lag }) => {
        return { topic, partition, clientId, committed, lag }
      }),
    })
    const owners = new Set(group!.partitions.map(({ clientId }) => clientId))
    expect(owners).toEqual(new Set(['reader', 'second']))
  })

  test('says who holds a full ring, for as long as appends wait for it', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const reader = await rig.consumer({ clientId: 'slow' })
    const producer = rig.producer()
    const partition = async (): Promise<object> =>
      (await rig.broker.metrics()).topics[0]!.partitions[0]!
    expect(await partition()).toMatchObject({ isBlocked: false, holder: null })
    for (let i = 0; i < 100; i++) producer.write({ topic: rig.topic, value: kibibyte })
    const flushed = producer.flush()
    await expect.poll(partition).toMatchObject({
      isBlocked: true,
      holder: { groupId: null, clientId: 'slow', offset: 0, hasLiveMembers: true },
    })
    await pollValues(reader, 100)
    await flushed
    expect(await partition()).toMatchObject({ isBlocked: false, holder: null })
  })
})

describe('metrics() of a broker, with clients in other threads', () => {
  test('tells of them, of one that blocks what it told last, and of one that was killed nothing', async () => {
    const broker = await startBroker()
    await broker.createTopic('orders')
    const url = new URL('./metered-clients.worker.ts', import.meta.url)
    const [thread, blocked] = [0, 1].map(() => new Worker(url, { workerData: broker.address }))
    onTestFinished(
      async () => void (await Promise.all([thread, blocked].map((t) => t!.terminate()))),
    )
    await Promise.all([once(thread!, 'message'), once(blocked!, 'message')])

    const { clients, silentClientCount } = await broker.metrics()
    expect(silentClientCount).toBe(0)
    const told = ({ threadId: id }: Worker): unknown[] =>
      clients
        .filter((client) => client.threadId === id)
        .map(({ kind, groupId, ageMs }) => ({ kind, groupId, ageMs }))
    for (const worker of [thread!, blocked!]) {
      expect(told(worker)).toEqual([
        { kind: 'producer', groupId: null, ageMs: 0 },
        { kind: 'consumer', groupId: 'readers', ageMs: 0 },
      ])
    }

    blocked!.postMessage('block')
    await once(blocked!, 'message')
    const later = await broker.metrics()
    expect(later).toMatchObject({ clientCount: 3, silentClientCount: 1 })
    expect(later.clients.filter(({ ageMs }) => ageMs > 0).map((client) => client.threadId)).toEqual(
      [blocked!.threadId, blocked!.threadId],
    )

    await blocked!.terminate()
    await expect.poll(async () => (await broker.metrics()).clientCount).toBe(2)
    const left = (await broker.metrics()).clients
    expect(left.map((client) => client.threadId)).toEqual([thread!.threadId, thread!.threadId])
  })
})

function find(clients: readonly ClientMetrics[], clientId: string): ClientMetrics {
  return clients.find((client) => client.clientId === clientId)!
}

/** How many records each has sent or consumed. */
function totals(clients: readonly ClientMetrics[]): Record<string, number> {
  return Object.fromEntries(
    clients.map((client) => [
      client.clientId,
      client.kind === 'producer'
        ? client.metrics.recordSendTotal
        : client.kind === 'consumer'
          ? client.metrics.recordsConsumedTotal
          : client.metrics.handledRecords,
    ]),
  )
}
