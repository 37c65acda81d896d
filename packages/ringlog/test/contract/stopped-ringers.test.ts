import { Broker, Consumer, Producer } from 'ringlog'
import { until } from '@ringlog/test-kit'
import { once } from 'node:events'
import { BroadcastChannel, Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { isSettled, startBroker } from './rig.ts'
import type { StoppedCommitterData } from './stopped-committer.worker.ts'
import type { StopOrder } from './stopped-ringer.worker.ts'

const dying = { topic: 'dying', partition: 0 }
const living = { topic: 'living', partition: 0 }
const kibibyte = 'x'.repeat(1000)

interface Stopped {
  readonly broker: Broker
  /** Has the dying partition's thread stop when it is about to ring somebody who sleeps. */
  stopBeforeRinging: () => void
  untilStopped: () => Promise<void>
  /** Has it take PARKED of whom it rings, and get no further. */
  takeParked: () => Promise<void>
}

/** @param outcome What becomes of the thread in the middle of ringing: it stops for good, or it ends. */
async function start(outcome: StopOrder['outcome']): Promise<Stopped> {
  const partitionWorker = new URL('./stopped-ringer.worker.ts', import.meta.url)
  const broker = await Broker.start({ workers: { partitionWorker }, onError: () => undefined })
  const channel = new BroadcastChannel('stopped-ringer')
  onTestFinished(async () => {
    channel.close()
    await broker.close({ timeoutMs: 500 })
  })
  const words = new Int32Array(new SharedArrayBuffer(12))
  for (const { topic } of [dying, living]) await broker.createTopic(topic, { ringBytes: 65_536 })
  return {
    broker,
    stopBeforeRinging: () => channel.postMessage({ topic: dying.topic, outcome, words }),
    untilStopped: () => until(() => Atomics.load(words, 0) === 1),
    takeParked: async () => {
      Atomics.store(words, 1, 1)
      Atomics.notify(words, 1)
      await until(() => Atomics.load(words, 2) === 1)
    },
  }
}

test('a consumer hears of other topics after the worker of a deleted one was ended while it rang', async () => {
  const { broker, stopBeforeRinging, untilStopped, takeParked } = await start('stop')
  const consumer = new Consumer(broker)
  await consumer.assign([dying, living])
  const producer = new Producer(broker, { transport: 'rpc' })
  await producer.send({ ...living, value: 'first' })
  await consumer.poll()
  const waiting = consumer.poll()
  stopBeforeRinging()
  producer.send({ ...dying, value: 'rings' }).catch(() => undefined)
  await untilStopped()
  const deleting = broker.deleteTopic(dying.topic)
  await expect(waiting).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  await consumer.assign([living])
  const next = consumer.poll()
  await isSettled(next)
  await takeParked()
  await producer.send({ ...living, value: 'second' })
  await deleting // by force
  expect(String([...(await next)][0]!.value)).toBe('second')
})

test('a producer hears of other answers after it has closed a lane whose worker dies while it rings', async () => {
  const { broker, stopBeforeRinging, untilStopped, takeParked } = await start('end')
  const consumer = new Consumer(broker)
  await consumer.assign([living])
  const waiting = new Producer(broker, { transport: 'shared', batchSizeBytes: 1_000 })
  const sends = Array.from({ length: 100 }, () => waiting.send({ ...living, value: kibibyte }))
  const sent = Promise.all(sends)
  expect(await isSettled(sent)).toBe(false)
  const closed = new Producer(broker, { transport: 'shared' })
  stopBeforeRinging()
  closed.send({ ...dying, value: 'rings' }).catch(() => undefined)
  await untilStopped()
  await closed.close({ timeoutMs: 0 })
  await isSettled(sent) // asleep again, over the others' answers
  await takeParked()
  for (let count = 0; count < 100;) count += (await consumer.poll()).count
  await sent
})

test('an append hears of room after a member that was put out has died in the middle of ringing for it', async () => {
  const broker = await startBroker()
  const group = { groupId: 'billing', autoCommit: false, maxPollRecords: 1 }
  const { topic } = living
  await broker.createTopic(topic, { ringBytes: 65_536 })
  const words = new Int32Array(new SharedArrayBuffer(12))
  const config = { ...group, maxPollIntervalMs: 200 }
  const workerData: StoppedCommitterData = { address: broker.address, topic, config, words }
  const file = new URL('./stopped-committer.worker.ts', import.meta.url)
  const member = new Worker(file, { workerData })
  onTestFinished(async () => void (await member.terminate()))
  await once(member, 'message')

  const producer = new Producer(broker, { batchSizeBytes: 1_000 })
  let delivered = 0
  const fill = async (): Promise<void> => {
    const sends = Array.from({ length: 100 }, () => producer.send({ ...living, value: kibibyte }))
    for (const sent of sends) sent.then(() => delivered++).catch(() => undefined)
    await until(async () => (await broker.metrics()).topics[0]!.partitions[0]!.isBlocked)
  }
  await fill()
  await settled(() => delivered) // by then the worker sleeps, so that a commit has to ring
  member.postMessage('commit')
  await until(() => Atomics.load(words, 0) === 1)
  const successor = new Consumer(broker, group)
  await successor.subscribe([topic])
  await successor.poll() // once the member that has stopped is put out
  // What it released before it was put out is appended by now; then the worker sleeps again.
  const before = await settled(() => delivered)
  Atomics.store(words, 1, 1)
  Atomics.notify(words, 1)
  await until(() => Atomics.load(words, 2) === 1)
  await member.terminate()
  await until(async () => (await broker.metrics()).clientCount === 1)
  await successor.poll()
  successor.commitSync()
  await until(() => delivered > before)
})

/** A number, once it has come to rest. */
async function settled(read: () => number): Promise<number> {
  for (let last = NaN; ;) {
    const now = read()
    if (now === last) return now
    last = now
    await isSettled(new Promise(() => undefined))
  }
}
