import { Broker, Consumer, Producer } from 'ringlog'
import { until } from '@ringlog/test-kit'
import { BroadcastChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { isSettled } from './rig.ts'
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
