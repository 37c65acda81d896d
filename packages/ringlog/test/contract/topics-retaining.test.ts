import { until } from '@ringlog/test-kit'
import { Consumer, RinglogError } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, counted, isSettled, pollRecords, pollValues } from './rig.ts'

/** The smallest ring there is: full after some 60 records of 1,000 bytes. */
const SMALL_RING_BYTES = 64 * 1024
const kibibyte = 'x'.repeat(1000)

describe.each(TRANSPORTS)('deleting records of what came by %s', (transport) => {
  const start = (config = {}): Promise<Rig> =>
    Rig.start(transport, { ringBytes: SMALL_RING_BYTES, ...config })

  test('moves the log start, within a batch, and consumers to it', async () => {
    const rig = await start()
    const producer = rig.producer()
    const values = ['a', 'b', 'c', 'd', 'e', 'f']
    await Promise.all(values.map((value) => producer.send({ topic: rig.topic, value }))) // one batch
    const behind = await rig.consumer()
    await rig.broker.deleteRecords(rig.at(0), 4)
    expect(await rig.broker.offsets(rig.topic)).toMatchObject([
      { logStartOffset: 4, endOffset: 6, logEndOffset: 5, lag: 2 },
    ])
    expect(await pollValues(await rig.consumer(), 2)).toEqual([['e', 'f']])
    // One whose position is deleted gets its reset policy.
    const records = await pollRecords(behind, 2)
    expect(records.map(({ offset, value }) => [offset, String(value)])).toEqual([
      [4, 'e'],
      [5, 'f'],
    ])
  })

  test('also takes from a consumer what it was handed just now, or was to be handed next', async () => {
    const rig = await start()
    const producer = rig.producer()
    for (const value of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await producer.send({ topic: rig.topic, value })
    }
    const [all, few] = [await rig.consumer(), await rig.consumer({ maxPollRecords: 2 })]
    const none = new Consumer(rig.broker, { autoOffsetReset: 'none' })
    await none.assign([rig.at(0)]).catch(() => undefined)
    none.seek(rig.at(0), 0)
    for (const consumer of [all, few, none]) await consumer.poll()
    await rig.broker.deleteRecords(rig.at(0), 4)
    all.seek(rig.at(0), 1)
    expect(await pollValues(all, 2)).toEqual([['e', 'f']])
    expect(await pollValues(few, 2)).toEqual([['e', 'f']])
    none.seek(rig.at(0), 3)
    await expect(none.poll()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    none.seek(rig.at(0), 4)
    expect(await pollValues(none, 2)).toEqual([['e', 'f']])
  })

  test('with -1 deletes all there is, and offsets go on', async () => {
    const rig = await start()
    const producer = rig.producer()
    for (const value of ['a', 'b', 'c']) await producer.send({ topic: rig.topic, value })
    await rig.broker.deleteRecords(rig.at(0), -1)
    expect(await rig.broker.offsets(rig.topic)).toMatchObject([
      { logStartOffset: 3, endOffset: 3, lag: 0 },
    ])
    expect(await producer.send({ topic: rig.topic, value: 'd' })).toMatchObject({ offset: 3 })
    expect(await pollValues(await rig.consumer(), 1)).toEqual([['d']])
    await rig.broker.deleteRecords(rig.at(0), 1) // long gone
    expect(await rig.broker.offsets(rig.topic)).toMatchObject([{ logStartOffset: 3 }])
  })

  test('lets blocked appends go on', async () => {
    const rig = await start()
    await rig.consumer() // holds everything
    const producer = rig.producer({ batchSizeBytes: 2_000 })
    const sends = Array.from({ length: 80 }, () =>
      producer.send({ topic: rig.topic, value: kibibyte }),
    )
    await sends[45]
    expect(await isSettled(sends.at(-1)!)).toBe(false)
    await rig.broker.deleteRecords(rig.at(0), 40)
    expect(await sends.at(-1)).toMatchObject({ offset: 79 })
  })

  test('refuses what is no offset, past the end, and partitions that there are not', async () => {
    const rig = await start()
    await rig.producer().send({ topic: rig.topic, value: 'a' })
    for (const before of [-2, 0.5, NaN, Infinity, '1', null, undefined, () => 1]) {
      await expect(rig.broker.deleteRecords(rig.at(0), before as number)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      })
    }
    await expect(rig.broker.deleteRecords(rig.at(0), 2)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
      details: { topic: 'orders', partition: 0, beforeOffset: 2, endOffset: 1 },
    })
    for (const at of [rig.at(1), { topic: 'others', partition: 0 }]) {
      await expect(rig.broker.deleteRecords(at, 0)).rejects.toMatchObject({
        code: 'UNKNOWN_TOPIC_OR_PARTITION',
      })
    }
    for (const at of [null, 'orders-0', {}, rig.at(-1), rig.at(0.5), { topic: 7, partition: 0 }]) {
      await expect(rig.broker.deleteRecords(at as never, 0)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        message: expect.stringContaining('a partition must be { topic: a string') as string,
      })
    }
    expect(await rig.broker.offsets(rig.topic)).toMatchObject([{ logStartOffset: 0 }])
  })
})

const logStart = async (rig: Rig): Promise<number> =>
  (await rig.broker.offsets(rig.topic))[0]!.logStartOffset

describe.each(TRANSPORTS)('retention of what came by %s', (transport) => {
  const longAgo = Date.now() - 60_000

  test('evicts old records by itself, and keeps young ones', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES, retentionMs: 40 })
    const producer = rig.producer()
    for (const [value, timestamp] of [
      ['old', longAgo],
      ['far from old', Date.now() + 600_000],
      ['old behind it', longAgo],
    ] as const) {
      await producer.send({ topic: rig.topic, value, timestamp })
    }
    await until(async () => (await logStart(rig)) === 1)
    expect(await pollValues(await rig.consumer(), 2)).toEqual([['far from old', 'old behind it']])
    expect(await rig.broker.metrics()).toMatchObject({ expiredRecordsTotal: 1 })
  })

  test('keeps with "block" what a consumer holds, however old, and with "evict" not', async () => {
    const config = { ringBytes: SMALL_RING_BYTES, retentionMs: 20 }
    const held = await Rig.start(transport, config)
    const evicting = await Rig.start(transport, { ...config, whenFull: 'evict' })
    const consumer = await held.consumer()
    await evicting.consumer()
    for (const rig of [held, evicting]) {
      await rig.producer().send({ topic: rig.topic, value: 'old', timestamp: longAgo })
    }
    await until(async () => (await logStart(evicting)) === 1)
    expect(await pollValues(consumer, 1)).toEqual([['old']])
    await consumer.poll({ timeoutMs: 0 })
    await until(async () => (await logStart(held)) === 1)
  })
})

describe.each(TRANSPORTS)('log append time by %s', (transport) => {
  test('is that of the append, told to the producer and to whoever reads', async () => {
    const rig = await Rig.start(transport, {
      ringBytes: SMALL_RING_BYTES,
      timestampType: 'logAppendTime',
    })
    const before = Date.now()
    const sent = await Promise.all(
      [1, 99_999, undefined].map((timestamp) =>
        rig.producer().send({
          topic: rig.topic,
          value: 'v',
          ...(timestamp === undefined ? {} : { timestamp }),
        }),
      ),
    )
    const after = Date.now()
    for (const { timestamp } of sent) {
      expect(timestamp).toBeGreaterThanOrEqual(before)
      expect(timestamp).toBeLessThanOrEqual(after)
    }
    const records = await pollRecords(await rig.consumer(), 3)
    const byOffset = new Map(sent.map(({ offset, timestamp }) => [offset, timestamp]))
    for (const { offset, timestamp } of records) expect(timestamp).toBe(byOffset.get(offset))
  })

  test('is not given where records keep their own', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const sent = await rig.producer().send({ topic: rig.topic, value: 'v', timestamp: 7 })
    expect(sent.timestamp).toBe(7)
  })
})

describe.each(TRANSPORTS)('the largest record by %s', (transport) => {
  test('has exactly maxMessageBytes as a batch; one byte more is refused and told why', async () => {
    const maxMessageBytes = 4_000
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES, maxMessageBytes })
    const producer = rig.producer()
    // Header of the batch, length of the record, lengths and deltas within it.
    const value = new Uint8Array(maxMessageBytes - 61 - 2 - 7)
    const outcomes = await Promise.allSettled(
      [value, new Uint8Array(value.length + 1)].map((bytes) =>
        producer.send({ topic: rig.topic, value: bytes }),
      ),
    )
    expect(outcomes).toMatchObject([
      { status: 'fulfilled', value: { offset: 0 } },
      {
        status: 'rejected',
        reason: {
          code: 'MESSAGE_TOO_LARGE',
          errorCode: 10,
          details: { sizeBytes: maxMessageBytes + 1, maxMessageBytes },
        },
      },
    ])
    const [record] = await pollRecords(await rig.consumer(), 1)
    expect(record!.value).toHaveLength(value.length)
    const inAll = counted(transport, { bytesInTotal: maxMessageBytes })
    expect(await rig.broker.metrics()).toMatchObject(inAll)
  })

  test('is a quarter of the ring where nothing else is said', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const producer = rig.producer()
    const value = new Uint8Array(SMALL_RING_BYTES / 4 - 61 - 3 - 8)
    expect(await producer.send({ topic: rig.topic, value })).toMatchObject({ offset: 0 })
    await expect(
      producer.send({ topic: rig.topic, value: new Uint8Array(value.length + 1) }),
    ).rejects.toSatisfy((error) => RinglogError.is(error, 'MESSAGE_TOO_LARGE'))
  })
})
