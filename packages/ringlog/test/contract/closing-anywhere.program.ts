/**
 * A program in which everything is closed under the circumstance that its argument names, on a transport. It
 * prints what has not closed in time, then is to end by itself.
 */
import {
  Broker,
  Consumer,
  ConsumerPool,
  Producer,
  connect,
  type LogClient,
  type Transport,
} from 'ringlog'
import { setTimeout as sleep } from 'node:timers/promises'
import { BroadcastChannel, Worker } from 'node:worker_threads'
import { STICKING_CHANNEL } from './sticking-orders.ts'

/** Against the 30 s and more that waits take which nothing ends. */
const LIMIT_MS = 12_000
const TOPICS = ['orders', 'payments']
const at = TOPICS.map((topic) => ({ topic, partition: 0 }))

const circumstance = process.argv[2] as Circumstance
const transport = process.argv[3] as Transport
const sticking = new BroadcastChannel(STICKING_CHANNEL)
const ending = new BroadcastChannel('ending-controller')
let killing: NodeJS.Timeout | undefined
const file = (name: string): URL => new URL(name, import.meta.url)

/** What is closed, each in two calls at once. */
interface Opened {
  readonly broker: Broker
  readonly client: LogClient
  readonly producer: Producer
  /** Reads both topics, and holds what it has not polled. */
  readonly consumer: Consumer
  readonly members: Consumer[]
  readonly pool: ConsumerPool
}

type Close = (options?: { timeoutMs: number }) => Promise<void>

/** What goes on while all is closed; returns what the closes are limited to, where they would wait for it. */
const CIRCUMSTANCES = {
  'nothing else': async () => undefined,
  load: async (opened) => {
    work(opened)
    await sleep(100)
    return undefined
  },
  'a full ring': async ({ producer }) => {
    for (let i = 0; i < 150; i++) producer.write({ ...at[0]!, value: 'x'.repeat(1000) })
    await sleep(50)
    return { timeoutMs: 300 }
  },
  'a rebalance': async (opened) => {
    work(opened)
    for (let i = 0; i < 3; i++) {
      const joining = new Consumer(opened.client, { groupId: 'members' })
      joining.subscribe(TOPICS).catch(() => undefined)
      opened.members.push(joining)
    }
    return undefined
  },
  'a worker that restarts': async (opened) => {
    work(opened)
    await sleep(50)
    sticking.postMessage('orders dies')
    return undefined
  },
  'workers that keep dying': async (opened) => {
    work(opened)
    killing = setInterval(() => sticking.postMessage('orders dies'), 20)
    await sleep(300)
    return undefined
  },
  'a worker that is stuck': async (opened) => {
    work(opened)
    const stuck = new Promise((resolve) => sticking.addEventListener('message', resolve))
    sticking.postMessage('orders')
    await stuck
    return { timeoutMs: 300 }
  },
  'a controller that is stuck': async (opened) => {
    work(opened)
    const stuck = new Promise((resolve) => ending.addEventListener('message', resolve))
    ending.postMessage('getStuck')
    await stuck
    return { timeoutMs: 300 }
  },
  'a controller that dies': async (opened) => {
    work(opened)
    ending.postMessage('exits')
    return undefined
  },
  'a controller that is dead': async (opened) => {
    work(opened)
    ending.postMessage('throws')
    await opened.consumer.poll({ timeoutMs: 5_000 }).catch(() => undefined)
    await sleep(200)
    return undefined
  },
  'a client thread that is stuck': async ({ broker }) => {
    const thread = new Worker(file('./stuck-client.worker.ts'), { workerData: broker.address })
    await new Promise((resolve) => thread.once('message', resolve))
    thread.unref()
    return { timeoutMs: 300 }
  },
} satisfies Record<string, (opened: Opened) => Promise<{ timeoutMs: number } | undefined>>

export type Circumstance = keyof typeof CIRCUMSTANCES

/** Writes and polls until that fails. */
function work({ producer, consumer, members, pool }: Opened): void {
  const write = async (): Promise<never> => {
    for (let i = 0; ; i++) {
      if (!producer.write({ topic: TOPICS[i % 2]!, value: 'x'.repeat(100) })) {
        await producer.drained()
      }
      if (i % 100 === 0) await sleep(1)
    }
  }
  const begun = [
    write(),
    pollOn(consumer),
    ...members.map(pollOn),
    pool.run({ topic: 'tasks', value: 'a' }),
  ]
  for (const working of begun) working.catch(() => undefined)
}

async function pollOn(consumer: Consumer): Promise<never> {
  for (;;) await consumer.poll()
}

async function open(): Promise<Opened> {
  const broker = await Broker.start({
    workers: {
      controller: file('./ending-controller.worker.ts'),
      partitionWorker: file('./sticking-partition.worker.ts'),
    },
    onError: () => undefined,
  })
  for (const topic of [...TOPICS, 'tasks']) {
    await broker.createTopic(topic, { ringBytes: 64 * 1024 })
  }
  const client = await connect()
  const producer = new Producer(client, {
    transport,
    batchSizeBytes: 4096,
    onDeliveryError: () => undefined,
  })
  const consumer = new Consumer(client)
  await consumer.assign(at)
  const members = [
    new Consumer(client, { groupId: 'members' }),
    new Consumer(broker, { groupId: 'members' }),
  ]
  for (const member of members) await member.subscribe(TOPICS)
  const pool = await ConsumerPool.start(client, {
    groupId: 'pool',
    topics: ['tasks'],
    handler: file('./answering.handler.ts'),
    threads: 1,
    onError: () => undefined,
  })
  return { broker, client, producer, consumer, members, pool }
}

/** Closes; says so where that takes too long. */
async function timed(
  what: string,
  close: Close,
  options: { timeoutMs: number } | undefined,
): Promise<void> {
  const late = setTimeout(() => process.stdout.write(`${what} has not closed in time\n`), LIMIT_MS)
  // What was lost is told; here only the end counts.
  await close(options).catch(() => undefined)
  clearTimeout(late)
}

const opened = await open()
const options = await CIRCUMSTANCES[circumstance](opened)
const { broker, client, producer, consumer, members, pool } = opened
const closes: Array<[string, Close]> = [
  ['producer', (o) => producer.close(o)],
  ['consumer', (o) => consumer.close(o)],
  ...members.map((member, i): [string, Close] => [`member ${i}`, (o) => member.close(o)]),
  ['pool', (o) => pool.close(o)],
]
const twice = (list: Array<[string, Close]>): Promise<unknown> =>
  Promise.all([...list, ...list].map(([what, close]) => timed(what, close, options)))
await twice(closes)
await twice([['client', () => client.close()]])
await twice([['broker', (o) => broker.close(o)]])
// Again, when all is closed.
await twice([...closes, ['client', () => client.close()], ['broker', (o) => broker.close(o)]])
clearInterval(killing)
sticking.close()
ending.close()
process.stdout.write('closed\n')
