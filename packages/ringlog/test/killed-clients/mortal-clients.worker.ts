/** Clients that use a broker in every way, in a thread that is ended in the middle of it. */
import {
  Consumer,
  ConsumerPool,
  Producer,
  connect,
  type BrokerAddress,
  type ConsumerConfig,
  type LogClient,
} from 'ringlog'
import { seededRandom } from '@ringlog/test-kit'
import { isMainThread, workerData } from 'node:worker_threads'

/** How the thread ends. */
export const ENDS = ['terminated', 'exits', 'throws'] as const
export type End = (typeof ENDS)[number]

export interface MortalClientsData {
  readonly address: BrokerAddress
  readonly topics: readonly string[]
  readonly clients: number
  readonly seed: number
  readonly end: End
  /** How long it lives from its start, unless it is to be terminated. */
  readonly livesMs: number
  /** Whether it has a consumer pool, too. */
  readonly hasPool: boolean
  /** One word: how many producers and consumers were opened, in all threads. */
  readonly opened: Int32Array
}

async function live(data: MortalClientsData): Promise<void> {
  const { end, livesMs, address, topics, hasPool } = data
  const random = seededRandom(data.seed)
  if (end !== 'terminated') {
    setTimeout(() => {
      if (end === 'exits') process.exit()
      throw new Error('ends the thread')
    }, livesMs)
  }
  for (let i = 0; i < data.clients; i++) void useClient(data, random)
  if (hasPool) void usePool(await connect(address), topics[0]!)
  // Blocks again and again, so that it may be ended in the middle of that.
  const blocking = new Consumer(await connect(address))
  opened(data)
  await blocking.assign([{ topic: topics[0]!, partition: 0 }])
  for (;;) {
    blocking.pollSync({ timeoutMs: random() * 20 })
    await new Promise((resolve) => setImmediate(resolve))
  }
}

type Use = (client: LogClient, topic: string, random: () => number) => Promise<unknown>

/** What is done with one client: all of it at once. */
const PRODUCERS: Use[] = (['rpc', 'shared'] as const).flatMap((transport) =>
  [true, false].map((idempotence): Use => {
    const config = { transport, idempotence, batchSizeBytes: 1_000, bufferMemoryBytes: 65_536 }
    return async (client, topic, random) => {
      const producer = new Producer(client, config)
      for (;;) {
        const value = 'x'.repeat(random() * 500)
        if (!producer.write({ topic, value })) await producer.drained()
      }
    }
  }),
)

const GROUPS = ['billing', 'shipping']

const CONSUMERS: Use[] = [
  async (client, topic) => pollOn(await assigned(client, topic, {})),
  async (client, topic, random) => {
    const groupId = `own-${Math.floor(random() * 4)}`
    const consumer = await assigned(client, topic, { groupId, autoCommit: false })
    for (;;) {
      await consumer.poll()
      await consumer.commit()
    }
  },
  async (client, topic, random) => pollOn(await subscribed(client, topic, random)),
  async (client, topic, random) => {
    for await (const _ of await subscribed(client, topic, random));
  },
  async (client, topic, random) => {
    for await (const _ of (await subscribed(client, topic, random)).toReadable());
  },
  async (client, topic, random) => {
    for (;;) {
      const consumer = await subscribed(client, topic, random)
      await consumer.poll({ timeoutMs: random() * 5 })
      await consumer.close()
    }
  },
  async (client, _, random) => {
    const consumer = new Consumer(client, { groupId: 'matching' })
    for (;;) await consumer.subscribe(random() < 0.5 ? /./ : /none/)
  },
  async (client, topic) => {
    const consumer = new Consumer(client, { groupId: 'asking' })
    for (;;) {
      await consumer.committed({ topic, partition: 0 })
      await consumer.endOffsets([{ topic, partition: 1 }])
    }
  },
]

async function useClient(data: MortalClientsData, random: () => number): Promise<void> {
  const client = await connect(data.address)
  const topic = data.topics[Math.floor(random() * data.topics.length)]!
  const pick = (uses: readonly Use[]): Use => uses[Math.floor(random() * uses.length)]!
  for (const use of [pick(PRODUCERS), pick(CONSUMERS), pick(CONSUMERS)]) {
    opened(data)
    // A consumer that another has taken the partition from, say.
    use(client, topic, random).catch(() => undefined)
  }
}

async function usePool(client: LogClient, topic: string): Promise<void> {
  const handler = new URL('../contract/answering.handler.ts', import.meta.url)
  const pool = await ConsumerPool.start(client, {
    groupId: 'pool',
    topics: [topic],
    handler,
    threads: 1,
  })
  for (let i = 0; ; i++) await pool.run({ topic, value: String(i) })
}

async function assigned(client: LogClient, topic: string, config: ConsumerConfig) {
  const consumer = new Consumer(client, config)
  await consumer.assign([
    { topic, partition: 0 },
    { topic, partition: 1 },
  ])
  return consumer
}

async function subscribed(client: LogClient, topic: string, random: () => number) {
  const groupId = GROUPS[Math.floor(random() * GROUPS.length)]!
  const consumer = new Consumer(client, { groupId })
  await consumer.subscribe([topic])
  return consumer
}

async function pollOn(consumer: Consumer): Promise<never> {
  for (;;) await consumer.poll()
}

function opened({ opened: words }: MortalClientsData): void {
  Atomics.add(words, 0, 1)
}

if (!isMainThread) await live(workerData as MortalClientsData)
