import { Consumer, ConsumerPool, Producer, type Broker, type LogClient } from 'ringlog'
import { channel } from 'node:diagnostics_channel'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectAgain, startBroker } from './rig.ts'

const topic = 'orders'
const at = { topic, partition: 0 }
/** Against the 30 s that a close waits for what waits for it. */
const LIMIT_MS = 10_000

interface Closable {
  readonly broker: Broker
  readonly client: LogClient
  readonly consumer: Consumer
  readonly producer: Producer
}

type Closes = (closable: Closable) => Promise<unknown>

/** What a callback may close, and wait for. */
const CLOSES: Array<{ name: string; close: Closes }> = [
  { name: 'its consumer', close: ({ consumer }) => consumer.close() },
  { name: 'its producer', close: ({ producer }) => producer.close() },
  { name: 'its client', close: ({ client }) => client.close() },
  { name: 'the broker', close: ({ broker }) => broker.close() },
  { name: 'all at once, twice', close: closeAll },
]

async function closeAll({ broker, client, consumer, producer }: Closable): Promise<void> {
  const all = [producer, consumer, client, broker]
  await Promise.all([...all, ...all].map((one) => one.close()))
}

async function start(): Promise<Closable> {
  const broker = await startBroker()
  await broker.createTopic(topic, { ringBytes: 65_536 })
  const client = await connectAgain()
  onTestFinished(() => client.close().catch(() => undefined))
  const producer = new Producer(client)
  await producer.send({ ...at, value: 'a' })
  return { broker, client, producer, consumer: new Consumer(client, { groupId: 'billing' }) }
}

/** The callback has been called, and what it closed has closed; fails where it has not in time. */
async function inTime(closed: Promise<unknown>): Promise<void> {
  const late = new Promise((resolve) => setTimeout(resolve, LIMIT_MS, 'late').unref())
  expect(await Promise.race([closed.then(() => 'in time'), late])).toBe('in time')
}

/** A callback that closes, and a promise of that. */
function callback(close: () => Promise<unknown>): {
  call: () => Promise<void>
  closed: Promise<void>
} {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const call = async (): Promise<void> => {
    // What was lost is told; here only the end counts.
    await close().catch(() => undefined)
    resolve()
  }
  return { call, closed }
}

describe.each(CLOSES)(
  'a callback that closes $name, and waits for that, comes to its end',
  ({ close }) => {
    test('as a rebalance listener that is told what is assigned', async () => {
      const closable = await start()
      const { call, closed } = callback(() => close(closable))
      closable.consumer.subscribe([topic], { onPartitionsAssigned: call }).catch(() => undefined)
      await inTime(closed)
    })

    test('as a rebalance listener that is told what is revoked', async () => {
      const closable = await start()
      const { consumer } = closable
      const { call, closed } = callback(() => close(closable))
      await consumer.subscribe([topic], { onPartitionsRevoked: call })
      consumer.unsubscribe().catch(() => undefined)
      await inTime(closed)
    })

    test('as a rebalance listener, while another close waits for it', async () => {
      const closable = await start()
      const { consumer } = closable
      const { call, closed } = callback(() => close(closable))
      await consumer.subscribe([topic], { onPartitionsRevoked: call })
      const outer = close(closable).catch(() => undefined)
      const closing = consumer.close().catch(() => undefined)
      await inTime(Promise.all([outer, closing]))
      // The listener is called where the consumer still had its partitions.
      void closed
    })

    test('as the body of an iteration', async () => {
      const closable = await start()
      const { consumer } = closable
      await consumer.assign([at])
      const iterate = async (): Promise<void> => {
        for await (const _ of consumer) {
          await close(closable)
          break
        }
      }
      await inTime(iterate().catch(() => undefined))
    })

    test('as the last part of a pipeline', async () => {
      const closable = await start()
      const { consumer } = closable
      await consumer.assign([at])
      const { call, closed } = callback(() => close(closable))
      const closing = new Writable({
        objectMode: true,
        write: (_record, _encoding, done) => void call().finally(() => done()),
      })
      const ending = new AbortController()
      const { signal } = ending
      const ended = pipeline(consumer.toReadable(), closing, { signal }).catch(() => undefined)
      await inTime(closed)
      ending.abort()
      await inTime(ended)
    })

    test('as onDeliveryError', async () => {
      const closable = await start()
      const { call, closed } = callback(() => close(closable))
      const failing = new Producer(closable.client, {
        maxBlockMs: 10,
        onDeliveryError: () => void call(),
      })
      failing.write({ topic: 'none', value: 'a' })
      await inTime(closed)
    })

    test('as what comes after a send, a flush and a wait for room', async () => {
      const closable = await start()
      const { producer } = closable
      const waits = [
        producer.send({ ...at, value: 'a' }),
        producer.flush(),
        producer.drained(),
        closable.client.listTopics(),
      ]
      await inTime(Promise.allSettled(waits.map((wait) => wait.then(() => close(closable)))))
    })

    test('as a listener of a diagnostics channel', async () => {
      const closable = await start()
      const { call, closed } = callback(() => close(closable))
      const rebalances = channel('ringlog:rebalance')
      const listener = (): void => void call()
      rebalances.subscribe(listener)
      onTestFinished(() => {
        rebalances.unsubscribe(listener)
      })
      closable.consumer.subscribe([topic]).catch(() => undefined)
      await inTime(closed)
    })

    test('as onError of a pool', async () => {
      const closable = await start()
      const { call, closed } = callback(() => close(closable))
      const pool = await ConsumerPool.start(closable.client, {
        groupId: 'pool',
        topics: [topic],
        handler: new URL('./failing.handler.ts', import.meta.url),
        threads: 1,
        maxAttempts: 1,
        autoOffsetReset: 'latest',
        onError: () => void call(),
      })
      closable.producer.send({ ...at, value: 'b' }).catch(() => undefined)
      await inTime(closed)
      await inTime(pool.close().catch(() => undefined))
    })
  },
)

test('a pool that is closed by its onError, twice, comes to its end', async () => {
  const broker = await startBroker()
  await broker.createTopic(topic)
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const pool = await ConsumerPool.start(broker, {
    groupId: 'pool',
    topics: [topic],
    handler: new URL('./failing.handler.ts', import.meta.url),
    threads: 1,
    maxAttempts: 1,
    onError: () => void Promise.allSettled([pool.close(), pool.close()]).then(() => resolve()),
  })
  await new Producer(broker).send({ ...at, value: 'a' })
  await inTime(ended)
})
