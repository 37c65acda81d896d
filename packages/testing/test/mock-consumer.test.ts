import { serdes, type TopicPartition } from '@ringlog/core'
import { MockConsumer, VirtualClock } from '@ringlog/testing'
import { isSettled } from '@ringlog/test-kit'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'

const p0: TopicPartition = { topic: 't', partition: 0 }
const p1: TopicPartition = { topic: 't', partition: 1 }

async function valuesOf(consumer: MockConsumer): Promise<string[]> {
  const records = await consumer.poll({ timeoutMs: 0 })
  return Array.from(records, ({ offset, value }) => `${offset} ${String(value)}`)
}

describe('records that a test adds', () => {
  test('are handed out by poll, in order, with all that was given', async () => {
    const consumer = new MockConsumer<string | null, { n: number }>({
      keySerde: serdes.string,
      valueSerde: serdes.json<{ n: number }>(),
      clock: new VirtualClock({ wallMs: 1_000 }),
    })
    await consumer.assign([p0])
    expect(consumer.addRecord({ ...p0, key: 'k', value: { n: 1 }, headers: { h: 'x' } })).toBe(0)
    expect(consumer.addRecord({ ...p0, offset: 5, value: { n: 2 }, timestamp: 77 })).toBe(5)
    expect(consumer.addRecord({ ...p0, value: { n: 3 } })).toBe(6)
    const records = await consumer.poll()
    expect(Array.from(records, (record) => record.copy())).toEqual([
      {
        ...p0,
        offset: 0,
        timestamp: 1_000,
        key: 'k',
        value: { n: 1 },
        headers: [['h', Buffer.from('x')]],
      },
      { ...p0, offset: 5, timestamp: 77, key: null, value: { n: 2 }, headers: [] },
      { ...p0, offset: 6, timestamp: 1_000, key: null, value: { n: 3 }, headers: [] },
    ])
    expect(consumer.position(p0)).toBe(7)
    expect(consumer.currentOffset(p0)).toBe(6)
    expect(consumer.metrics().recordsConsumedTotal).toBe(3)
  })

  test('wake a poll that waits', async () => {
    const consumer = new MockConsumer()
    await consumer.assign([p0])
    const polled = consumer.poll()
    expect(await isSettled(polled)).toBe(false)
    consumer.addRecord({ ...p0, value: 'late' })
    expect((await polled).count).toBe(1)
  })

  test('are read again after a seek, rest while paused, and come one by one or as a stream', async () => {
    const consumer = new MockConsumer({ maxPollRecords: 2 })
    await consumer.assign([p0, p1])
    for (const value of ['a', 'b', 'c']) consumer.addRecord({ ...p0, value })
    expect(await valuesOf(consumer)).toEqual(['0 a', '1 b'])
    consumer.seek(p0, 1)
    expect(await valuesOf(consumer)).toEqual(['1 b', '2 c'])
    consumer.addRecord({ ...p1, value: 'other' })
    consumer.pause([p1])
    expect(await valuesOf(consumer)).toEqual([])
    consumer.resume([p1])
    for await (const { value } of consumer) {
      expect(String(value)).toBe('other')
      break
    }
    await consumer.seekToBeginning()
    const stream = consumer.toReadable()
    await once(stream, 'readable')
    expect(stream.read()).toMatchObject({ offset: 0 })
    stream.destroy()
  })

  test('must be of partitions that it has, with offsets that go up', async () => {
    const consumer = new MockConsumer({ groupId: 'g', topics: { t: { partitions: 1 } } })
    expect(() => consumer.addRecord({ ...p0, value: 'x' })).toThrow('not assigned to this consumer')
    await expect(consumer.assign([p1])).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    await expect(consumer.assign([{ topic: 'tt', partition: 0 }])).rejects.toThrow('did you mean')
    await consumer.assign([p0])
    consumer.addRecord({ ...p0, offset: 3, value: 'x' })
    expect(() => consumer.addRecord({ ...p0, offset: 3, value: 'x' })).toThrow('offsets go up')
    expect(() => consumer.addRecord({ ...p0, offset: -1, value: 'x' })).toThrow('an offset must be')
    expect(() => consumer.addRecord({ ...p0, value: 5 as never })).toThrow("a record's value must")
    expect(() => consumer.addRecord({ ...p0, values: 'x' } as never)).toThrow(
      'values is not a field',
    )
    expect(() => consumer.addRecord({ ...p0, ofset: 4, value: 'x' } as never)).toThrow('offset')
    expect(() => consumer.addRecord(undefined as never)).toThrow('must be an object')
    expect(await valuesOf(consumer)).toEqual(['3 x'])
  })
})

describe('where logs begin and end', () => {
  test('positions start by autoOffsetReset', async () => {
    const latest = new MockConsumer({ autoOffsetReset: 'latest' })
    latest.updateEndOffsets([{ ...p0, offset: 10 }])
    await latest.assign([p0])
    expect(latest.position(p0)).toBe(10)
    latest.addRecord({ ...p0, offset: 9, value: 'before' })
    latest.addRecord({ ...p0, offset: 10, value: 'after' })
    expect(await valuesOf(latest)).toEqual(['10 after'])

    const earliest = new MockConsumer()
    earliest.updateBeginningOffsets([{ ...p0, offset: 4 }])
    await earliest.assign([p0])
    expect(earliest.position(p0)).toBe(4)

    const none = new MockConsumer({ autoOffsetReset: 'none' })
    await expect(none.assign([p0])).rejects.toMatchObject({ code: 'NO_OFFSET_FOR_PARTITION' })
    none.addRecord({ ...p0, value: 'x' })
    none.seek(p0, 0)
    expect(await valuesOf(none)).toEqual(['0 x'])
  })

  test('lag, seekToEnd and the queries go by them', async () => {
    const consumer = new MockConsumer()
    await consumer.assign([p0])
    consumer.addRecord({ ...p0, value: 'x', timestamp: 50 })
    consumer.updateEndOffsets([{ ...p0, offset: 20 }])
    expect(consumer.lag(p0)).toBe(20)
    expect(await consumer.endOffsets([p0, p1])).toEqual([
      { ...p0, offset: 20 },
      { ...p1, offset: 0 },
    ])
    expect(await consumer.beginningOffsets([p0])).toEqual([{ ...p0, offset: 0 }])
    expect(
      await consumer.offsetsForTimes([
        { ...p0, timestamp: 50 },
        { ...p0, timestamp: 51 },
      ]),
    ).toEqual([{ ...p0, offset: 0 }, null])
    await consumer.seekToEnd()
    expect(consumer.position(p0)).toBe(20)
    expect(await valuesOf(consumer)).toEqual([])
    expect(() => consumer.updateEndOffsets([{ ...p0, offset: 0 }])).toThrow(
      'cannot end at 0, before 1',
    )
    const ends = [
      { ...p1, offset: 7 },
      { ...p0, offset: 0 },
    ]
    expect(() => consumer.updateEndOffsets(ends)).toThrow('cannot end at 0')
    expect(await consumer.endOffsets([p1])).toEqual([{ ...p1, offset: 0 }])
  })

  test('a position before the start is reset, and what was missed is told', async () => {
    const missed: unknown[] = []
    const consumer = new MockConsumer({ onRecordsMissed: (at, count) => missed.push(at, count) })
    await consumer.assign([p0])
    for (const value of ['a', 'b', 'c']) consumer.addRecord({ ...p0, value })
    consumer.updateBeginningOffsets([{ ...p0, offset: 2 }])
    expect(await valuesOf(consumer)).toEqual(['2 c'])
    expect(missed).toEqual([p0, 2])
    consumer.seek(p0, 99) // past the end
    expect(await valuesOf(consumer)).toEqual(['2 c'])
  })

  test('bad offsets are refused, all or none', async () => {
    const consumer = new MockConsumer({ groupId: 'g', topics: { t: {} } })
    const both = [
      { ...p0, offset: 5 },
      { ...p1, offset: 5 },
    ]
    expect(() => consumer.updateBeginningOffsets(both)).toThrow('has no partition 1')
    expect(() => consumer.updateCommittedOffsets(both)).toThrow('has no partition 1')
    expect(() => consumer.updateBeginningOffsets([{ ...p0, offset: 0.5 }])).toThrow(
      'an offset must be',
    )
    expect(() => consumer.updateBeginningOffsets({} as never)).toThrow('offsets must be an array')
    expect(await consumer.beginningOffsets([p0])).toEqual([{ ...p0, offset: 0 }])
    expect(await consumer.committed(p0)).toBeNull()
  })
})

describe('commits', () => {
  test('are kept, and where the group goes on', async () => {
    const consumer = new MockConsumer({ groupId: 'g', autoCommit: false })
    consumer.updateCommittedOffsets([{ ...p0, offset: 1 }])
    await consumer.assign([p0])
    for (const value of ['a', 'b', 'c']) consumer.addRecord({ ...p0, value })
    expect(await valuesOf(consumer)).toEqual(['1 b', '2 c'])
    await consumer.commit([{ ...p0, offset: 2, metadata: 'so far' }])
    expect(await consumer.committed(p0)).toBe(2)
    await expect(consumer.commit([{ ...p0, offset: 9 }])).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    await consumer.assign([])
    await consumer.assign([p0])
    expect(await valuesOf(consumer)).toEqual(['2 c'])
    await consumer.commit()
    expect(await consumer.committed(p0)).toBe(3)
  })

  test('are made by themselves, as the real one makes them', async () => {
    const consumer = new MockConsumer({ groupId: 'g' })
    await consumer.assign([p0])
    consumer.addRecord({ ...p0, value: 'a' })
    await consumer.poll()
    expect(await consumer.committed(p0)).toBeNull()
    await consumer.poll({ timeoutMs: 0 })
    expect(await consumer.committed(p0)).toBe(1)
    expect(() => consumer.commitSync()).toThrow(expect.objectContaining({ code: 'INVALID_STATE' }))
    expect(() => consumer.pollSync()).toThrow(expect.objectContaining({ code: 'INVALID_STATE' }))
  })

  test('need a group', () => {
    const consumer = new MockConsumer()
    const offsets = [{ ...p0, offset: 0 }]
    expect(() => consumer.updateCommittedOffsets(offsets)).toThrow('give the consumer a groupId')
  })
})

test('time is that of the clock that it was given', async () => {
  const clock = new VirtualClock()
  const consumer = new MockConsumer({ clock })
  await consumer.assign([p0])
  const polled = consumer.poll({ timeoutMs: 60_000 })
  await clock.advance(59_999)
  expect(await isSettled(polled)).toBe(false)
  await clock.advance(1)
  expect((await polled).count).toBe(0)
  expect(clock.timerCount).toBe(0)
})

test('a closed consumer takes nothing more', async () => {
  const consumer = new MockConsumer({ groupId: 'g' })
  await consumer.assign([p0])
  expect(consumer.closed()).toBe(false)
  await expect(consumer.close({ grace: 1 } as object)).rejects.toThrow('grace is not an option')
  expect(consumer.closed()).toBe(false)
  await consumer.close()
  await consumer.close()
  const closed = expect.objectContaining({ code: 'CONSUMER_CLOSED' })
  expect(() => consumer.addRecord({ ...p0, value: 'x' })).toThrow(closed)
  expect(() => consumer.updateEndOffsets([])).toThrow(closed)
  await expect(consumer.rebalance([])).rejects.toEqual(closed)
  await expect(consumer.poll()).rejects.toEqual(closed)
})

test('every faulty option is listed, its own and those of a consumer', () => {
  const config = { topics: 3, clock: {}, groupID: 'g', maxPollRecords: 0, autoCommit: true }
  expect(() => new MockConsumer(config as never)).toThrow(
    /^MockConsumerConfig is not valid: groupID is not an option.*maxPollRecords must.*topics must.*clock must/,
  )
  expect(() => new MockConsumer({ autoCommit: true })).toThrow('autoCommit needs a groupId')
})
