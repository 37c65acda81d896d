/** Everything of a broker that a client can wait for. */
import { Consumer, ConsumerPool, Producer, type LogClient, type TopicPartition } from 'ringlog'
import { NEVER_READY } from './sticking-orders.ts'

/** The topics that the waits need. */
export const TOPICS = { empty: 'empty', full: 'full', stuck: 'stuck', pool: 'pool' } as const

const kibibyte = 'x'.repeat(1000)

/** Waits, by what they wait for; each is pending when this resolves. */
export async function beginWaits(client: LogClient): Promise<Record<string, Promise<unknown>>> {
  const waits: Record<string, Promise<unknown>> = {}
  const consumer = async (topic: string): Promise<Consumer> => {
    const alone = new Consumer(client)
    await alone.assign([at(topic)])
    return alone
  }
  const member = async (groupId: string): Promise<Consumer> => {
    const joined = new Consumer(client, { groupId })
    await joined.subscribe([TOPICS.empty])
    return joined
  }
  waits['poll'] = (await consumer(TOPICS.empty)).poll()
  waits['poll with a timeout'] = (await consumer(TOPICS.empty)).poll({ timeoutMs: 60_000 })
  waits['poll of a member'] = (await member('alone')).poll()
  const pair = [await member('pair'), await member('pair')]
  waits['poll in a rebalance'] = Promise.all(pair.map((one) => one.poll()))
  waits['iteration'] = iterate(await consumer(TOPICS.empty))
  waits['iteration of a member'] = iterate(await member('iterating'))
  waits['stream'] = iterate((await consumer(TOPICS.empty)).toReadable())

  await consumer(TOPICS.full) // holds what it has not polled
  for (const transport of ['rpc', 'shared'] as const) {
    const producer = new Producer(client, {
      transport,
      batchSizeBytes: 4096,
      bufferMemoryBytes: 256 * 1024,
    })
    const sends = Array.from({ length: 100 }, () =>
      producer.send({ ...at(TOPICS.full), value: kibibyte }),
    )
    for (const sent of sends) sent.catch(() => undefined)
    waits[`send by ${transport}`] = sends.at(-1)!
    while (producer.write({ ...at(TOPICS.full), value: kibibyte }));
    waits[`drained by ${transport}`] = producer.drained()
    waits[`flush by ${transport}`] = producer.flush()
    waits[`send to no topic by ${transport}`] = producer.send({ topic: 'none', value: 'a' })
    waits[`send to a stuck partition by ${transport}`] = new Producer(client, { transport }).send({
      ...at(TOPICS.stuck),
      value: 'a',
    })
  }
  waits['partitionsFor'] = new Producer(client).partitionsFor('none')
  waits['assign'] = new Consumer(client).assign([at(TOPICS.stuck)])
  waits['assign for a group'] = new Consumer(client, { groupId: 'assigning' }).assign([
    at(TOPICS.stuck),
  ])
  waits['subscribe'] = new Consumer(client, { groupId: 'joining' }).subscribe([TOPICS.stuck])
  const changing = await member('changing')
  waits['another subscribe'] = changing.subscribe([TOPICS.stuck])
  waits['createTopic'] = client.createTopic(NEVER_READY)
  waits['deleteRecords'] = client.deleteRecords(at(TOPICS.stuck), 1)
  waits['metrics'] = client.metrics()
  for (const wait of Object.values(waits)) wait.catch(() => undefined)
  return waits
}

/** What of a consumer pool can be waited for. */
export async function beginPoolWaits(client: LogClient): Promise<Record<string, Promise<unknown>>> {
  const pool = await ConsumerPool.start(client, {
    groupId: 'pool',
    topics: [TOPICS.pool],
    handler: new URL('./endless.handler.ts', import.meta.url),
    threads: 1,
    onError: () => undefined,
  })
  const waits = {
    'run()': pool.run({ topic: TOPICS.pool, value: 'a' }),
    'drain()': pool.drain(),
    closed: pool.closed,
  }
  for (const wait of Object.values(waits)) wait.catch(() => undefined)
  return waits
}

function at(topic: string): TopicPartition {
  return { topic, partition: 0 }
}

async function iterate(records: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of records);
}
