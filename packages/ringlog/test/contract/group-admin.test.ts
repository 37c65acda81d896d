import { Consumer, type ResetTarget, type TopicPartition } from 'ringlog'
import { channel } from 'node:diagnostics_channel'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GROUP_TRANSPORTS, GROUP, Member, pollUntil } from './group-rig.ts'
import { Rig, pollRecords } from './rig.ts'

describe.each(GROUP_TRANSPORTS)('managing groups, by %s', (transport) => {
  /** Two partitions of five records each, with timestamps 0 … 4; the group has read all. */
  async function read(): Promise<Rig> {
    const rig = await Rig.start(transport, { partitions: 2 })
    const producer = rig.producer()
    for (let i = 0; i < 10; i++) {
      await producer.send({ topic: rig.topic, value: `${i}`, partition: i % 2, timestamp: i >> 1 })
    }
    const consumer = new Consumer(rig.broker, { groupId: GROUP, clientId: 'reader' })
    await consumer.subscribe([rig.topic])
    await pollRecords(consumer, 10)
    await consumer.close()
    return rig
  }

  test('lists and describes them, with members, offsets and lag', async () => {
    const rig = await read()
    const a = await Member.of(rig, 'a', { groupId: 'audit', autoCommit: false })
    await a.poll(0)
    await a.consumer.commit([{ ...rig.at(0), offset: 2, metadata: 'half' }])
    const assigned = new Consumer(rig.broker, { groupId: 'manual', clientId: 'hand' })
    await assigned.assign([rig.at(1)])
    expect(await rig.broker.listGroups()).toEqual(['audit', GROUP, 'manual'])
    expect(await rig.broker.describeGroup(GROUP)).toEqual({
      groupId: GROUP,
      state: 'empty',
      epoch: expect.any(Number) as number,
      assignor: 'sticky',
      members: [],
      partitions: [0, 1].map((partition) => ({
        topic: rig.topic,
        partition,
        memberId: null,
        clientId: null,
        committed: 5,
        metadata: '',
        position: 5,
        logStartOffset: 0,
        endOffset: 5,
        lag: 0,
      })),
    })
    const audit = await rig.broker.describeGroup('audit')
    const [member] = audit.members
    expect(audit).toMatchObject({
      state: 'stable',
      epoch: 1,
      members: [
        {
          instanceId: null,
          clientId: 'a',
          epoch: 1,
          isLive: true,
          topics: [rig.topic],
          assignment: [rig.at(0), rig.at(1)],
          target: [rig.at(0), rig.at(1)],
        },
      ],
      partitions: [
        { memberId: member!.memberId, clientId: 'a', committed: 2, metadata: 'half', lag: 3 },
        { memberId: member!.memberId, clientId: 'a', committed: null, lag: 5 },
      ],
    })
    expect(await rig.broker.describeGroup('manual')).toMatchObject({
      state: 'empty',
      members: [],
      partitions: [{ partition: 1, clientId: 'hand', committed: null }],
    })
    await assigned.close()
  })

  test('deletes one that nobody uses, with its offsets', async () => {
    const rig = await read()
    const a = await Member.of(rig, 'a')
    const used = { code: 'NON_EMPTY_GROUP', errorCode: 68, details: { groupId: GROUP } }
    await expect(rig.broker.deleteGroup(GROUP)).rejects.toMatchObject(used)
    await a.consumer.close()
    const assigned = new Consumer(rig.broker, { groupId: GROUP })
    await assigned.assign([rig.at(0)])
    await expect(rig.broker.deleteGroup(GROUP)).rejects.toMatchObject(used)
    await assigned.close()
    await rig.broker.deleteGroup(GROUP)
    expect(await rig.broker.listGroups()).toEqual([])
    const offsets = await rig.broker.offsets(rig.topic, GROUP)
    expect(offsets.map(({ committed }) => committed)).toEqual([null, null])
    const again = await Member.of(rig, 'again')
    await pollUntil([again], () => again.values.length === 10)
  })

  test('resets offsets to an end, an offset, a time, or by so many records, within the log', async () => {
    const rig = await read()
    const only = (partition: number): TopicPartition[] => [rig.at(partition)]
    const resets: Array<[ResetTarget, number[]]> = [
      ['earliest', [0, 0]],
      ['latest', [5, 5]],
      [{ to: 'earliest', partitions: only(1) }, [5, 0]],
      [{ offset: 3 }, [3, 3]],
      [{ offset: 99 }, [5, 5]],
      [{ timestamp: 2 }, [2, 2]],
      [{ timestamp: 99 }, [5, 5]],
      [{ shift: -2, partitions: only(0) }, [3, 5]],
      [{ shift: -99 }, [0, 0]],
      [{ shift: 1 }, [5, 5]],
    ]
    for (const [to, expected] of resets) {
      await rig.broker.resetGroupOffsets(GROUP, 'latest')
      await rig.broker.resetGroupOffsets(GROUP, to)
      const offsets = await rig.broker.offsets(rig.topic, GROUP)
      expect([to, offsets.map(({ committed }) => committed)]).toEqual([to, expected])
      const a = new Consumer(rig.broker, { groupId: GROUP, autoCommit: false })
      await a.subscribe([rig.topic])
      expect([to, a.position(rig.at(0)), a.position(rig.at(1))]).toEqual([to, ...expected])
      await a.close()
    }
  })

  test('resets offsets of a partition that the group has never had', async () => {
    const rig = await read()
    await rig.broker.createTopic('more')
    await rig.broker.resetGroupOffsets(GROUP, {
      offset: 7,
      partitions: [{ topic: 'more', partition: 0 }],
    })
    expect((await rig.broker.offsets('more', GROUP))[0]).toMatchObject({ committed: 0 })
    expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({ committed: 5 })
  })

  test('refuses to reset to what is no target, and resets nothing', async () => {
    const rig = await read()
    for (const to of [
      undefined,
      null,
      'beginning',
      {},
      { offset: 1, shift: 1 },
      { datetime: 7 },
      { to: 'middle' },
      { offset: -1 },
      { shift: 0.5 },
      { timestamp: '2026' },
      { offset: 1, partitions: 'orders' },
      { offset: 1, partitions: [{ topic: 'orders' }] },
      { offset: 1, partitions: [null] },
      () => 1,
    ]) {
      await expect(rig.broker.resetGroupOffsets(GROUP, to as never)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      })
    }
    expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({ committed: 5 })
  })

  test('refuses to reset what is in use, unknown, or not there', async () => {
    const rig = await read()
    const missing = { offset: 0, partitions: [rig.at(0), rig.at(2)] }
    await expect(rig.broker.resetGroupOffsets(GROUP, missing)).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({ committed: 5 })
    await Member.of(rig, 'a')
    await expect(rig.broker.resetGroupOffsets(GROUP, 'earliest')).rejects.toMatchObject({
      code: 'NON_EMPTY_GROUP',
      errorCode: 68,
    })
    for (const call of [
      () => rig.broker.describeGroup('none'),
      () => rig.broker.deleteGroup('none'),
      () => rig.broker.resetGroupOffsets('none', 'earliest'),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND', errorCode: 69 })
    }
    const invalid = { code: 'INVALID_GROUP_ID', errorCode: 24 }
    for (const groupId of ['', 7, null, Symbol(GROUP), () => GROUP] as never[]) {
      await expect(rig.broker.describeGroup(groupId)).rejects.toMatchObject(invalid)
      await expect(rig.broker.offsets(rig.topic, groupId)).rejects.toMatchObject(invalid)
      await expect(rig.broker.deleteGroup(groupId)).rejects.toMatchObject(invalid)
      await expect(rig.broker.resetGroupOffsets(groupId, 'latest')).rejects.toMatchObject(invalid)
    }
    await expect(rig.broker.describeGroup(undefined as never)).rejects.toMatchObject(invalid)
  })

  test('tells of each rebalance on the channel ringlog:rebalance', async () => {
    const rig = await Rig.start(transport, { partitions: 2 })
    const events: unknown[] = []
    const listener = (event: unknown): void => void events.push(event)
    const rebalances = channel('ringlog:rebalance')
    rebalances.subscribe(listener)
    onTestFinished(() => {
      rebalances.unsubscribe(listener)
    })
    const a = await Member.of(rig, 'a')
    const b = await Member.of(rig, 'b')
    await pollUntil([a, b], () => a.assignment.length === 1 && b.assignment.length === 1)
    await b.consumer.close()
    await pollUntil([a], () => a.assignment.length === 2 && events.length === 3)
    expect(events).toMatchObject([
      { groupId: GROUP, groupEpoch: 1, reasons: ['join'], moves: [{ from: null }, { from: null }] },
      { groupId: GROUP, groupEpoch: 2, reasons: ['join'], moves: [{ topic: rig.topic }] },
      { groupId: GROUP, groupEpoch: 3, reasons: ['leave'], moves: [{ topic: rig.topic }] },
    ])
    const [, moved] = events as Array<{ durationMs: number; moves: Array<{ durationMs: number }> }>
    expect(moved!.durationMs).toBeGreaterThan(0)
    expect(moved!.moves[0]!.durationMs).toBeLessThanOrEqual(moved!.durationMs)
  })
})
