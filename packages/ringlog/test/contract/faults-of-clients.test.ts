import { Consumer, connect, type RebalanceEvent, type RinglogError } from 'ringlog'
import { forceRebalance, killClient } from 'ringlog/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Rig, TRANSPORTS, eventsOf, pollRecords, startBroker } from './rig.ts'

describe.each(TRANSPORTS)('a client that is killed, by %s', (transport) => {
  test('all that was made on it fails, and nothing of it is left with the broker', async () => {
    const rig = await Rig.start(transport)
    const client = await connect()
    const producer = rig.producer({}, client)
    const consumer = new Consumer(client)
    await consumer.assign([rig.at(0)])
    await producer.send({ topic: rig.topic, value: 'acknowledged' })
    producer.write({ topic: rig.topic, value: 'buffered' })
    // What the partition's worker has by now, it may have appended and answered.
    const lost = producer.flush().catch((error: unknown) => error)
    const polling = consumer
      .poll()
      .then(() => consumer.poll())
      .catch((error: unknown) => error)
    await killClient(client)
    const closed = { code: 'BROKER_CLOSED' }
    expect([undefined, closed.code]).toContain(((await lost) as RinglogError | undefined)?.code)
    expect(await polling).toMatchObject(closed)
    await expect(producer.send({ topic: rig.topic, value: 'a' })).rejects.toMatchObject(closed)
    await expect(client.listTopics()).rejects.toMatchObject(closed)
    await client.close()
    await killClient(client)
    await expect
      .poll(async () => {
        const { clientCount, topics } = await rig.broker.metrics()
        return { clientCount, ...topics[0]!.partitions[0]! }
      })
      .toMatchObject({ clientCount: 1, producerCount: 0, readerCount: 0, gateCount: 0 })
    await rig.producer().send({ topic: rig.topic, value: 'b' })
  })

  test('its members are dead: the group gives their partitions to the others, uncommitted', async () => {
    const rig = await Rig.start(transport, { partitions: 2 })
    const client = await connect()
    const config = { groupId: 'billing', autoCommit: false }
    const [victim, heir] = [new Consumer(client, config), new Consumer(rig.broker, config)]
    await victim.subscribe([rig.topic])
    const producer = rig.producer()
    const record = { topic: rig.topic, value: 'a' }
    await Promise.all([0, 1].map((partition) => producer.send({ ...record, partition })))
    await pollRecords(victim, 2)
    await killClient(client)
    await heir.subscribe([rig.topic])
    expect(await pollRecords(heir, 2)).toHaveLength(2)
  })
})

describe('killClient', () => {
  test('refuses a broker, which ends by close', async () => {
    const broker = await startBroker()
    await expect(killClient(broker)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'killClient() takes a client from connect(): a broker ends by close()',
    })
  })
})

describe('forceRebalance', () => {
  test('makes a new round although nothing changed: members keep what they have', async () => {
    const rig = await Rig.start('shared', { partitions: 2 })
    const events = eventsOf<RebalanceEvent>('ringlog:rebalance')
    const calls: string[] = []
    const consumer = new Consumer(rig.broker, { groupId: 'billing' })
    onTestFinished(() => consumer.close())
    await consumer.subscribe([rig.topic], {
      onPartitionsAssigned: () => void calls.push('assigned'),
      onPartitionsRevoked: () => void calls.push('revoked'),
    })
    await consumer.poll({ timeoutMs: 0 })
    const { epoch } = await rig.broker.describeGroup('billing')
    await forceRebalance(await connect(), 'billing')
    await expect
      // Of the round in which it joined, it may be told later.
      .poll(() => events.filter(({ reasons }) => reasons.includes('enforced')))
      .toMatchObject([
        { groupId: 'billing', reasons: ['enforced'], moves: [], groupEpoch: epoch + 1 },
      ])
    await consumer.poll({ timeoutMs: 0 })
    expect(calls).toEqual(['assigned'])
    expect(await rig.broker.describeGroup('billing')).toMatchObject({
      state: 'stable',
      epoch: epoch + 1,
    })
  })

  test('refuses a group that there is not, that has no members, or whose id is none', async () => {
    const rig = await Rig.start('shared')
    await expect(forceRebalance(rig.broker, 'billing')).rejects.toMatchObject({
      code: 'GROUP_ID_NOT_FOUND',
    })
    await expect(forceRebalance(rig.broker, '')).rejects.toMatchObject({ code: 'INVALID_GROUP_ID' })
    await rig.consumer({ groupId: 'assigning' })
    await expect(forceRebalance(rig.broker, 'assigning')).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'group assigning has no members to rebalance',
    })
  })
})
