import { Consumer, type ConsumerRecord } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, isSettled, pollRecords, pollValues, untilHere } from './rig.ts'

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => String(from + i))

describe.each(TRANSPORTS)('consuming what came by %s', (transport) => {
  /** A topic with one partition that holds the values 0 … count - 1, one batch each `perBatch`. */
  async function filled(count: number, perBatch = count): Promise<Rig> {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    for (let i = 0; i < count; i++) {
      producer.write({ topic: rig.topic, value: String(i), timestamp: i })
      if ((i + 1) % perBatch === 0) await producer.flush()
    }
    await producer.close()
    return rig
  }

  test('a poll hands out at most maxPollRecords, the next goes on behind them', async () => {
    const rig = await filled(1050)
    const consumer = await rig.consumer()
    expect((await consumer.poll()).count).toBe(500)
    expect(consumer.position(rig.at(0))).toBe(500)
    expect(consumer.currentOffset(rig.at(0))).toBe(499)
    expect((await consumer.poll()).count).toBe(500)
    const rest = await consumer.poll()
    expect([...rest].map(({ offset, value }) => [offset, String(value)])).toEqual(
      numbers(1000, 1050).map((value) => [Number(value), value]),
    )
    const all = await rig.consumer({ maxPollRecords: Infinity })
    expect((await all.poll()).count).toBe(1050)
  })

  test.each([1, 3, 7, 1000])(
    'in batches and polls of any size, every record once: %i',
    async (n) => {
      const rig = await filled(300, n)
      const consumer = await rig.consumer({ maxPollRecords: 7 })
      expect(await pollValues(consumer, 300)).toEqual([numbers(0, 300)])
    },
  )

  test('a poll takes no more bytes than it may, but always a batch', async () => {
    const rig = await filled(300, 10)
    const one = await rig.consumer({ maxPartitionFetchBytes: 1 })
    expect((await one.poll()).count).toBe(10)
    const some = await rig.consumer({ fetchMaxBytes: 500 })
    const { count } = await some.poll()
    expect(count % 10).toBe(0)
    expect(count).toBeLessThan(60)
    expect(await pollValues(some, 300 - count)).toEqual([numbers(count, 300)])
  })

  test('a poll waits for records, and a timeout ends it with none', async () => {
    const rig = await Rig.start(transport)
    const consumer = await rig.consumer()
    const polling = consumer.poll()
    expect(await isSettled(polling)).toBe(false)
    await rig.producer().send({ topic: rig.topic, value: 'a' })
    expect((await polling).count).toBe(1)

    const start = performance.now()
    const empty = await consumer.poll({ timeoutMs: 30 })
    expect(performance.now() - start).toBeGreaterThanOrEqual(29)
    expect([empty.count, [...empty], empty.partitions]).toEqual([0, [], []])
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
  })

  test('an abort ends a poll with its reason, positions unchanged', async () => {
    const rig = await filled(10)
    const consumer = await rig.consumer()
    const reason = new Error('enough')
    const aborted = consumer.poll({ signal: AbortSignal.abort(reason) })
    await expect(aborted).rejects.toBe(reason)
    expect(consumer.position(rig.at(0))).toBe(0)
    await consumer.poll()
    const controller = new AbortController()
    const polling = consumer.poll({ signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await expect(polling).rejects.toBe(reason)
    expect(consumer.position(rig.at(0))).toBe(10)
  })

  test('pollSync hands out the same, and blocks no longer than it may', async () => {
    const rig = await filled(1000)
    const consumer = await rig.consumer()
    const records = [...consumer.pollSync(), ...consumer.pollSync()]
    expect(records.map(({ value }) => String(value))).toEqual(numbers(0, 1000))
    expect(consumer.pollSync({ timeoutMs: 5 }).count).toBe(0)
  })

  test('records know their partition; a poll tells which there are', async () => {
    const rig = await Rig.start(transport, { partitions: 3 })
    const producer = rig.producer()
    await Promise.all(
      ['a', 'b', 'c', 'd'].map((value, i) =>
        producer.send({ topic: rig.topic, value, partition: i % 2 }),
      ),
    )
    await untilHere(rig, [0, 1], 4)
    const consumer = await rig.consumer({}, [0, 1, 2])
    const records = await consumer.poll()
    expect(records.partitions).toEqual([rig.at(0), rig.at(1)])
    const values = (partition: number): string[] =>
      records.records(rig.at(partition)).map(({ value }) => String(value))
    expect([values(0), values(1), values(2)]).toEqual([['a', 'c'], ['b', 'd'], []])
  })

  test('a full partition does not keep another from its turn', async () => {
    const rig = await Rig.start(transport, { partitions: 3 })
    const producer = rig.producer()
    for (let i = 0; i < 3000; i++)
      producer.write({ topic: rig.topic, value: 'x', partition: i % 3 })
    await producer.flush()
    await untilHere(rig, [0, 1, 2], 3000)
    const consumer = await rig.consumer({ maxPollRecords: 10 }, [0, 1, 2])
    const polls = [await consumer.poll(), await consumer.poll(), await consumer.poll()]
    expect(polls.map(({ partitions }) => partitions.map(({ partition }) => partition))).toEqual([
      [0],
      [1],
      [2],
    ])
  })

  test('a cursor walks the same records without making any', async () => {
    const rig = await filled(700, 70)
    const consumer = await rig.consumer({ maxPollRecords: 333 })
    const walked: string[] = []
    while (walked.length < 700) {
      const cursor = consumer.cursor(await consumer.poll())
      while (cursor.next()) {
        const { bytes, keyLength, valueStart, valueLength, offset, timestamp } = cursor
        expect([cursor.topic, cursor.partition, keyLength]).toEqual([rig.topic, 0, -1])
        expect([offset, timestamp]).toEqual([walked.length, walked.length])
        const value = bytes.subarray(valueStart, valueStart + valueLength)
        walked.push(Buffer.from(value).toString())
      }
      expect(cursor.next()).toBe(false)
    }
    expect(walked).toEqual(numbers(0, 700))
  })

  test('records that are kept keep their bytes, however much is polled after them', async () => {
    const rig = await filled(5000, 100)
    const consumer = await rig.consumer({ maxPollRecords: 100 })
    const kept: ConsumerRecord[] = []
    for (let polls = 0; polls < 50; polls++) {
      const records = await consumer.poll()
      // Every other poll is walked by a cursor alone, so that its memory may be used again.
      if (polls % 2 === 0) kept.push(...records)
      else while (consumer.cursor(records).next()) break
    }
    expect(kept).toHaveLength(2500)
    for (const { offset, value } of kept) expect(String(value)).toBe(String(offset))
  })

  test('records that were not looked at before the next poll can still be looked at', async () => {
    const rig = await filled(2000, 100)
    const consumer = await rig.consumer()
    const polls = [await consumer.poll(), await consumer.poll(), await consumer.poll()]
    expect([...polls[0]!].map(({ value }) => String(value))).toEqual(numbers(0, 500))
    expect([...polls[1]!].map(({ value }) => String(value))).toEqual(numbers(500, 1000))
  })

  test("a cursor's records cannot be walked anew once the next poll has begun", async () => {
    const rig = await filled(2000, 100)
    const consumer = await rig.consumer()
    const first = await consumer.poll()
    consumer.cursor(first).next()
    await consumer.poll()
    const over = expect.objectContaining({ code: 'INVALID_STATE' })
    expect(() => consumer.cursor(first)).toThrow(over)
    expect(() => [...first]).toThrow(over)
  })

  test('seek goes anywhere within the log, into batches and across them', async () => {
    const rig = await filled(300, 30)
    const consumer = await rig.consumer({ maxPollRecords: 50 })
    for (const offset of [0, 299, 45, 30, 29, 250, 100, 149, 0, 300 - 50]) {
      consumer.seek(rig.at(0), offset)
      expect(consumer.position(rig.at(0))).toBe(offset)
      const expected = numbers(offset, Math.min(300, offset + 50))
      expect(await pollValues(consumer, expected.length)).toEqual([expected])
    }
  })

  test('a seek to the end waits for what comes', async () => {
    const rig = await filled(10)
    const consumer = await rig.consumer()
    consumer.seek(rig.at(0), 10)
    const polling = consumer.poll()
    await rig.producer().send({ topic: rig.topic, value: 'next' })
    expect([...(await polling)].map(({ offset }) => offset)).toEqual([10])
  })

  test('a seek wakes a poll that waits', async () => {
    const rig = await filled(10)
    const consumer = await rig.consumer()
    await consumer.poll()
    const polling = consumer.poll()
    expect(await isSettled(polling)).toBe(false)
    consumer.seek(rig.at(0), 3)
    expect((await polling).count).toBe(7)
  })

  test('"earliest" starts at the log start, "latest" with what is appended after assign', async () => {
    const rig = await filled(10)
    const earliest = await rig.consumer({ autoOffsetReset: 'earliest' })
    const latest = await rig.consumer({ autoOffsetReset: 'latest' })
    expect([earliest, latest].map((consumer) => consumer.position(rig.at(0)))).toEqual([0, 10])
    await rig.producer().send({ topic: rig.topic, value: 'new' })
    expect((await pollRecords(latest, 1)).map(({ offset }) => offset)).toEqual([10])
    expect(await pollRecords(earliest, 11)).toHaveLength(11)
  })

  test.each<['earliest' | 'latest', number]>([
    ['earliest', 0],
    ['latest', 10],
  ])('a position past the end is reset to the %s', async (autoOffsetReset, expected) => {
    const rig = await filled(10)
    const consumer = await rig.consumer({ autoOffsetReset })
    consumer.seek(rig.at(0), 999)
    expect(consumer.position(rig.at(0))).toBe(999)
    await consumer.poll({ timeoutMs: 5 })
    await rig.producer().send({ topic: rig.topic, value: 'new' })
    consumer.seek(rig.at(0), 1_000_000)
    let count = 0
    do count += (await consumer.poll({ timeoutMs: 5 })).count
    while (consumer.position(rig.at(0)) !== 11)
    expect(count).toBe(autoOffsetReset === 'latest' ? 0 : 11 - expected)
  })

  test('with "none" there is no position until one is sought', async () => {
    const rig = await filled(10)
    const consumer = new Consumer(rig.broker, { autoOffsetReset: 'none' })
    const none = { code: 'NO_OFFSET_FOR_PARTITION', details: { partitions: [rig.at(0)] } }
    await expect(consumer.assign([rig.at(0)])).rejects.toMatchObject(none)
    expect(() => consumer.position(rig.at(0))).toThrow(
      expect.objectContaining({ code: 'INVALID_STATE' }),
    )
    await expect(consumer.poll()).rejects.toMatchObject(none)
    consumer.seek(rig.at(0), 4)
    expect((await consumer.poll()).count).toBe(6)
  })

  test('with "none" a position outside the log rejects, until one within it is sought', async () => {
    const rig = await filled(10)
    const consumer = new Consumer(rig.broker, { autoOffsetReset: 'none' })
    await consumer.assign([rig.at(0)]).catch(() => undefined)
    consumer.seek(rig.at(0), 11)
    for (let i = 0; i < 2; i++) {
      await expect(consumer.poll()).rejects.toMatchObject({
        code: 'OFFSET_OUT_OF_RANGE',
        errorCode: 1,
        details: { ...rig.at(0), position: 11, logStartOffset: 0, endOffset: 10 },
      })
    }
    consumer.seek(rig.at(0), 8)
    expect((await consumer.poll()).count).toBe(2)
  })

  test('assign keeps the position of what it had, and gives up what is not named', async () => {
    const rig = await Rig.start(transport, { partitions: 3 })
    const producer = rig.producer()
    for (let i = 0; i < 9; i++) producer.write({ topic: rig.topic, value: String(i) })
    await producer.flush()
    const consumer = await rig.consumer({}, [0, 1])
    expect(consumer.assignment()).toEqual([rig.at(0), rig.at(1)])
    await pollRecords(consumer, 6)
    await consumer.assign([rig.at(2), rig.at(1), rig.at(1)])
    expect(consumer.assignment()).toEqual([rig.at(1), rig.at(2)])
    expect(consumer.position(rig.at(1))).toBe(3)
    expect(await pollValues(consumer, 3)).toEqual([undefined, undefined, ['2', '5', '8']])
    expect(() => consumer.position(rig.at(0))).toThrow(
      expect.objectContaining({ code: 'INVALID_STATE' }),
    )
    await consumer.assign([])
    expect(consumer.assignment()).toEqual([])
  })

  test('several consumers of one partition each get all of it', async () => {
    const rig = await filled(1000, 50)
    const consumers = await Promise.all([rig.consumer(), rig.consumer(), rig.consumer()])
    const values = await Promise.all(consumers.map((consumer) => pollValues(consumer, 1000)))
    for (const [all] of values) expect(all).toEqual(numbers(0, 1000))
  })

  test('polls that always find records let timers run', async () => {
    const rig = await filled(1000, 10)
    const consumer = await rig.consumer({ maxPollRecords: 10 })
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const until = performance.now() + 10_000
    while (performance.now() < until) {
      if (ticks > 5) break
      await consumer.poll()
      if (consumer.position(rig.at(0)) === 1000) consumer.seek(rig.at(0), 0)
    }
    clearInterval(timer)
    expect(ticks).toBeGreaterThan(5)
  })
})
