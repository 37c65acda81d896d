import { describe, expect, test } from 'vitest'
import { Rig, TRANSPORTS, isSettled, pollRecords, pollValues } from './rig.ts'

describe.each(TRANSPORTS)('producing by %s', (transport) => {
  test('ten records without a key land round robin, from partition 0', async () => {
    const rig = await Rig.start(transport, { partitions: 3 })
    const producer = rig.producer()
    const sent = await Promise.all(
      [...'abcdefghij'].map((value) => producer.send({ topic: rig.topic, value })),
    )
    expect(sent.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
      [1, 1],
      [2, 1],
      [0, 2],
      [1, 2],
      [2, 2],
      [0, 3],
    ])
    const consumer = await rig.consumer({}, [0, 1, 2])
    expect(await pollValues(consumer, 10)).toEqual([
      ['a', 'd', 'g', 'j'],
      ['b', 'e', 'h'],
      ['c', 'f', 'i'],
    ])
    const offsets = await rig.broker.offsets(rig.topic)
    expect(offsets).toEqual(
      [4, 3, 3].map((endOffset, partition) => ({
        partition,
        logEndOffset: endOffset - 1,
        currentOffset: -1,
        committedOffset: -1,
        logStartOffset: 0,
        endOffset,
        position: null,
        committed: null,
        lag: endOffset,
      })),
    )
    expect([0, 1, 2].map((partition) => consumer.currentOffset(rig.at(partition)))).toEqual([
      3, 2, 2,
    ])
    expect([0, 1, 2].map((partition) => consumer.position(rig.at(partition)))).toEqual([4, 3, 3])
  })

  test('a key always goes to the partition that Kafka gives it, as string or bytes', async () => {
    const rig = await Rig.start(transport, { partitions: 16 })
    const producer = rig.producer()
    // From the vectors of Kafka's own client: see packages/core/test/golden.
    const partitions = { '21': 12, foobar: 14, 'a-little-bit-long-string': 0, abc: 11, '': 9 }
    for (const [key, partition] of Object.entries(partitions)) {
      const text = await producer.send({ topic: rig.topic, key, value: 'v' })
      const bytes = await producer.send({ topic: rig.topic, key: Buffer.from(key), value: 'v' })
      expect([key, text.partition, bytes.partition]).toEqual([key, partition, partition])
    }
  })

  test('a partition that the record names is taken, and does not move the round robin', async () => {
    const rig = await Rig.start(transport, { partitions: 3 })
    const producer = rig.producer()
    const send = async (record: { key?: string; partition?: number }): Promise<number> => {
      const { partition } = await producer.send({ topic: rig.topic, value: 'v', ...record })
      return partition
    }
    expect(await send({ partition: 2 })).toBe(2)
    expect(await send({})).toBe(0)
    expect(await send({ key: 'foobar' })).toBe(0)
    expect(await send({})).toBe(1)
  })

  test('a custom partitioner is asked with the bytes, and decides', async () => {
    const rig = await Rig.start(transport, { partitions: 4 })
    const asked: unknown[] = []
    const producer = rig.producer({
      partitioner: {
        partition: ({ topic, key, value }, partitionCount) => {
          asked.push([topic, String(key), String(value), partitionCount])
          return value!.length % partitionCount
        },
      },
    })
    const values = ['a', 'bb', 'ccccc', 'é']
    const sent = await Promise.all(
      values.map((value) => producer.send({ topic: rig.topic, key: 'ключ', value })),
    )
    expect(sent.map(({ partition }) => partition)).toEqual([1, 2, 1, 2])
    expect(asked[0]).toEqual([rig.topic, 'ключ', 'a', 4])
  })

  test('"roundRobin" goes round whatever the key; "sticky" stays until a batch is full', async () => {
    const rig = await Rig.start(transport, { partitions: 3 })
    const roundRobin = rig.producer({ partitioner: 'roundRobin' })
    const keyed = await Promise.all(
      Array.from({ length: 6 }, () => roundRobin.send({ topic: rig.topic, key: 'k', value: 'v' })),
    )
    expect(keyed.map(({ partition }) => partition)).toEqual([0, 1, 2, 0, 1, 2])

    const sticky = rig.producer({ partitioner: 'sticky', batchSizeBytes: 4096 })
    const sent = await Promise.all(
      Array.from({ length: 40 }, () => sticky.send({ topic: rig.topic, value: 'x'.repeat(1000) })),
    )
    const runs: number[] = []
    sent.forEach(({ partition }, i) => {
      if (i === 0 || partition !== sent[i - 1]!.partition) runs.push(1)
      else runs[runs.length - 1]!++
    })
    expect(runs.length).toBeGreaterThan(5)
    for (const run of runs.slice(0, -1)) expect(run).toBeGreaterThanOrEqual(3)
  })

  test('key, value, headers and timestamp arrive as they were sent', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const headers = [
      ['trace', '1'],
      ['trace', Buffer.from([0, 255])],
      ['none', null],
      ['', ''],
    ] as const
    const key = Uint8Array.of(0, 1, 255)
    const first = await producer.send({ topic: rig.topic, key, value: null, timestamp: 5, headers })
    expect(first).toEqual({ topic: rig.topic, partition: 0, offset: 0, timestamp: 5 })
    const before = Date.now()
    const second = await producer.send({
      topic: rig.topic,
      key: '',
      value: 'größer 😀',
      headers: { a: 'b', c: null },
    })
    expect(second.timestamp).toBeGreaterThanOrEqual(before)
    expect(second.timestamp).toBeLessThanOrEqual(Date.now())

    const [one, two] = await pollRecords(await rig.consumer(), 2)
    expect(one).toMatchObject({ topic: rig.topic, partition: 0, offset: 0, timestamp: 5 })
    expect([one!.key, one!.value]).toEqual([Buffer.from(key), null])
    expect(one!.headers).toEqual([
      ['trace', Buffer.from('1')],
      ['trace', Buffer.from([0, 255])],
      ['none', null],
      ['', Buffer.alloc(0)],
    ])
    expect([two!.key, String(two!.value)]).toEqual([Buffer.alloc(0), 'größer 😀'])
    expect(two!.headers).toEqual([
      ['a', Buffer.from('b')],
      ['c', null],
    ])
    expect(two!.timestamp).toBe(second.timestamp)
  })

  test('bytes are copied before send and write return', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const bytes = Buffer.from('before')
    const headers: Array<[string, Uint8Array]> = [['h', bytes]]
    // The first is held, for its topic is not known yet; the others go to a batch.
    producer.write({ topic: rig.topic, key: bytes, value: bytes, headers })
    bytes.write('after!')
    await producer.flush()
    bytes.write('before')
    const sent = producer.send({ topic: rig.topic, key: bytes, value: bytes, headers })
    bytes.write('after!')
    await sent
    for (const record of await pollRecords(await rig.consumer(), 2)) {
      expect([record.key, record.value, record.headers[0]![1]].map(String)).toEqual(
        Array.from({ length: 3 }, () => 'before'),
      )
    }
  })

  test('a lone send leaves by itself; many of one turn travel together, in order', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    expect((await producer.send({ topic: rig.topic, value: 'alone' })).offset).toBe(0)
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 2000 }, async (_, i) => {
        const { offset } = await producer.send({ topic: rig.topic, value: String(i) })
        order.push(offset)
      }),
    )
    expect(order).toEqual(Array.from({ length: 2000 }, (_, i) => i + 1))
  })

  test('promises are resolved in the order of the calls, also of records that were held', async () => {
    const rig = await Rig.start(transport)
    // What is held and what comes after travel in one batch.
    const producer = rig.producer({ lingerMs: 200 })
    const resolved: number[] = []
    const send = async (i: number): Promise<void> => {
      const { offset } = await producer.send({ topic: 'later', value: 'v' })
      expect(offset).toBe(i)
      resolved.push(i)
    }
    const held = [0, 1, 2].map(send)
    await rig.broker.createTopic('later')
    await producer.partitionsFor('later')
    const later = [3, 4, 5].map(send)
    await Promise.all([...held, ...later])
    expect(resolved).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('write and drained carry any number of records, in bounded memory, in order', async () => {
    const rig = await Rig.start(transport, { partitions: 2 })
    const count = 60_000
    const producer = rig.producer({ batchSizeBytes: 2048, bufferMemoryBytes: 64 * 1024 })
    const consumer = await rig.consumer({ maxPollRecords: Infinity }, [0, 1])
    const consumed = pollValues(consumer, count)
    let stops = 0
    for (let i = 0; i < count; i++) {
      if (producer.write({ topic: rig.topic, value: String(i) })) continue
      stops++
      await producer.drained()
    }
    await producer.flush()
    expect(stops).toBeGreaterThan(0)
    const [even, odd] = await consumed
    expect(even).toEqual(Array.from({ length: count / 2 }, (_, i) => String(i * 2)))
    expect(odd).toEqual(Array.from({ length: count / 2 }, (_, i) => String(i * 2 + 1)))
  })

  test('a topic that is created after its first records gets them', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const early = ['a', 'b', 'c'].map((value) => producer.send({ topic: 'late', value }))
    expect(producer.write({ topic: 'late', value: 'd' })).toBe(true)
    await producer.drained()
    await rig.broker.createTopic('late', { partitions: 2 })
    expect((await Promise.all(early)).map(({ partition }) => partition)).toEqual([0, 1, 0])
    await producer.flush()
    expect((await rig.broker.offsets('late')).map(({ endOffset }) => endOffset)).toEqual([2, 2])
  })

  test('a topic that is not known yet holds a writer back once as much waits as for a partition', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ batchSizeBytes: 1000 })
    let written = 1
    while (producer.write({ topic: 'late', value: 'x'.repeat(100) })) written++
    expect(written).toBeGreaterThan(20)
    expect(written).toBeLessThan(40)
    expect(producer.tryWrite({ topic: 'late', value: 'no' })).toBe(false)
    const drained = producer.drained()
    expect(await isSettled(drained)).toBe(false)
    await rig.broker.createTopic('late')
    await drained
    await producer.flush()
    expect((await rig.broker.offsets('late'))[0]!.endOffset).toBe(written)
  })

  test('flush waits for everything taken before it, also what lingers', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ lingerMs: 60_000 })
    producer.write({ topic: rig.topic, value: 'a' })
    await producer.flush()
    producer.write({ topic: rig.topic, value: 'b' })
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(1)
    await producer.flush()
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(2)
    await producer.flush()
  })

  test('linger holds a batch back until its time', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ lingerMs: 40 })
    await producer.partitionsFor(rig.topic)
    await producer.send({ topic: rig.topic, value: 'opens the way' })
    const start = performance.now()
    await producer.send({ topic: rig.topic, value: 'waits' })
    expect(performance.now() - start).toBeGreaterThanOrEqual(39)
  })

  test('close sends what was taken', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ lingerMs: 60_000 })
    const sent = producer.send({ topic: rig.topic, value: 'a' })
    producer.write({ topic: rig.topic, value: 'b' })
    await producer.close()
    expect((await sent).offset).toBe(0)
    expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(2)
    await producer.close()
  })

  test('without idempotence batches carry no numbers, and all arrive', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer({ idempotence: false, maxInFlight: 20, batchSizeBytes: 512 })
    for (let i = 0; i < 2000; i++) producer.write({ topic: rig.topic, value: String(i) })
    await producer.flush()
    const [values] = await pollValues(await rig.consumer(), 2000)
    expect(values).toEqual(Array.from({ length: 2000 }, (_, i) => String(i)))
  })

  test('a first record without a topic is refused as any other', async () => {
    const rig = await Rig.start(transport)
    const producer = rig.producer()
    const record = { value: 'a' } as never
    const invalid = { code: 'INVALID_TOPIC_EXCEPTION' }
    await expect(producer.send(record)).rejects.toMatchObject(invalid)
    expect(() => producer.tryWrite(record)).toThrow(expect.objectContaining(invalid))
  })

  test('partitionsFor gives the partitions, ascending', async () => {
    const rig = await Rig.start(transport, { partitions: 3 })
    const producer = rig.producer()
    expect(await producer.partitionsFor(rig.topic)).toEqual([0, 1, 2])
    const unknown = { code: 'UNKNOWN_TOPIC_OR_PARTITION' }
    await expect(producer.partitionsFor('late', { timeoutMs: 20 })).rejects.toMatchObject(unknown)
    const controller = new AbortController()
    const asked = producer.partitionsFor('late', { signal: controller.signal })
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(asked).rejects.toBe(reason)
    await expect(producer.partitionsFor('late', { timeoutMs: -1 })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })
})
