import { Consumer, type ConsumerConfig } from '@ringlog/consumer'
import { until } from '@ringlog/test-kit'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import type { HoldingReaderStart } from './follower/holding-reader.worker.ts'
import {
  KAFKA,
  connect,
  createTopic,
  describeOnKafka,
  freshTopic,
  producerOn,
} from './kafka-rig.ts'
import type { ClusterClient } from '../src/index.ts'

const FOLLOW = { ringBytes: 64 * 1024 }
/** Some six rings of it. */
const COUNT = 800
const VALUE = 'x'.repeat(500)

async function fill(client: ClusterClient, topic: string, count = COUNT, value = VALUE) {
  const producer = producerOn(client, { batchSizeBytes: 4_096 })
  for (let i = 0; i < count; i++) void producer.send({ topic, value, partition: 0 })
  await producer.close()
}

/** Polls until at least so many have come: a poll takes whole batches. */
async function read(consumer: Consumer, count: number): Promise<number[]> {
  const offsets: number[] = []
  while (offsets.length < count) {
    const records = await consumer.poll({ timeoutMs: 60_000 })
    if (records.count === 0) throw new Error(`${offsets.length} of ${count} came`)
    for (const { offset } of records) offsets.push(offset)
  }
  return offsets
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i)

async function openConsumer(client: ClusterClient, topic: string, config: ConsumerConfig = {}) {
  const consumer = new Consumer(client, { maxPollRecords: 10, ...config })
  onTestFinished(() => consumer.close().catch(() => undefined))
  await consumer.assign([{ topic, partition: 0 }])
  return consumer
}

async function filledTopic(): Promise<{ client: ClusterClient; topic: string }> {
  const client = await connect({ follow: FOLLOW })
  const topic = await createTopic(client)
  await fill(client, topic)
  return { client, topic }
}

/** The threads that are started by this one while `run` runs. */
async function startedThreads(run: () => Promise<unknown>): Promise<Worker[]> {
  const threads: Worker[] = []
  const onWorker = (worker: Worker): void => void threads.push(worker)
  process.on('worker', onWorker)
  await run()
  process.off('worker', onWorker)
  return threads
}

describeOnKafka('followed partitions', () => {
  test('are read from one ring by the threads of a process, and held back by the slowest', async () => {
    const { client, topic } = await filledTopic()
    const config = { bootstrapServers: KAFKA!.bootstrapServers, follow: FOLLOW }
    const workerData: HoldingReaderStart = { config, topic }
    const file = new URL('./follower/holding-reader.worker.ts', import.meta.url)
    const thread = new Worker(file, { workerData })
    onTestFinished(() => void thread.terminate())
    await once(thread, 'message')
    const consumer = await openConsumer(client, topic)
    const mine = await read(consumer, 50)
    const rest = read(consumer, COUNT - mine.length)
    let isDone = false
    void rest.then(() => (isDone = true))
    const readThere = async (count: number): Promise<number[]> => {
      thread.postMessage(count)
      return (await once(thread, 'message'))[0]
    }
    const theirs = await readThere(20)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(isDone).toBe(false)
    theirs.push(...(await readThere(300)))
    expect(theirs).toStrictEqual(numbers(0, theirs.length))
    expect(isDone).toBe(false)

    await thread.terminate() // what it held goes with it
    expect([...mine, ...(await rest)]).toStrictEqual(numbers(0, COUNT))
  })

  test('are read again from before their ring, and by who does not hold them', async () => {
    const { client, topic } = await filledTopic()
    const watching = await openConsumer(client, topic, { gating: false })
    const consumer = await openConsumer(client, topic)
    expect(await read(consumer, COUNT)).toStrictEqual(numbers(0, COUNT))
    consumer.seek({ topic, partition: 0 }, 5)
    expect(await read(consumer, COUNT - 5)).toStrictEqual(numbers(5, COUNT))

    expect(await read(watching, COUNT)).toStrictEqual(numbers(0, COUNT))
    await fill(client, topic, 10)
    expect(await read(watching, 10)).toStrictEqual(numbers(COUNT, COUNT + 10))
  })

  test('go on where records were deleted, and where a batch is larger than their ring takes', async () => {
    const { client, topic } = await filledTopic()
    const consumer = await openConsumer(client, topic, { autoOffsetReset: 'earliest' })
    const first = await read(consumer, 10)
    await client.deleteRecords({ topic, partition: 0 }, 700)
    await fill(client, topic, 3, VALUE.repeat(80))
    while (first.at(-1)! < COUNT + 2) first.push(...(await read(consumer, 1)))
    // What the ring had was read; the rest of what was deleted was not.
    const fromRing = first.filter((offset) => offset < 700)
    expect(fromRing.length).toBeLessThan(300)
    expect(first).toStrictEqual([...numbers(0, fromRing.length), ...numbers(700, COUNT + 3)])
  })

  test('are read on though the thread that starts their followers has ended', async () => {
    let client: ClusterClient | null = null
    const [hub] = await startedThreads(async () => {
      client = await connect({ follow: FOLLOW, clientId: freshTopic() })
    })
    const topic = await createTopic(client!)
    await fill(client!, topic)
    const consumer = await openConsumer(client!, topic)
    const { length } = await read(consumer, 20)
    await hub!.terminate()

    expect(await read(consumer, COUNT - length)).toStrictEqual(numbers(length, COUNT))
    await fill(client!, topic, 5)
    expect(await read(consumer, 5)).toStrictEqual(numbers(COUNT, COUNT + 5))
  })

  test('do not keep a thread waiting that blocks, once their threads have ended', async () => {
    let client: ClusterClient | null = null
    const [hub] = await startedThreads(async () => {
      client = await connect({ follow: FOLLOW, clientId: freshTopic() })
    })
    const topic = await createTopic(client!)
    await fill(client!, topic, 20)
    const consumer = await openConsumer(client!, topic)
    const offsets: number[] = []
    const readOn = (): void => {
      for (;;) for (const { offset } of consumer.pollSync()) offsets.push(offset)
    }
    await until(() => {
      for (const { offset } of consumer.pollSync({ timeoutMs: 100 })) offsets.push(offset)
      return offsets.length === 20
    })
    const ended = hub!.terminate()
    expect(readOn).toThrow(/not in the ring of its follower/)
    await ended

    await fill(client!, topic, 5)
    expect(await read(consumer, 5)).toStrictEqual(numbers(20, 25))
  })

  test('are shared out by a group, and gone on with by who is left', async () => {
    const { client, topic } = await filledTopic()
    const config = { groupId: freshTopic(), autoCommit: false, maxPollRecords: 100 }
    const first = new Consumer(client, config)
    const second = new Consumer(client, config)
    onTestFinished(async () => {
      await Promise.all([first.close(), second.close()])
    })
    await first.subscribe([topic])
    const { length } = await read(first, 300)
    await first.commit()
    await second.subscribe([topic])
    await first.close()
    expect(await read(second, COUNT - length)).toStrictEqual(numbers(length, COUNT))
    expect(() => second.commitSync()).toThrow(/would block/)
  })
})
