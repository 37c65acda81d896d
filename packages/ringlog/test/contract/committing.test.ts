import { type ConsumerConfig } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { GROUP_TRANSPORTS, GROUP, article } from './group-rig.ts'
import { pollRecords } from './rig.ts'

const grouped = (config: ConsumerConfig = {}): ConsumerConfig => ({ groupId: GROUP, ...config })
const manual = grouped({ autoCommit: false })

const REFUSED = { code: 'INVALID_REQUEST' }
/** What is no offset, or no metadata. */
const BAD = [
  { offset: -1 },
  { offset: 1.5 },
  { offset: '2' },
  {},
  { offset: 1, metadata: 7 },
  { offset: 1, metadata: 'm'.repeat(4097) },
]

describe.each(GROUP_TRANSPORTS)('committing what came by %s', (transport) => {
  test('commit marks everything handed out so far; without one nothing is marked', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer(grouped({ autoCommit: false, maxPollRecords: 3 }))
    expect(await consumer.committed(rig.at(0))).toBeNull()
    await consumer.commit() // nothing was handed out
    expect(await consumer.committed(rig.at(0))).toBeNull()
    await consumer.poll()
    expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({
      currentOffset: 2,
      position: 3,
      committedOffset: -1,
      committed: null,
      lag: 4,
    })
    await consumer.commit()
    expect(await consumer.committed(rig.at(0))).toBe(3)
    await consumer.poll()
    await consumer.poll({ timeoutMs: 0 })
    expect(await consumer.committed(rig.at(0))).toBe(3)
    consumer.commitSync()
    expect(await consumer.committed(rig.at(0))).toBe(4)
  })

  test('a commit may name offsets, ahead or back, and any partition that is assigned', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer(manual, [0, 1])
    await consumer.commit([
      { ...rig.at(0), offset: 4 },
      { ...rig.at(1), offset: 1 },
    ])
    expect(await consumer.committed(rig.at(0))).toBe(4)
    expect(await consumer.committed(rig.at(1))).toBe(1)
    await consumer.commit([{ ...rig.at(0), offset: 0 }])
    expect(await consumer.committed(rig.at(0))).toBe(0)
    expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({
      committedOffset: -1,
      committed: 0,
    })
    expect(await consumer.committed(rig.at(2))).toBeNull()
    await expect(consumer.committed(rig.at(3))).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  })

  test('an offset that is none is refused, and nothing is committed', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer(manual, [0, 1])
    for (const one of BAD) {
      const offsets = [{ ...rig.at(1), offset: 1 }, { ...rig.at(0), ...one } as never]
      await expect(consumer.commit(offsets)).rejects.toMatchObject(REFUSED)
    }
    expect(await consumer.committed(rig.at(0))).toBeNull()
    expect(await consumer.committed(rig.at(1))).toBeNull()
  })

  test('an offset past the end is refused, and nothing is committed', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer(manual, [0, 1])
    const offsets = [
      { ...rig.at(1), offset: 1 },
      { ...rig.at(0), offset: 5 }, // the log ends at 4
    ]
    await expect(consumer.commit(offsets)).rejects.toMatchObject(REFUSED)
    expect(() => consumer.commitSync(offsets)).toThrow(expect.objectContaining(REFUSED))
    expect(await consumer.committed(rig.at(0))).toBeNull()
    expect(await consumer.committed(rig.at(1))).toBeNull()
  })

  test('commitSync does the same, and refuses the same', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer(manual, [0, 1])
    for (const one of BAD) {
      const offsets = [{ ...rig.at(1), offset: 1 }, { ...rig.at(0), ...one } as never]
      expect(() => consumer.commitSync(offsets)).toThrow(expect.objectContaining(REFUSED))
    }
    expect(await consumer.committed(rig.at(1))).toBeNull()
    consumer.commitSync([{ ...rig.at(0), offset: 4, metadata: 'four' }])
    expect(await consumer.committed(rig.at(0))).toBe(4)
    expect((await rig.broker.describeGroup(GROUP)).partitions[0]!.metadata).toBe('four')
    consumer.commitSync([{ ...rig.at(0), offset: 0 }])
    expect(await consumer.committed(rig.at(0))).toBe(0)
  })

  test('a commit of what is not assigned, or no list, is refused, and nothing is committed', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer(manual, [0])
    await expect(
      consumer.commit([
        { ...rig.at(0), offset: 1 },
        { ...rig.at(1), offset: 1 },
      ]),
    ).rejects.toMatchObject({ code: 'INVALID_STATE', details: { ...rig.at(1) } })
    await expect(consumer.commit(3 as never)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    expect(await consumer.committed(rig.at(0))).toBeNull()
    await consumer.commit([])
    expect(await consumer.committed(rig.at(0))).toBeNull()
  })

  test('without a groupId there is nothing to commit to', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer()
    const refused = { code: 'INVALID_GROUP_ID' }
    await expect(consumer.commit()).rejects.toMatchObject(refused)
    await expect(consumer.committed(rig.at(0))).rejects.toMatchObject(refused)
    expect(() => consumer.commitSync()).toThrow(expect.objectContaining(refused))
    await expect(consumer.subscribe([rig.topic])).rejects.toMatchObject(refused)
    await consumer.poll()
  })

  test('a closed consumer commits no more', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer(manual)
    await pollRecords(consumer, 4)
    await consumer.close()
    const closed = { code: 'CONSUMER_CLOSED' }
    await expect(consumer.commit()).rejects.toMatchObject(closed)
    await expect(consumer.committed(rig.at(0))).rejects.toMatchObject(closed)
    expect(() => consumer.commitSync()).toThrow(expect.objectContaining(closed))
    expect((await rig.broker.offsets(rig.topic, GROUP))[0]).toMatchObject({ committed: null })
  })

  test('what is aborted before it begins rejects with the reason, and commits nothing', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer(manual)
    await pollRecords(consumer, 4)
    const reason = new Error('enough')
    const signal = AbortSignal.abort(reason)
    await expect(consumer.commit(undefined, { signal })).rejects.toBe(reason)
    await expect(consumer.committed(rig.at(0), { signal })).rejects.toBe(reason)
    expect(await consumer.committed(rig.at(0))).toBeNull()
  })

  test('metadata is kept beside its commit, until the next', async () => {
    const rig = await article(transport)
    const consumer = await rig.consumer(manual)
    const metadata = async (): Promise<string> =>
      (await rig.broker.describeGroup(GROUP)).partitions[0]!.metadata
    await consumer.commit([{ ...rig.at(0), offset: 2, metadata: 'two' }])
    expect(await metadata()).toBe('two')
    await consumer.commit([{ ...rig.at(0), offset: 3 }])
    expect(await metadata()).toBe('')
    await consumer.commit([{ ...rig.at(0), offset: 4, metadata: 'four' }])
    expect(await consumer.committed(rig.at(0))).toBe(4)
    expect(await metadata()).toBe('four')
  })
})
