import { describe, expect, test } from 'vitest'
import { GROUP_TRANSPORTS, GROUP, Member, pollUntil, produce } from './group-rig.ts'
import { Rig, isSettled, logOf } from './rig.ts'

describe.each(GROUP_TRANSPORTS)('a consumer group, of what came by %s', (transport) => {
  const start = (partitions = 4): Promise<Rig> => Rig.start(transport, { partitions })

  test('of one member has all partitions, positions fixed, when subscribe resolves', async () => {
    const rig = await start()
    await produce(rig, 8)
    const a = await Member.of(rig, 'a')
    expect(a.assignment).toEqual(['orders-0', 'orders-1', 'orders-2', 'orders-3'])
    expect(a.told).toEqual(['assigned orders-0,orders-1,orders-2,orders-3'])
    expect([0, 1, 2, 3].map((p) => a.consumer.position(rig.at(p)))).toEqual([0, 0, 0, 0])
    await pollUntil([a], () => a.values.length === 8)
    await a.consumer.close()
    expect(a.told.at(-1)).toBe('revoked orders-0,orders-1,orders-2,orders-3')
    const offsets = await rig.broker.offsets(rig.topic, GROUP)
    expect(offsets.map(({ committed, lag }) => [committed, lag])).toEqual(
      [0, 1, 2, 3].map(() => [2, 0]),
    )
  })

  test('divides the partitions anew when a member joins, and when one leaves', async () => {
    const rig = await start()
    const a = await Member.of(rig, 'a')
    const b = await Member.of(rig, 'b')
    expect(b.assignment).toEqual([]) // what a still holds comes later
    await pollUntil([a, b], () => a.assignment.length === 2 && b.assignment.length === 2)
    expect([...a.assignment, ...b.assignment].sort()).toEqual([
      'orders-0',
      'orders-1',
      'orders-2',
      'orders-3',
    ])
    // What a keeps it is told nothing of.
    expect(a.told).toEqual([
      'assigned orders-0,orders-1,orders-2,orders-3',
      `revoked ${b.assignment.join()}`,
    ])
    // What comes from two partition workers may come one after the other.
    expect(b.toldOf('assigned')).toEqual(b.assignment)
    expect(b.toldOf('revoked')).toEqual([])
    await a.consumer.close()
    await pollUntil([b], () => b.assignment.length === 4)
  })

  test('loses nothing, and gives nothing twice, while members come and go', async () => {
    const rig = await start()
    const producer = rig.producer()
    let sent = 0
    const send = (count: number): void => {
      for (let i = 0; i < count; i++) producer.write({ topic: rig.topic, value: String(sent++) })
    }
    const members = [await Member.of(rig, 'a', { maxPollRecords: 7 })]
    const all = [...members]
    for (let round = 0; round < 6; round++) {
      send(200)
      if (round % 3 === 2) await members.shift()!.consumer.close()
      else members.push(await Member.of(rig, `m${round}`, { maxPollRecords: 7 }))
      all.push(...members.filter((member) => !all.includes(member)))
      for (let i = 0; i < 10; i++) for (const member of members) await member.poll(0)
    }
    await producer.flush()
    const values = (): string[] => all.flatMap((member) => member.values)
    await pollUntil(members, () => values().length >= sent)
    expect(
      values()
        .map(Number)
        .sort((x, y) => x - y),
    ).toEqual(Array.from({ length: sent }, (_, i) => i))
  })

  test('commits by itself what a member has handed out, before it gives a partition up', async () => {
    const rig = await start(2)
    await produce(rig, 20)
    const a = await Member.of(rig, 'a', { autoCommitIntervalMs: 60_000 })
    await pollUntil([a], () => a.values.length === 20)
    const b = await Member.of(rig, 'b')
    await pollUntil([a, b], () => b.assignment.length === 1)
    expect(b.consumer.position(b.consumer.assignment()[0]!)).toBe(10)
  })

  test('wakes members that wait in a poll, to give up and to take partitions', async () => {
    const rig = await start(2)
    const a = await Member.of(rig, 'a')
    const waiting = a.poll(60_000)
    const b = await Member.of(rig, 'b')
    const also = b.poll(60_000)
    // The coordinator of a cluster says so before the member has opened what it was given.
    const isOpen = (): boolean => logOf(transport) !== 'on a cluster' || b.assignment.length > 0
    const isStable = async (): Promise<boolean> =>
      (await rig.broker.describeGroup(GROUP)).state === 'stable' && isOpen()
    while (!(await isStable())) await isSettled(also)
    expect([a.assignment.length, b.assignment.length]).toEqual([1, 1])
    await produce(rig, 2)
    expect(await waiting).toBe(1)
    expect(await also).toBe(1)
  })

  test('has members that only block: pollSync gives up and takes partitions between turns', async () => {
    const rig = await start(4)
    const a = await Member.of(rig, 'a')
    const b = await Member.of(rig, 'b')
    await produce(rig, 100)
    const values: string[] = []
    const step = async (member: Member): Promise<void> => {
      for (const { value } of member.consumer.pollSync({ timeoutMs: 1 })) values.push(String(value))
      member.consumer.commitSync()
      await new Promise((resolve) => setImmediate(resolve))
    }
    const untilMs = performance.now() + 10_000
    while (values.length < 100 && performance.now() < untilMs) {
      await step(a)
      await step(b)
    }
    expect([a.assignment.length, b.assignment.length]).toEqual([2, 2])
    expect(values.map(Number).sort((x, y) => x - y)).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    )
    await a.consumer.close()
    while (b.assignment.length < 4 && performance.now() < untilMs) await step(b)
    expect(b.assignment).toHaveLength(4)
  })

  test('is not there for a member that has no partitions: it waits, and is closed with the broker', async () => {
    const rig = await start(1)
    await Member.of(rig, 'a')
    const b = await Member.of(rig, 'b')
    expect(await b.poll(5)).toBe(0)
    const waiting = b.poll(60_000)
    expect(await isSettled(waiting)).toBe(false)
    const closed = expect(waiting).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
    await rig.broker.close()
    await closed
  })

  test('iterates: a partition is let go between two records', async () => {
    const rig = await start(2)
    await produce(rig, 400)
    const a = await Member.of(rig, 'a')
    const seen: number[] = []
    let b: Member | null = null
    for await (const { value } of a.consumer) {
      seen.push(Number(value))
      if (seen.length === 10) b = await Member.of(rig, 'b')
      if (seen.length > 10) await b!.poll(1)
      if (seen.length + (b?.values.length ?? 0) === 400) break
    }
    expect(a.assignment).toHaveLength(1)
    const values = [...seen, ...b!.values.map(Number)]
    expect(values.sort((x, y) => x - y)).toEqual(Array.from({ length: 400 }, (_, i) => i))
  })
})
