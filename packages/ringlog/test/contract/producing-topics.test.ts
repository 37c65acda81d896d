import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { heapBytes } from './heap.ts'
import { Rig, TRANSPORTS, isSettled, pollRecords } from './rig.ts'

const SMALL_RING_BYTES = 64 * 1024
const SMALL = { ringBytes: SMALL_RING_BYTES }
/** Of a topic that passes, by where V8 has how much to compile meanwhile. */
const CYCLES = {
  rpc: [10, 20, 20, 20],
  shared: [10, 20, 20, 20],
  'in memory': [50, 50, 50, 50],
  'on a cluster': [60, 60, 60],
}

describe.each(TRANSPORTS)('a producer whose topics change, by %s', (transport) => {
  test('uses new partitions at once, by round robin and by key', async () => {
    const rig = await Rig.start(transport, { ...SMALL, partitions: 2 })
    const producer = rig.producer()
    const partitionOf = async (record: { key?: string }): Promise<number> => {
      const { partition } = await producer.send({ topic: rig.topic, value: 'v', ...record })
      return partition
    }
    expect([await partitionOf({}), await partitionOf({})]).toEqual([0, 1])
    const before = await Promise.all(['a', 'b', 'c', 'd'].map((key) => partitionOf({ key })))
    expect(Math.max(...before)).toBeLessThan(2)
    await rig.broker.createPartitions(rig.topic, 16)
    const partitions: number[] = []
    for (let i = 0; i < 16; i++) partitions.push(await partitionOf({}))
    expect(new Set(partitions).size).toBe(16)
    // As Kafka's own client has it, of 16 partitions.
    expect(await partitionOf({ key: 'foobar' })).toBe(14)
    expect(await producer.partitionsFor(rig.topic)).toHaveLength(16)
  })

  test('waits for a partition that is named before there is one, up to maxBlockMs', async () => {
    const rig = await Rig.start(transport, { ...SMALL, partitions: 1 })
    const hasty = rig.producer({ maxBlockMs: 30 })
    await expect(hasty.send({ topic: rig.topic, partition: 1, value: 'v' })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      details: { topic: rig.topic, partition: 1, partitionCount: 1 },
    })
    const producer = rig.producer()
    const early = ['a', 'b', 'c'].map((value) =>
      producer.send({ topic: rig.topic, partition: 2, value }),
    )
    producer.write({ topic: rig.topic, partition: 1, value: 'd' })
    expect(producer.tryWrite({ topic: rig.topic, partition: 1, value: 'e' })).toBe(true)
    // It holds up nothing else.
    expect(await producer.send({ topic: rig.topic, value: 'v' })).toMatchObject({ partition: 0 })
    expect(await isSettled(Promise.race(early))).toBe(false)
    await rig.broker.createPartitions(rig.topic, 2)
    // What comes later for the same partition is behind it.
    const last = producer.send({ topic: rig.topic, partition: 1, value: 'f' })
    expect(await last).toMatchObject({ partition: 1, offset: 2 })
    expect(await isSettled(Promise.race(early))).toBe(false)
    await rig.broker.createPartitions(rig.topic, 3)
    expect((await Promise.all(early)).map(({ offset }) => offset)).toEqual([0, 1, 2])
  })

  test('that a topic exists is learnt also with maxBlockMs 0', async () => {
    const rig = await Rig.start(transport, SMALL)
    const producer = rig.producer({ maxBlockMs: 0 })
    expect(await producer.send({ topic: rig.topic, value: 'v' })).toMatchObject({ offset: 0 })
    await expect(producer.send({ topic: 'nowhere', value: 'v' })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
  })

  test('warns of a topic that stays unknown, once, and names what may be meant', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    onTestFinished(() => warn.mockRestore())
    const rig = await Rig.start(transport, SMALL)
    await rig.broker.createTopic('payments', SMALL)
    // A cluster takes a while to tell of the topic that there is; only then its partition is waited for.
    const maxBlockMs = transport === 'on a cluster' ? 5_000 : 1_300
    const producer = rig.producer({ maxBlockMs })
    const sent = ['a', 'b'].map((value) => producer.send({ topic: 'order', value }))
    sent.push(producer.send({ topic: rig.topic, partition: 4, value: 'c' }))
    await Promise.allSettled([...sent, producer.partitionsFor('order')])
    const options = { code: 'UNKNOWN_TOPIC_OR_PARTITION', type: 'RinglogWarning' }
    const missing = 'records wait for a partition of topic orders that is not there: partitions=1'
    const unknown = 'records wait for topic order, which does not exist; did you mean orders?'
    // A cluster is asked for the names of its topics first.
    await expect.poll(() => warn.mock.calls).toHaveLength(2)
    expect(warn.mock.calls).toContainEqual([missing, options])
    expect(warn.mock.calls).toContainEqual([unknown, options])
  })

  test(
    'keeps nothing of topics that are deleted, or never were',
    { timeout: 120_000 },
    async () => {
      const rig = await Rig.start(transport, SMALL)
      const producer = rig.producer({ maxBlockMs: 1 })
      const cycle = async (i: number): Promise<void> => {
        const topic = `passing-${i}`
        await rig.broker.createTopic(topic, SMALL)
        await producer.send({ topic, value: 'v' })
        await rig.broker.deleteTopic(topic)
        await producer.send({ topic: `missing-${i}`, value: 'v' }).catch(() => undefined)
      }
      let i = 0
      const grownBytes = async (cycles: number): Promise<number> => {
        const before = heapBytes()
        for (const end = i + cycles; i < end; i++) await cycle(i)
        return (heapBytes() - before) / cycles
      }
      // V8 compiles as it likes, in memory also the log, on a cluster also the client: what is kept of each topic is kept in every one of these.
      const grown: number[] = []
      for (const cycles of CYCLES[transport]) grown.push(await grownBytes(cycles))
      expect(Math.min(...grown)).toBeLessThan(2500)
    },
  )

  test('fails what is queued for a topic that is deleted, and gives its memory back', async () => {
    const rig = await Rig.start(transport, SMALL)
    await rig.consumer()
    const producer = rig.producer({ batchSizeBytes: 4096 })
    // More than the ring takes: in the log, on their way, and queued.
    const outcomes = Array.from({ length: 200 }, () =>
      producer.send({ topic: rig.topic, value: 'x'.repeat(1000) }).then(
        () => 'delivered',
        (error: { code: string }) => error.code,
      ),
    )
    const all = Promise.all(outcomes)
    expect(await outcomes[0]).toBe('delivered')
    expect(await isSettled(all)).toBe(false)
    await rig.broker.deleteTopic(rig.topic)
    expect(new Set(await all)).toEqual(new Set(['delivered', 'UNKNOWN_TOPIC_OR_PARTITION']))
    await producer.flush()
    const { bufferAvailableBytes, bufferTotalBytes } = producer.metrics()
    expect(bufferAvailableBytes).toBe(bufferTotalBytes)
  })

  test('goes on with a topic of the same name, which starts anew', async () => {
    const rig = await Rig.start(transport, { ...SMALL, partitions: 3 })
    const producer = rig.producer()
    for (let i = 0; i < 6; i++) await producer.send({ topic: rig.topic, value: `old ${i}` })
    await rig.broker.deleteTopic(rig.topic)
    const waiting = producer.send({ topic: rig.topic, value: 'new', partition: 0 })
    expect(await isSettled(waiting)).toBe(false)
    await rig.broker.createTopic(rig.topic, { ...SMALL, partitions: 1 })
    expect(await waiting).toMatchObject({ partition: 0, offset: 0 })
    expect(await producer.send({ topic: rig.topic, value: 'next' })).toMatchObject({ offset: 1 })
    const records = await pollRecords(await rig.consumer(), 2)
    expect(records.map(({ value }) => String(value))).toEqual(['new', 'next'])
  })

  test('gives up on a topic that stays away for maxBlockMs', async () => {
    const rig = await Rig.start(transport, SMALL)
    const producer = rig.producer({ maxBlockMs: 500 })
    await producer.send({ topic: rig.topic, value: 'v' })
    await rig.broker.deleteTopic(rig.topic)
    await expect(producer.send({ topic: rig.topic, value: 'v' })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    producer.write({ topic: rig.topic, value: 'v' })
    await expect(producer.flush()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })

  test('takes up a topic that was created while it was away, without a record in between', async () => {
    const rig = await Rig.start(transport, SMALL)
    const producer = rig.producer({ compression: 'gzip' })
    producer.write({ topic: rig.topic, value: 'old' })
    await producer.flush()
    for (let round = 0; round < 3; round++) {
      await rig.broker.deleteTopic(rig.topic)
      await rig.broker.createTopic(rig.topic, SMALL)
      producer.write({ topic: rig.topic, value: `new ${round}` })
      await producer.flush()
      expect((await rig.broker.offsets(rig.topic))[0]!.endOffset).toBe(1)
    }
  })
})
