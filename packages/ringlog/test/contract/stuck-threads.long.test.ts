import {
  Broker,
  Consumer,
  Producer,
  connect,
  type LogClient,
  type TopicPartition,
  type Transport,
} from 'ringlog'
import { until } from '@ringlog/test-kit'
import { BroadcastChannel } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import type { ControllerOrder } from './ending-controller.worker.ts'
import { outcomes } from './outcomes.ts'
import { STICKING_CHANNEL } from './sticking-orders.ts'

/** The longest of the deadlines below, which is that of `createTopic`; and what a busy machine takes. */
const LIMIT_MS = 60_000

const at = (topic: string, partition = 0): TopicPartition => ({ topic, partition })

interface StuckBroker {
  readonly broker: Broker
  /** Resolves when the controller serves nobody any more. */
  readonly stickController: () => Promise<void>
  /** Resolves when the threads of the topic's partitions serve nobody any more. */
  readonly stickPartitions: (topic: string) => Promise<void>
  readonly endPartitions: (topic: string) => void
}

/** A broker whose threads can get stuck, or end, with topics `orders` and `payments` of two partitions. */
async function start(maxRestarts = 0): Promise<StuckBroker> {
  const broker = await Broker.start({
    workers: {
      controller: new URL('./ending-controller.worker.ts', import.meta.url),
      partitionWorker: new URL('./sticking-partition.worker.ts', import.meta.url),
    },
    maxRestarts, // each would add to what restartPartition() may take
  })
  const sticking = new BroadcastChannel(STICKING_CHANNEL)
  const ending = new BroadcastChannel('ending-controller')
  onTestFinished(async () => {
    sticking.close()
    ending.close()
    await broker.close({ timeoutMs: 100 })
  })
  for (const topic of ['orders', 'payments']) await broker.createTopic(topic, { partitions: 2 })
  return {
    broker,
    stickController: async () => {
      const stuck = new Promise((resolve) => ending.addEventListener('message', resolve))
      ending.postMessage('getStuck' satisfies ControllerOrder)
      await stuck
    },
    endPartitions: (topic) => sticking.postMessage(`${topic} dies`),
    stickPartitions: async (topic) => {
      let stuck = 0
      await new Promise<void>((resolve) => {
        sticking.addEventListener('message', () => {
          if (++stuck === 2) resolve()
        })
        sticking.postMessage(topic)
      })
    },
  }
}

const TRANSPORTS: readonly Transport[] = ['rpc', 'shared']
const QUICK = { maxBlockMs: 500, requestTimeoutMs: 500, deliveryTimeoutMs: 2_000 }
const timedOut = expect.stringMatching(/^REQUEST_TIMED_OUT: /) as string
const noController = expect.stringMatching(
  /^REQUEST_TIMED_OUT: the controller of the broker did not answer in time: call=/,
) as string
const noWorker = expect.stringMatching(
  /^REQUEST_TIMED_OUT: worker of partition orders-\d did not answer in time: call=/,
) as string

test('a controller that is stuck: every call ends by its deadline, and what is open goes on', async () => {
  const { broker, stickController } = await start()
  const client = await connect()
  const producer = new Producer(client, QUICK)
  await producer.send({ ...at('orders'), value: 'a' })
  const consumer = new Consumer(client)
  await consumer.assign([at('orders')])
  const member = async (groupId: string): Promise<Consumer> => {
    const joined = new Consumer(client, { groupId })
    await joined.subscribe(['orders'])
    return joined
  }
  const [changing, leaving, closing, quick] = [
    await member('a'),
    await member('b'),
    await member('c'),
    await member('d'),
  ]
  await stickController()

  const ended = outcomes(LIMIT_MS, {
    listTopics: client.listTopics(),
    describeTopic: client.describeTopic('orders'),
    createTopic: client.createTopic('more'),
    createPartitions: client.createPartitions('orders', 3),
    deleteTopic: client.deleteTopic('orders'),
    deleteRecords: client.deleteRecords(at('orders'), 1),
    offsets: client.offsets('orders'),
    metrics: client.metrics(),
    listGroups: client.listGroups(),
    describeGroup: client.describeGroup('a'),
    deleteGroup: client.deleteGroup('a'),
    resetGroupOffsets: client.resetGroupOffsets('a', 'earliest'),
    restartPartition: broker.restartPartition(at('orders')),
    assign: new Consumer(client).assign([at('orders')]),
    'assign for a group': new Consumer(client, { groupId: 'e' }).assign([at('orders')]),
    subscribe: new Consumer(client, { groupId: 'f' }).subscribe(['orders']),
    'another subscribe': changing.subscribe(['payments']),
    unsubscribe: leaving.unsubscribe(),
    committed: consumerOf(client).committed(at('orders')),
    endOffsets: consumerOf(client).endOffsets([at('payments')]),
    partitionsFor: producer.partitionsFor('none'),
    'send to a new topic': producer.send({ topic: 'none', value: 'a' }),
    'send to a new partition': producer.send({ ...at('orders', 1), value: 'a' }),
    connect: connect(),
    'close of a consumer': closing.close(),
    'quick close of a consumer': quick.close({ timeoutMs: 500 }),
  })
  const { offset } = await producer.send({ ...at('orders'), value: 'b' })
  expect(offset).toBe(1)
  let count = 0
  while (count < 2) count += (await consumer.poll()).count

  const resolved = 'resolved'
  expect(await ended).toEqual({
    ...Object.fromEntries(Object.keys(await ended).map((call) => [call, noController])),
    'send to a new partition': timedOut,
    connect: expect.stringMatching(/^BROKER_NOT_AVAILABLE/) as string,
    'close of a consumer': resolved,
    'quick close of a consumer': resolved,
  })
  // What the member asked for is not known: it is to join again.
  await expect(changing.poll({ timeoutMs: 100 })).resolves.toMatchObject({ count: 0 })
  const closed = await outcomes(LIMIT_MS, {
    producer: producer.close({ timeoutMs: 100 }),
    broker: broker.close({ timeoutMs: 100 }),
  })
  expect(closed).toEqual({ producer: resolved, broker: resolved })
  await expect(consumer.poll()).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
}, 180_000)

function consumerOf(client: LogClient): Consumer {
  return new Consumer(client, { groupId: 'asking' })
}

test('partition workers that are stuck: every call ends by its deadline, and other topics go on', async () => {
  const { broker, stickPartitions } = await start()
  const client = await connect()
  const producers = new Map<Transport, Producer>()
  for (const transport of TRANSPORTS) {
    const producer = new Producer(client, { ...QUICK, transport })
    await producer.send({ ...at('orders'), value: 'a' })
    producers.set(transport, producer)
  }
  const consumer = new Consumer(client)
  await consumer.assign([at('orders'), at('payments')])
  const [closing, member] = [new Consumer(client), new Consumer(client, { groupId: 'a' })]
  await closing.assign([at('orders')])
  await member.subscribe(['orders', 'payments'])
  await stickPartitions('orders')

  const send = (transport: Transport): Promise<unknown> =>
    producers.get(transport)!.send({ ...at('orders'), value: 'a' })
  const ended = outcomes(LIMIT_MS, {
    'send by rpc': send('rpc'),
    'send by shared': send('shared'),
    'send by a new producer': new Producer(client, QUICK).send({ ...at('orders'), value: 'a' }),
    deleteRecords: client.deleteRecords(at('orders'), 1),
    assign: new Consumer(client).assign([at('orders')]),
    'assign for a group': new Consumer(client, { groupId: 'b' }).assign([at('orders')]),
    subscribe: new Consumer(client, { groupId: 'c' }).subscribe(['orders', 'payments']),
    metrics: client.metrics(),
    'close of a consumer': closing.close(),
    'close of a member': member.close(),
  })
  let count = 0
  while (count < 2) count += (await consumer.poll()).count // what is there can be read
  const { offset } = await producers.get('shared')!.send({ ...at('payments'), value: 'b' })
  expect(offset).toBe(0)
  expect((await consumer.poll()).count).toBe(1)

  const resolved = 'resolved'
  expect(await ended).toEqual({
    'send by rpc': timedOut,
    'send by shared': timedOut,
    'send by a new producer': timedOut,
    deleteRecords: noWorker,
    assign: noWorker,
    'assign for a group': noWorker,
    subscribe: expect.stringMatching(/^resolved|^REQUEST_TIMED_OUT/) as string,
    metrics: resolved,
    'close of a consumer': resolved,
    'close of a member': resolved,
  })
  const closed = await outcomes(LIMIT_MS, {
    consumer: consumer.close({ timeoutMs: 100 }),
    ...Object.fromEntries(
      [...producers].map(([transport, producer]) => [transport, producer.close()]),
    ),
    deleteTopic: client.deleteTopic('orders'),
  })
  expect(new Set(Object.values(closed))).toEqual(new Set([resolved]))
  expect(await outcomes(LIMIT_MS, { broker: broker.close() })).toEqual({ broker: resolved })
}, 180_000)

test('a consumer that goes while a worker is stuck is gone for its successor, too (INV-93)', async () => {
  const { broker, stickPartitions, endPartitions } = await start(5)
  const client = await connect()
  const staying = new Consumer(broker)
  await staying.assign([at('orders')])
  await new Consumer(client).assign([at('orders')])
  const counts = async (): Promise<unknown> => {
    const { topics } = await broker.metrics()
    const { readerCount, gateCount } = topics.find(({ topic }) => topic === 'orders')!
      .partitions[0]!
    return [readerCount, gateCount]
  }
  expect(await counts()).toEqual([2, 2])
  // For longer than any call waits that has a deadline.
  await stickPartitions('orders for 35000')
  await outcomes(LIMIT_MS, { client: client.close() })
  await until(async () => String(await counts()) === '1,1', 60_000)
  endPartitions('orders')
  await until(async () => (await broker.metrics()).topics[0]!.partitions[0]!.restarts === 1)
  await new Producer(broker).send({ ...at('orders'), value: 'a' }) // the successor serves
  expect(await counts()).toEqual([1, 1])
}, 180_000)
