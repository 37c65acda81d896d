import {
  Consumer,
  Producer,
  connect,
  type BrokerAddress,
  type LogClient,
  type Transport,
} from 'ringlog'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { OwnerData, OwnerEnd } from './broker-owner.worker.ts'

const topic = 'orders'
const at = { topic, partition: 0 }
const closed = { code: 'BROKER_CLOSED' }
/** Far more than it may take to hear of the end, so that a wait which misses it fails the test. */
const GIVE_UP_MS = 15_000

/** A broker in a thread of its own, which is going to end. */
async function startOwner(end: OwnerEnd): Promise<{ owner: Worker; client: LogClient }> {
  const workerData: OwnerData = { end, topic, delayMs: 300 }
  const owner = new Worker(new URL('./broker-owner.worker.ts', import.meta.url), { workerData })
  owner.on('error', () => undefined)
  onTestFinished(async () => void (await owner.terminate()))
  const [address] = (await once(owner, 'message')) as [BrokerAddress]
  const client = await connect(address)
  onTestFinished(() => client.close())
  return { owner, client }
}

/** The error that `call` ends with. */
function errorOf(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}

describe('a thread that blocks in pollSync, when the thread that started the broker', () => {
  test.each<OwnerEnd>(['exits', 'throws', 'goesWithItsParent'])('%s: is told', async (end) => {
    const { owner, client } = await startOwner(end)
    const consumer = new Consumer(client)
    await consumer.assign([at])
    owner.postMessage('end')
    const startMs = performance.now()
    expect(errorOf(() => consumer.pollSync({ timeoutMs: GIVE_UP_MS }))).toMatchObject(closed)
    expect(performance.now() - startMs).toBeLessThan(GIVE_UP_MS)
    expect(errorOf(() => consumer.pollSync())).toMatchObject(closed)
  })

  test('exits: is told as a member of a group', async () => {
    const { owner, client } = await startOwner('exits')
    const consumer = new Consumer(client, { groupId: 'billing' })
    await consumer.subscribe([topic])
    owner.postMessage('end')
    expect(errorOf(() => consumer.pollSync({ timeoutMs: GIVE_UP_MS }))).toMatchObject(closed)
    expect(errorOf(() => consumer.commitSync([{ ...at, offset: 0 }]))).toMatchObject(closed)
  })

  test('exits: is told in polls that are each shorter than it takes to look', async () => {
    const { owner, client } = await startOwner('exits')
    const consumer = new Consumer(client)
    await consumer.assign([at])
    owner.postMessage('end')
    const pollOn = (): void => {
      const endMs = performance.now() + GIVE_UP_MS
      while (performance.now() < endMs) consumer.pollSync({ timeoutMs: 5 })
    }
    expect(errorOf(pollOn)).toMatchObject(closed)
  })

  test('is terminated: is told in a thread beside it', async () => {
    const { owner, client } = await startOwner('isTerminated')
    const reader = new Worker(new URL('./blocked-reader.worker.ts', import.meta.url), {
      workerData: { address: client.address, at, timeoutMs: GIVE_UP_MS },
    })
    onTestFinished(async () => void (await reader.terminate()))
    expect(await once(reader, 'message')).toEqual(['blocks'])
    const told = once(reader, 'message') // it may come before the end of the owner is told here
    await owner.terminate()
    expect(await told).toEqual(['BROKER_CLOSED'])
  })
})

describe('threads that do not block, when the thread that started the broker', () => {
  test.each<OwnerEnd>(['exits', 'throws', 'goesWithItsParent'])('%s: are told', async (end) => {
    const { owner, client } = await startOwner(end)
    const alone = new Consumer(client)
    await alone.assign([at])
    const member = new Consumer(client, { groupId: 'billing' })
    await member.subscribe([topic])
    const producer = new Producer(client)
    await producer.send({ topic, value: 'a' })
    await alone.poll()
    await member.poll()
    const ended = new Promise((resolve) => owner.once('exit', resolve))
    const waits = [
      alone.poll(),
      member.poll(),
      producer.send({ topic: 'never-made', value: 'a' }),
      ended.then(() => client.listTopics()),
    ]
    owner.postMessage('end')
    for (const outcome of await Promise.allSettled(waits)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: closed })
    }
    await producer.close()
    await Promise.all([alone.close(), member.close()])
  })

  test.each<[OwnerEnd, Transport]>([
    ['exits', 'rpc'],
    ['exits', 'shared'],
    ['isTerminated', 'rpc'],
    ['isTerminated', 'shared'],
    ['goesWithItsParent', 'shared'],
  ])('%s: fail by %s what a full ring does not take', async (end, transport) => {
    const { owner, client } = await startOwner(end)
    await client.createTopic('full', { ringBytes: 65_536 })
    const holder = new Consumer(client)
    await holder.assign([{ topic: 'full', partition: 0 }])
    const producer = new Producer(client, { transport, batchSizeBytes: 4096 })
    const value = 'x'.repeat(1000)
    const sends = Array.from({ length: 200 }, () => producer.send({ topic: 'full', value }))
    const outcomes = Promise.allSettled(sends)
    await sends[0]
    if (end === 'isTerminated') await owner.terminate()
    else owner.postMessage('end')
    const failed = (await outcomes).filter(({ status }) => status === 'rejected')
    expect(failed.length).toBeGreaterThan(100)
    for (const outcome of failed) expect(outcome).toMatchObject({ reason: closed })
    await producer.close()
  })
})
