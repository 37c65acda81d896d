import { Consumer } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { GROUP_TRANSPORTS, GROUP, Member, names, pollUntil, produce } from './group-rig.ts'
import { Rig, isSettled } from './rig.ts'

describe.each(GROUP_TRANSPORTS)('the rebalance listener of a group, by %s', (transport) => {
  const start = (partitions = 4): Promise<Rig> => Rig.start(transport, { partitions })

  test('hands a partition over only when the listener is done, from what was committed in it', async () => {
    const rig = await start(2)
    await produce(rig, 20)
    const a = await Member.of(rig, 'a', { autoCommit: false })
    await pollUntil([a], () => a.values.length === 20)
    const { promise: held, resolve: go } = Promise.withResolvers<void>()
    a.whileRevoked = async () => {
      await held
      await a.consumer.commit(a.consumer.assignment().map((p) => ({ ...p, offset: 7 })))
    }
    const b = await Member.of(rig, 'b', { autoCommit: false })
    const polling = a.poll(10_000)
    expect(await isSettled(polling)).toBe(false)
    await b.poll(20)
    expect(b.assignment).toEqual([])
    go()
    await pollUntil([b], () => b.assignment.length === 1)
    await pollUntil([b], () => b.values.length === 3) // 7, 8, 9
    await produce(rig, 2)
    await polling
    expect(a.assignment).toHaveLength(1)
  })

  test('tells a poll what the listener has thrown, and goes on', async () => {
    const rig = await start(2)
    const a = await Member.of(rig, 'a')
    a.whileRevoked = () => {
      throw new Error('not now')
    }
    const b = await Member.of(rig, 'b')
    await expect(a.poll(10_000)).rejects.toThrow('not now')
    await pollUntil([a, b], () => b.assignment.length === 1)
    expect(a.assignment).toHaveLength(1)
    a.whileRevoked = () => undefined
  })

  test('refuses a listener that would wait for itself', async () => {
    const rig = await start(2)
    const outcomes: unknown[] = []
    const consumer = new Consumer(rig.broker, { groupId: GROUP })
    await consumer.subscribe([rig.topic], {
      onPartitionsAssigned: async () => {
        for (const call of [
          () => consumer.subscribe([rig.topic]),
          () => consumer.unsubscribe(),
          () => consumer.assign([]),
        ]) {
          outcomes.push(await call().catch((error: unknown) => error))
        }
      },
    })
    expect(outcomes).toMatchObject(Array.from({ length: 3 }, () => ({ code: 'INVALID_STATE' })))
    await consumer.close()
  })

  test('lets a listener close its consumer', async () => {
    const rig = await start(2)
    const a = await Member.of(rig, 'a')
    a.whileRevoked = () => a.consumer.close()
    const b = await Member.of(rig, 'b')
    await expect(a.poll(10_000)).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
    await pollUntil([b], () => b.assignment.length === 2)
  })

  test('is not joined with bad input, and can be joined after it', async () => {
    const rig = await start(1)
    const groups = await rig.broker.listGroups() // on a cluster those of others
    const consumer = new Consumer(rig.broker, { groupId: GROUP })
    const bad: Array<[topics: unknown, listener: unknown, code: string]> = [
      ['orders', undefined, 'INVALID_REQUEST'],
      [null, undefined, 'INVALID_REQUEST'],
      [['or/ders'], undefined, 'INVALID_TOPIC_EXCEPTION'],
      [[7], undefined, 'INVALID_TOPIC_EXCEPTION'],
      [['orders'], 7, 'INVALID_REQUEST'],
      [['orders'], { onPartitionsLost: 7 }, 'INVALID_REQUEST'],
    ]
    for (const [topics, listener, code] of bad) {
      const subscribing = consumer.subscribe(topics as never, listener as never)
      await expect(subscribing).rejects.toMatchObject({ code })
    }
    expect(await rig.broker.listGroups()).toEqual(groups)
    await consumer.subscribe([rig.topic])
    expect(names(consumer.assignment())).toEqual(['orders-0'])
    await consumer.close()
  })

  test('is not joined with an assignor that cannot be loaded', async () => {
    const rig = await start(1)
    const away = new Consumer(rig.broker, { groupId: GROUP, assignor: '/nowhere/assignor.js' })
    await expect(away.subscribe([rig.topic])).rejects.toMatchObject({ code: 'INVALID_CONFIG' })
  })
})
