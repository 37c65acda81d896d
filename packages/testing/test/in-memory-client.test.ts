import { connect } from '@ringlog/broker'
import { RinglogError } from '@ringlog/core'
import { CLIENT_HANDLE, type HandleHolder, type LogClient } from '@ringlog/core/internal'
import { Consumer } from '@ringlog/consumer'
import { Producer } from '@ringlog/producer'
import { inMemoryClient, type InMemoryClient, type InMemoryClientConfig } from '@ringlog/testing'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'

const TOPIC = 'orders'
const AT = { topic: TOPIC, partition: 0 }

async function clientOf(config?: InMemoryClientConfig): Promise<InMemoryClient> {
  const client = await inMemoryClient(config)
  onTestFinished(() => client.close())
  return client
}

async function consumerOf(client: LogClient): Promise<Consumer> {
  const consumer = new Consumer(client, { autoOffsetReset: 'earliest' })
  await consumer.assign([AT])
  return consumer
}

test('records go through the log without a thread', async () => {
  let threads = 0
  const onWorker = (): void => void threads++
  process.on('worker', onWorker)
  onTestFinished(() => void process.off('worker', onWorker))
  const client = await clientOf({ name: 'unit' })
  expect(client.address).toMatchObject({ name: 'unit', isInMemory: true })
  await client.createTopic(TOPIC, { partitions: 3 })
  const producer = new Producer(client)
  for (const value of 'abc') await producer.send({ topic: TOPIC, partition: 0, value })
  const values = [...(await (await consumerOf(client)).poll())].map(({ value }) => String(value))
  expect(values).toEqual(['a', 'b', 'c'])
  expect((await client.metrics()).threadCount).toBe(0)
  expect(threads).toBe(0)
})

test('pollSync takes what is there, and does not wait for what only this thread could bring', async () => {
  const client = await clientOf()
  await client.createTopic(TOPIC)
  const consumer = await consumerOf(client)
  expect(consumer.pollSync().count).toBe(0)
  const producer = new Producer(client)
  const sent = producer.send({ topic: TOPIC, value: 'a' })
  expect(consumer.pollSync({ timeoutMs: 60_000 }).count).toBe(0)
  await sent
  expect(consumer.pollSync().count).toBe(1)
})

test('commitSync commits at once', async () => {
  const client = await clientOf()
  await client.createTopic(TOPIC)
  await new Producer(client).send({ topic: TOPIC, value: 'a' })
  const consumer = new Consumer(client, { groupId: 'billing', autoCommit: false })
  await consumer.subscribe([TOPIC])
  await consumer.poll()
  consumer.commitSync()
  expect((await client.offsets(TOPIC, 'billing'))[0]!.committed).toBe(1)
})

test('connect() finds the log in its thread; a closed one is not available', async () => {
  const client = await clientOf()
  await client.createTopic(TOPIC)
  const [one, other] = [await connect(), await connect(client.address)]
  await new Producer(one).send({ topic: TOPIC, value: 'a' })
  expect((await (await consumerOf(other)).poll()).count).toBe(1)
  expect((await client.metrics()).clientCount).toBe(3)
  await client.close()
  await expect(one.listTopics()).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
  await expect(connect(client.address)).rejects.toMatchObject({
    code: 'BROKER_NOT_AVAILABLE',
    message: expect.stringMatching(/^the log in-memory \([-0-9a-f]+\) is closed$/) as string,
  })
  await expect(connect()).rejects.toMatchObject({ code: 'BROKER_NOT_AVAILABLE' })
})

test('another thread is told to use a broker, with the address and without', async () => {
  const client = await clientOf()
  for (const address of [client.address, undefined]) {
    const file = new URL('./connecting.worker.ts', import.meta.url)
    const worker = new Worker(file, { workerData: address })
    const [outcome] = (await once(worker, 'message')) as unknown[]
    expect(outcome).toEqual({
      code: 'BROKER_NOT_AVAILABLE',
      message: expect.stringMatching(/lives in thread \d+, .* await Broker\.start\(\)$/) as string,
    })
  }
})

test('a pool, which opens its client in threads, is refused at once', async () => {
  const client = await clientOf()
  const fault = { code: 'INVALID_REQUEST', message: expect.stringContaining('Broker.start()') }
  for (const holder of [client, await connect()]) {
    const handle = (): unknown => (holder as unknown as HandleHolder)[CLIENT_HANDLE]
    expect(handle).toThrow(expect.objectContaining(fault))
  }
})

test('a wrong option is refused, with those that a broker alone has', async () => {
  const config = { clock: { nowMs: () => 0 }, maxPartitions: 0, maxRestarts: 3 }
  const error = await inMemoryClient(config as never).catch((thrown: unknown) => thrown)
  expect(RinglogError.is(error, 'INVALID_CONFIG')).toBe(true)
  expect((error as RinglogError).message).toMatch(
    /^InMemoryClientConfig is not valid: .*maxRestarts .*clock must be a clock, such as new VirtualClock\(\)/,
  )
})

/** A client that is made, used and closed. */
async function cycle(): Promise<void> {
  const client = await inMemoryClient()
  await client.createTopic(TOPIC, { retentionMs: 60_000, ringBytes: 64 * 1024 })
  await new Producer(client, { lingerMs: 60_000 }).partitionsFor(TOPIC)
  void (await consumerOf(client)).poll().catch(() => undefined)
  await client.close()
}

function listeners(): number {
  return process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
}

function ports(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length
}

test('leaves nothing behind, however many there were', async () => {
  await cycle()
  const before = [listeners(), ports()]
  for (let i = 0; i < 50; i++) await cycle()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect([listeners(), ports()]).toEqual(before)
})

test('several are independent', async () => {
  const [one, two] = [await clientOf(), await clientOf()]
  await one.createTopic(TOPIC)
  expect(await two.listTopics()).toEqual([])
  await one.close()
  await two.createTopic(TOPIC)
})

test.each([
  ['forgotten', 'ended by itself\n'],
  ['polling', 'came\nended by itself\n'],
  ['sending', 'offset 0\nended by itself\n'],
  ['closed', 'closed\nended by itself\n'],
])('keeps its process alive while something waits, and no longer: %s', async (how, output) => {
  const program = fileURLToPath(new URL('./in-memory.program.ts', import.meta.url))
  const args = [...process.execArgv, program, how]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
  expect(stdout).toBe(output)
})
