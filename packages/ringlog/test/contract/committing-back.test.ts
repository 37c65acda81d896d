import { Consumer, type ConsumerConfig } from 'ringlog'
import { describe, expect, test } from 'vitest'
import {
  GROUP,
  GROUP_TRANSPORTS,
  Member,
  SMALL_RING_BYTES,
  kibibyte,
  pollUntil,
  produce,
} from './group-rig.ts'
import { Rig, pollRecords } from './rig.ts'

const grouped = (config: ConsumerConfig = {}): ConsumerConfig => ({ groupId: GROUP, ...config })

async function send(rig: Rig, count: number): Promise<void> {
  const producer = rig.producer({ batchSizeBytes: 1024 })
  for (let i = 0; i < count; i++) await producer.send({ topic: rig.topic, value: kibibyte })
  await producer.close()
}

async function committed(rig: Rig): Promise<number | null> {
  return (await rig.broker.offsets(rig.topic, GROUP))[0]!.committed
}

describe.each(GROUP_TRANSPORTS)('a commit, by %s, goes back', (transport) => {
  const start = (): Promise<Rig> => Rig.start(transport, { ringBytes: SMALL_RING_BYTES })

  test('by naming the offset, not by closing: what a loop has said it has done stays so', async () => {
    const rig = await start()
    await send(rig, 5)
    const consumer = new Consumer(rig.broker, grouped({ autoOffsetReset: 'latest' }))
    await consumer.subscribe([rig.topic])
    await consumer.seekToBeginning()
    let seen = 0
    for await (const { offset } of consumer) {
      await consumer.commit([{ ...rig.at(0), offset: offset + 1 }])
      if (++seen === 5) break
    }
    expect(await committed(rig)).toBe(5)
    await send(rig, 50) // the ring has passed what was done
    await consumer.close()
    expect(await committed(rig)).toBe(5)
    const next = new Consumer(rig.broker, grouped({ autoOffsetReset: 'latest' }))
    await next.subscribe([rig.topic])
    expect((await pollRecords(next, 50)).map(({ offset }) => offset)[0]).toBe(5)
  })

  test.each(['poll', 'close', 'unsubscribe', 'iterate', 'commit()', 'listener'] as const)(
    'by naming the offset, not by a seek and then %s',
    async (how) => {
      const rig = await start()
      await send(rig, 10)
      const a = await Member.of(rig, 'a', { maxPollRecords: 4 })
      await pollUntil([a], () => a.values.length === 10)
      await a.poll(1)
      expect(await committed(rig)).toBe(10)
      const { consumer } = a
      if (how === 'listener') a.whileRevoked = () => consumer.seek(rig.at(0), 3)
      else consumer.seek(rig.at(0), 3)
      if (how === 'poll') for (let i = 0; i < 2; i++) await a.poll(1)
      else if (how === 'commit()') await consumer.commit()
      else if (how === 'iterate') {
        for await (const { offset } of consumer) if (offset === 5) break
        await consumer.close()
      } else if (how === 'close') await consumer.close()
      else await consumer.unsubscribe()
      expect(await committed(rig)).toBe(10)
      if (how !== 'commit()') return
      await consumer.commit([{ ...rig.at(0), offset: 3 }])
      expect(await committed(rig)).toBe(3)
    },
  )

  test('and what the ring has passed by then is taken up at its start, also with "latest"', async () => {
    const rig = await start()
    const first = await rig.consumer(grouped({ autoCommit: false }))
    await send(rig, 10)
    await pollRecords(first, 10)
    await first.commit()
    await send(rig, 55)
    await first.commit([{ ...rig.at(0), offset: 1 }])
    await first.close()
    const [{ logStartOffset } = { logStartOffset: 0 }] = await rig.broker.offsets(rig.topic)
    expect(logStartOffset).toBeGreaterThan(1)
    for (const how of ['assign', 'subscribe'] as const) {
      const next = new Consumer(
        rig.broker,
        grouped({ autoOffsetReset: 'latest', autoCommit: false }),
      )
      if (how === 'assign') await next.assign([rig.at(0)])
      else await next.subscribe([rig.topic])
      expect((await pollRecords(next, 1))[0]!.offset).toBe(logStartOffset)
      await next.close()
    }
    await rig.broker.deleteRecords(rig.at(0), logStartOffset + 5)
    const later = new Consumer(
      rig.broker,
      grouped({ autoOffsetReset: 'latest', autoCommit: false }),
    )
    await later.subscribe([rig.topic])
    expect((await pollRecords(later, 1))[0]!.offset).toBe(logStartOffset + 5)
    await later.close()
    const strict = new Consumer(rig.broker, grouped({ autoOffsetReset: 'none', autoCommit: false }))
    await strict.assign([rig.at(0)])
    await expect(strict.poll()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    await strict.close()
  })

  test('what the listener sought before it let go is committed', async () => {
    const rig = await start()
    await send(rig, 10)
    const a = await Member.of(rig, 'a', { maxPollRecords: 4 })
    await a.poll()
    a.whileRevoked = () => a.consumer.seek(rig.at(0), 7) // the rest of them is of no use
    await a.consumer.close()
    expect(await committed(rig)).toBe(7)
  })
})

describe.each(GROUP_TRANSPORTS)('a commit, by %s, of what a member has given up', (transport) => {
  test('is refused with all that is named with it, and what commits by itself passes it over', async () => {
    const rig = await Rig.start(transport, { partitions: 2 })
    await produce(rig, 4)
    const a = await Member.of(rig, 'a')
    await pollUntil([a], () => a.values.length === 4)
    const b = await Member.of(rig, 'b')
    await pollUntil([a, b], () => b.assignment.length === 1)
    const [kept] = a.consumer.assignment()
    const [gone] = b.consumer.assignment()
    await expect(
      a.consumer.commit([
        { ...kept!, offset: 1 },
        { ...gone!, offset: 1 },
      ]),
    ).rejects.toMatchObject({ code: 'INVALID_STATE', details: gone })
    await a.poll(1)
    await a.consumer.commit()
    const offsets = await rig.broker.offsets(rig.topic, GROUP)
    expect(offsets.map((of) => of.committed)).toEqual([2, 2])
  })
})

describe.each(GROUP_TRANSPORTS)('a commit, by %s, of a member that was put out', (transport) => {
  test('is refused, also once its poll has said so', async () => {
    const rig = await Rig.start(transport)
    await rig.producer().send({ topic: rig.topic, value: 'x' })
    const a = new Member(rig, 'a', { groupInstanceId: 'only', autoCommit: false })
    const inLost: unknown[] = []
    await a.consumer.subscribe([rig.topic], {
      onPartitionsLost: async () => {
        inLost.push(await a.consumer.commit().catch((error: unknown) => error))
      },
    })
    await pollUntil([a], () => a.values.length === 1)
    await Member.of(rig, 'b', { groupInstanceId: 'only' })
    const fenced = { code: 'FENCED_MEMBER_EPOCH', errorCode: 110 }
    await expect(a.poll(1_000)).rejects.toMatchObject(fenced)
    expect(inLost).toMatchObject([fenced])
    await expect(a.consumer.commit()).rejects.toMatchObject(fenced)
    await expect(a.consumer.commit([{ ...rig.at(0), offset: 1 }])).rejects.toMatchObject(fenced)
    expect(() => a.consumer.commitSync()).toThrow(expect.objectContaining(fenced))
    await a.consumer.unsubscribe()
    await a.consumer.commit() // it is nobody's member any more
  })
})
