import { Consumer, type Producer, type ProducerConfig, type TopicConfig } from 'ringlog'
import {
  PARTITION_WORKER_STEPS,
  delayAcks,
  dropAcks,
  killPartitionWorker,
  pausePartitionWorker,
  type PartitionWorkerStep,
} from 'ringlog/testing'
import { describe, expect, test } from 'vitest'
import {
  Rig,
  isSettled,
  pollRecords,
  pollValues,
  startLog,
  transportsWith,
  type TestedTransport,
} from './rig.ts'

const DAY_MS = 86_400_000
const SMALL_RING_BYTES = 64 * 1024
/** Each record travels alone, several at a time. */
const ONE_BY_ONE: ProducerConfig = { batchSizeBytes: 100, retryBackoffMs: 1 }

/** The steps of every append. */
const APPEND_STEPS = [
  'beforeNote',
  'afterNote',
  'afterCopy',
  'afterPublish',
  'beforeAcknowledge',
  'afterAcknowledge',
] as const satisfies readonly PartitionWorkerStep[]
/** The others, each with a test of its own. */
const OTHER_STEPS = [
  'whileEvicting',
  'whileWaitingForRoom',
  'whileMovingGate',
  'afterMovingGate',
] as const satisfies readonly PartitionWorkerStep[]

const valueOf = (i: number): string => `${i}`.padEnd(90, '.')

/** Sends so many records, from number `first` on; resolves with their offsets. */
async function send(
  producer: Producer,
  topic: string,
  count: number,
  first = 0,
): Promise<number[]> {
  const sent = Array.from({ length: count }, (_, i) =>
    producer.send({ topic, value: valueOf(first + i) }),
  )
  return (await Promise.all(sent)).map(({ offset }) => offset)
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** The log of partition 0 holds the records of these numbers, in order, each once. */
async function expectLog({ broker, topic }: Rig, count: number): Promise<void> {
  const consumer = new Consumer(broker, { gating: false })
  await consumer.assign([{ topic, partition: 0 }])
  const records = await pollRecords(consumer, count)
  expect(records.map(({ value }) => String(value))).toEqual(numbers(count).map(valueOf))
  expect(records.map(({ offset }) => offset)).toEqual(numbers(count))
  expect(await consumer.poll({ timeoutMs: 0 })).toHaveProperty('count', 0)
}

async function restartsOf({ broker }: Rig): Promise<number> {
  return (await broker.metrics()).topics[0]!.partitions[0]!.restarts
}

function start(transport: TestedTransport, config: TopicConfig = {}): Promise<Rig> {
  const topic = { ringBytes: SMALL_RING_BYTES, ...config }
  return Rig.start(transport, topic, 'orders', { onError: () => undefined })
}

test('every step has its test', () => {
  expect([...APPEND_STEPS, ...OTHER_STEPS]).toEqual(PARTITION_WORKER_STEPS)
})

describe.each(transportsWith('ownThreads'))('a worker that is killed, by %s', (transport) => {
  test.each(APPEND_STEPS)('%s: nothing is lost or repeated, the order is kept', async (step) => {
    const rig = await start(transport)
    const producer = rig.producer(ONE_BY_ONE)
    const other = rig.producer(ONE_BY_ONE)
    expect(await send(producer, rig.topic, 1)).toEqual([0])
    const kill = await killPartitionWorker(rig.broker, rig.at(0), { step })
    const sent = send(producer, rig.topic, 20, 1)
    await kill.struck()
    expect(await sent).toEqual(numbers(20).map((i) => i + 1))
    expect(await send(producer, rig.topic, 1, 21)).toEqual([21])
    expect(await send(other, rig.topic, 1, 22)).toEqual([22])
    await expectLog(rig, 23)
    expect(await restartsOf(rig)).toBe(1)
  })

  test.each(APPEND_STEPS)('%s, in the first append of all', async (step) => {
    const rig = await start(transport)
    const kill = await killPartitionWorker(rig.broker, rig.at(0), { step })
    expect(await send(rig.producer(ONE_BY_ONE), rig.topic, 3)).toEqual([0, 1, 2])
    await kill.struck()
    await expectLog(rig, 3)
  })

  test.each(APPEND_STEPS)('%s, in an append that waited for room', async (step) => {
    const rig = await start(transport)
    const consumer = await rig.consumer()
    const producer = rig.producer({ retryBackoffMs: 1 })
    const value = 'x'.repeat(10_000)
    const sent = numbers(12).map((i) =>
      producer.send({ topic: rig.topic, key: `${i}`, value, partition: 0 }),
    )
    expect(await isSettled(sent[11]!)).toBe(false)
    const kill = await killPartitionWorker(rig.broker, rig.at(0), { step })
    const records = await pollRecords(consumer, 12)
    await kill.struck()
    expect((await Promise.all(sent)).map(({ offset }) => offset)).toEqual(numbers(12))
    expect(records.map(({ key }) => Number(String(key)))).toEqual(numbers(12))
  })

  test.each(APPEND_STEPS)('%s, twice', async (step) => {
    const rig = await start(transport)
    const producer = rig.producer(ONE_BY_ONE)
    expect(await send(producer, rig.topic, 1)).toEqual([0])
    for (const first of [1, 11]) {
      const kill = await killPartitionWorker(rig.broker, rig.at(0), { step })
      const sent = send(producer, rig.topic, 10, first)
      await kill.struck()
      expect(await sent).toEqual(numbers(10).map((i) => first + i))
    }
    await expectLog(rig, 21)
    expect(await restartsOf(rig)).toBe(2)
  })

  test('whileEvicting: the log goes on where it ended, and starts after what was evicted', async () => {
    const rig = await start(transport, { whenFull: 'evict' })
    const producer = rig.producer({ batchSizeBytes: 2_000, retryBackoffMs: 1 })
    const value = 'x'.repeat(1_900)
    const kill = await killPartitionWorker(rig.broker, rig.at(0), { step: 'whileEvicting' })
    const sent = numbers(60).map((i) => producer.send({ topic: rig.topic, key: `${i}`, value }))
    await kill.struck()
    expect((await Promise.all(sent)).map(({ offset }) => offset)).toEqual(numbers(60))
    const [{ logStartOffset, endOffset } = { logStartOffset: 0, endOffset: 0 }] =
      await rig.broker.offsets(rig.topic)
    expect(endOffset).toBe(60)
    const consumer = await rig.consumer({ autoOffsetReset: 'earliest' })
    const records = await pollRecords(consumer, endOffset - logStartOffset)
    expect(records.map(({ key, offset }) => [String(key), offset])).toEqual(
      numbers(60)
        .slice(logStartOffset)
        .map((i) => [`${i}`, i]),
    )
  })

  test('whileWaitingForRoom: what waits is appended once there is room', async () => {
    const rig = await start(transport)
    const consumer = await rig.consumer()
    const producer = rig.producer({ retryBackoffMs: 1 })
    const kill = await killPartitionWorker(rig.broker, rig.at(0), { step: 'whileWaitingForRoom' })
    const value = 'x'.repeat(10_000)
    const sent = numbers(12).map((i) => producer.send({ topic: rig.topic, key: `${i}`, value }))
    await kill.struck()
    expect(await isSettled(sent[11]!)).toBe(false)
    const records = await pollRecords(consumer, 12)
    expect((await Promise.all(sent)).map(({ offset }) => offset)).toEqual(numbers(12))
    expect(records.map(({ key }) => Number(String(key)))).toEqual(numbers(12))
  })

  test.each(['whileMovingGate', 'afterMovingGate'] as const)(
    '%s: the group goes on where it has committed, and holds what it has not',
    async (step) => {
      const rig = await start(transport)
      const producer = rig.producer(ONE_BY_ONE)
      const config = { groupId: 'billing', autoCommit: false }
      const [first, second] = [new Consumer(rig.broker, config), new Consumer(rig.broker, config)]
      await first.subscribe([rig.topic])
      await send(producer, rig.topic, 6)
      await pollRecords(first, 6)
      await first.commit([{ ...rig.at(0), offset: 4 }])
      const kill = await killPartitionWorker(rig.broker, rig.at(0), { step })
      await first.close()
      await kill.struck()
      await second.subscribe([rig.topic])
      const records = await pollRecords(second, 2)
      expect(records.map(({ offset }) => offset)).toEqual([4, 5])
      await second.commit()
      expect(await send(producer, rig.topic, 2, 6)).toEqual([6, 7])
      expect(await pollRecords(second, 2)).toHaveLength(2)
      expect((await rig.broker.offsets(rig.topic, 'billing'))[0]).toMatchObject({ committed: 6 })
    },
  )

  test('at once, under load, again and again', async () => {
    const rig = await start(transport, { whenFull: 'block', ringBytes: 1024 * 1024 })
    const producer = rig.producer(ONE_BY_ONE)
    const offsets: number[] = []
    for (let round = 0; round < 4; round++) {
      const sent = send(producer, rig.topic, 50, 50 * round)
      await killPartitionWorker(rig.broker, rig.at(0))
      offsets.push(...(await sent))
    }
    expect(offsets).toEqual(numbers(200))
    await expectLog(rig, 200)
    expect(await restartsOf(rig)).toBe(4)
  })

  test('at once, though it is paused', async () => {
    const rig = await start(transport)
    const producer = rig.producer(ONE_BY_ONE)
    await send(producer, rig.topic, 1)
    const pause = await pausePartitionWorker(rig.broker, rig.at(0), DAY_MS)
    const sent = send(producer, rig.topic, 5, 1)
    const kill = await killPartitionWorker(rig.broker, rig.at(0))
    await kill.struck()
    expect(await sent).toEqual([1, 2, 3, 4, 5])
    pause.lift()
    await expectLog(rig, 6)
  })

  test.each(['late', 'lost'])(
    'while answers are %s: what is in the log is not appended again',
    async (what) => {
      const rig = await start(transport)
      const producer = rig.producer(ONE_BY_ONE)
      await send(producer, rig.topic, 1)
      if (what === 'late') await delayAcks(rig.broker, rig.at(0), DAY_MS)
      else await dropAcks(rig.broker, rig.at(0), 3)
      const sent = send(producer, rig.topic, 5, 1)
      await expectLog(rig, 6)
      await killPartitionWorker(rig.broker, rig.at(0))
      expect(await sent).toEqual([1, 2, 3, 4, 5])
      expect(await send(producer, rig.topic, 1, 6)).toEqual([6]) // its successor has no faults
      await expectLog(rig, 7)
    },
  )

  test('lifted, it lives', async () => {
    const rig = await start(transport)
    const producer = rig.producer(ONE_BY_ONE)
    const kill = await killPartitionWorker(rig.broker, rig.at(0), { step: 'afterCopy' })
    kill.lift()
    await send(producer, rig.topic, 3)
    expect(await restartsOf(rig)).toBe(0)
    await expect(kill.struck()).rejects.toMatchObject({ code: 'INVALID_STATE' })
  })
})

test.each(APPEND_STEPS)(
  'a worker that is killed %s answers a lane exactly once, numbered or not',
  async (step) => {
    const rig = await start('shared')
    const producer = rig.producer({ ...ONE_BY_ONE, idempotence: false })
    await send(producer, rig.topic, 1)
    const kill = await killPartitionWorker(rig.broker, rig.at(0), { step })
    expect(await send(producer, rig.topic, 10, 1)).toEqual(numbers(10).map((i) => i + 1))
    await kill.struck()
    await expectLog(rig, 11)
    expect((await pollValues(await rig.consumer(), 11))[0]).toHaveLength(11)
  },
)

const refusedInMemory = (what: string): object => ({
  code: 'INVALID_REQUEST',
  message: `a log in memory alone has no worker to ${what}: take a broker from Broker.start()`,
})

test('in memory there is no worker to kill, or to pause', async () => {
  const client = await startLog('in memory')
  await client.createTopic('orders')
  const at = { topic: 'orders', partition: 0 }
  await expect(killPartitionWorker(client, at)).rejects.toMatchObject(refusedInMemory('kill'))
  const step = { step: 'afterCopy' } as const
  await expect(killPartitionWorker(client, at, step)).rejects.toMatchObject(refusedInMemory('kill'))
  await expect(pausePartitionWorker(client, at, 1)).rejects.toMatchObject(refusedInMemory('pause'))
})
