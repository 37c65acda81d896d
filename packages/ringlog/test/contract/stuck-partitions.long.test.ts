import { Consumer, Producer, connect, type TopicPartition, type Transport } from 'ringlog'
import { expect, test } from 'vitest'
import { outcomes } from './outcomes.ts'
import { STUCK_LIMIT_MS, startStuckBroker } from './stuck-broker.ts'

const at = (topic: string, partition = 0): TopicPartition => ({ topic, partition })

const TRANSPORTS: readonly Transport[] = ['rpc', 'shared']
const QUICK = { maxBlockMs: 500, requestTimeoutMs: 500, deliveryTimeoutMs: 2_000 }
const timedOut = expect.stringMatching(/^REQUEST_TIMED_OUT: /) as string
const noWorker = expect.stringMatching(
  /^REQUEST_TIMED_OUT: worker of partition orders-\d did not answer in time: call=/,
) as string

test('partition workers that are stuck: every call ends by its deadline, and other topics go on', async () => {
  const { broker, stickPartitions } = await startStuckBroker()
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
  const ended = outcomes(STUCK_LIMIT_MS, {
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
  const closed = await outcomes(STUCK_LIMIT_MS, {
    consumer: consumer.close({ timeoutMs: 100 }),
    ...Object.fromEntries(
      [...producers].map(([transport, producer]) => [transport, producer.close()]),
    ),
    deleteTopic: client.deleteTopic('orders'),
  })
  expect(new Set(Object.values(closed))).toEqual(new Set([resolved]))
  expect(await outcomes(STUCK_LIMIT_MS, { broker: broker.close() })).toEqual({ broker: resolved })
}, 180_000)
