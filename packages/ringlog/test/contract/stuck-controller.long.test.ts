import { Consumer, Producer, connect, type LogClient, type TopicPartition } from 'ringlog'
import { expect, test } from 'vitest'
import { outcomes } from './outcomes.ts'
import { STUCK_LIMIT_MS, startStuckBroker } from './stuck-broker.ts'

const at = (topic: string, partition = 0): TopicPartition => ({ topic, partition })

const QUICK = { maxBlockMs: 500, requestTimeoutMs: 500, deliveryTimeoutMs: 2_000 }
const timedOut = expect.stringMatching(/^REQUEST_TIMED_OUT: /) as string
const noController = expect.stringMatching(
  /^REQUEST_TIMED_OUT: the controller of the broker did not answer in time: call=/,
) as string

test('a controller that is stuck: every call ends by its deadline, and what is open goes on', async () => {
  const { broker, stickController } = await startStuckBroker()
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

  const ended = outcomes(STUCK_LIMIT_MS, {
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
  const closed = await outcomes(STUCK_LIMIT_MS, {
    producer: producer.close({ timeoutMs: 100 }),
    broker: broker.close({ timeoutMs: 100 }),
  })
  expect(closed).toEqual({ producer: resolved, broker: resolved })
  await expect(consumer.poll()).rejects.toMatchObject({ code: 'BROKER_CLOSED' })
}, 180_000)

function consumerOf(client: LogClient): Consumer {
  return new Consumer(client, { groupId: 'asking' })
}
