import { Consumer } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { GROUP_TRANSPORTS, GROUP, Member, names, pollUntil, produce } from './group-rig.ts'
import { Rig } from './rig.ts'

describe.each(GROUP_TRANSPORTS)('what a group subscribes to, by %s', (transport) => {
  const start = (partitions = 4): Promise<Rig> => Rig.start(transport, { partitions })

  test('takes up topics by name when they are created, and partitions when they are added', async () => {
    const rig = await start(1)
    const a = new Member(rig, 'a')
    await a.consumer.subscribe(['later', rig.topic], a)
    expect(a.assignment).toEqual(['orders-0'])
    await rig.broker.createTopic('later', { partitions: 2 })
    await pollUntil([a], () => a.assignment.length === 3)
    await rig.broker.createPartitions(rig.topic, 3)
    await pollUntil([a], () => a.assignment.length === 5)
    expect(a.assignment).toEqual(['later-0', 'later-1', 'orders-0', 'orders-1', 'orders-2'])
    const producer = rig.producer()
    for (let partition = 0; partition < 3; partition++) {
      await producer.send({ topic: rig.topic, partition, value: `p${partition}` })
    }
    await pollUntil([a], () => a.values.length === 3)
  })

  test('takes up all topics that a pattern finds, and lets go of what is deleted', async () => {
    const rig = await Rig.start(transport, {}, 'orders.eu')
    await rig.broker.createTopic('other')
    const a = new Member(rig, 'a')
    await a.consumer.subscribe(/^orders\./, a)
    expect(a.assignment).toEqual(['orders.eu-0'])
    await rig.broker.createTopic('orders.us')
    await rig.broker.createTopic('more.orders.')
    await pollUntil([a], () => a.assignment.length === 2)
    expect(a.assignment).toEqual(['orders.eu-0', 'orders.us-0'])
    await rig.broker.deleteTopic('orders.eu')
    await pollUntil([a], () => a.assignment.length === 1)
    expect(a.told).toEqual(['assigned orders.eu-0', 'assigned orders.us-0', 'revoked orders.eu-0'])
    await rig.broker.createTopic('orders.eu')
    await pollUntil([a], () => a.assignment.length === 2)
    await rig.producer().send({ topic: 'orders.eu', value: 'anew' })
    await pollUntil([a], () => a.values.length === 1)
  })

  test('follows a member that subscribes to something else, and one that unsubscribes', async () => {
    const rig = await start(2)
    await rig.broker.createTopic('other')
    const a = await Member.of(rig, 'a')
    await a.consumer.subscribe(['other'], a)
    expect(a.assignment).toEqual(['other-0'])
    expect(a.told).toEqual([
      'assigned orders-0,orders-1',
      'revoked orders-0,orders-1',
      'assigned other-0',
    ])
    await a.consumer.unsubscribe()
    expect(a.assignment).toEqual([])
    expect(a.told.at(-1)).toBe('revoked other-0')
    await expect(a.consumer.poll()).rejects.toMatchObject({ code: 'INVALID_STATE' })
    expect((await rig.broker.describeGroup(GROUP)).state).toBe('empty')
    await a.consumer.assign([rig.at(1)])
    expect(a.assignment).toEqual(['orders-1'])
    await a.consumer.unsubscribe()
    await a.consumer.subscribe([rig.topic], a)
    expect(a.assignment).toEqual(['orders-0', 'orders-1'])
    await a.consumer.subscribe([]) // as unsubscribe
    expect(a.assignment).toEqual([])
  })

  test('gives its partitions to members or to those who assign them, not to both', async () => {
    const rig = await start(2)
    const manual = new Consumer(rig.broker, { groupId: GROUP })
    await manual.assign([rig.at(0)])
    await expect(manual.subscribe([rig.topic])).rejects.toMatchObject({ code: 'INVALID_STATE' })
    const a = await Member.of(rig, 'a')
    expect(a.assignment).toEqual(['orders-0', 'orders-1'])
    await produce(rig, 2)
    await manual.poll()
    await expect(manual.commit()).rejects.toMatchObject({ code: 'STALE_MEMBER_EPOCH' })
    await expect(a.consumer.assign([rig.at(0)])).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await manual.assign([])
    await expect(manual.assign([rig.at(0)])).rejects.toMatchObject({
      code: 'UNKNOWN_MEMBER_ID',
      details: { groupId: GROUP },
    })
    await a.consumer.close()
    await manual.assign([rig.at(0)])
    await manual.close()
  })

  test('has nothing to start from with "none" where nothing is committed', async () => {
    const rig = await start(2)
    await produce(rig, 4)
    const strict = new Consumer(rig.broker, { groupId: GROUP, autoOffsetReset: 'none' })
    await expect(strict.subscribe([rig.topic])).rejects.toMatchObject({
      code: 'NO_OFFSET_FOR_PARTITION',
    })
    expect(names(strict.assignment())).toEqual(['orders-0', 'orders-1'])
    await expect(strict.poll()).rejects.toMatchObject({ code: 'NO_OFFSET_FOR_PARTITION' })
    strict.seek(rig.at(0), 0)
    strict.seek(rig.at(1), 1)
    let count = 0
    while (count < 3) count += (await strict.poll()).count
    await strict.close()
    const next = new Consumer(rig.broker, { groupId: GROUP, autoOffsetReset: 'none' })
    await next.subscribe([rig.topic])
    expect(next.position(rig.at(0))).toBe(2)
    await next.close()
  })

  test('delivers what is appended after subscribe, with "latest"', async () => {
    const rig = await start(2)
    await produce(rig, 4, 'before-')
    const a = await Member.of(rig, 'a', { autoOffsetReset: 'latest' })
    await produce(rig, 4, 'after-')
    await pollUntil([a], () => a.values.length >= 4)
    expect(a.values.sort()).toEqual(['after-0', 'after-1', 'after-2', 'after-3'])
  })
})
