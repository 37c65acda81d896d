import { Broker, Consumer, Producer, connect, type LogClient } from 'ringlog'
import { VirtualClock, inMemoryClient, killPartitionWorker } from 'ringlog/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readText } from './markdown.ts'

const DOCUMENT = 'docs/troubleshooting.md'
const ORDERS = { topic: 'orders', partition: 0 }
const RECORD = { topic: 'orders', value: 'x'.repeat(1_000) }
const SMALL_RING = { ringBytes: 64 * 1024 }
const HELD_RING = { ...SMALL_RING, gatingGroups: ['billing'] }
const BILLING = { groupId: 'billing', clientId: 'billing-1' }

/** The sections, by their headings. */
const SECTIONS = new Map(
  readText(DOCUMENT)
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.split('\n', 1)[0]!, section] as const),
)

/** The messages that a section quotes. */
function quotesOf(heading: string): string[] {
  const quotes = SECTIONS.get(heading)?.matchAll(/(?:^> .*\n)+/gm) ?? []
  return [...quotes].map(([quote]) => quote.replaceAll(/^> /gm, '').replaceAll('\n', ' ').trim())
}

/** Without what takes another time, or lies elsewhere, each time. */
function normalize(message: string): string {
  return message
    .replaceAll(/(waited for|another) \d+ ms/g, '$1 0 ms')
    .replaceAll(/no file \S+\/(?=\w+\.js)/g, 'no file ')
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return (error as Error).message
  }
  return 'nothing failed'
}

/** Sends more than a small ring holds, and says how the first record failed that found no room. */
async function overfill(producer: Producer, clock: VirtualClock): Promise<string> {
  const sent = Array.from({ length: 100 }, () => failureOf(producer.send(RECORD)))
  await clock.advance(5_000)
  return (await Promise.all(sent)).find((message) => message !== 'nothing failed')!
}

const warnings: string[] = []
const keepWarning = (warning: Error): number => warnings.push(warning.message)
beforeAll(() => void process.on('warning', keepWarning))
afterAll(() => void process.off('warning', keepWarning))

/** The warning that has these words. */
async function warningOf(words: string): Promise<string> {
  const find = (): string | undefined => warnings.find((message) => message.includes(words))
  await expect.poll(find).toBeDefined()
  return find()!
}

/** A log in memory whose time the test moves. */
async function withClock(
  bringAbout: (client: LogClient, clock: VirtualClock) => Promise<string[]>,
): Promise<string[]> {
  const clock = new VirtualClock()
  const client = await inMemoryClient({ clock })
  const messages = await bringAbout(client, clock)
  await Promise.all([client.close({ timeoutMs: 1 }).catch(() => undefined), clock.advance(1_000)])
  return messages
}

/** What brings about the messages of a section, in their order. */
const MESSAGES: Record<string, () => Promise<string[]>> = {
  'Records that were given to `write` are lost': async () => {
    const client = await inMemoryClient()
    new Producer(client).write(RECORD)
    await client.close({ timeoutMs: 0 })
    return [await warningOf('records=1')]
  },

  '`write` returns false for long, `send` does not resolve, BUFFER_FULL': () =>
    withClock(async (client, clock) => {
      await client.createTopic('orders', HELD_RING)
      const consumer = new Consumer(client, { ...BILLING, autoCommit: false })
      await consumer.subscribe(['orders'])
      const full = await overfill(new Producer(client, { maxBlockMs: 5_000 }), clock)
      const small = new Producer(client, { bufferMemoryBytes: 70_000, batchSizeBytes: 16_384 })
      const heedless = async (): Promise<void> => {
        for (;;) small.write(RECORD)
      }
      return [full, await failureOf(heedless())]
    }),

  'A consumer gets nothing': () =>
    withClock(async (client) => [await failureOf(new Consumer(client, BILLING).poll())]),

  'Records are missing': () =>
    withClock(async (client, clock) => {
      await client.createTopic('orders', SMALL_RING)
      await overfill(new Producer(client), clock)
      return [await warningOf('nobody has read')]
    }),

  'Records wait, and nothing is sent': () =>
    withClock(async (client, clock) => {
      await client.createTopic('carts')
      new Producer(client, { onDeliveryError: () => undefined }).write({ topic: 'cart', value: '' })
      await clock.advance(1_000)
      return [await warningOf('records wait')]
    }),

  'A group rebalances again and again': () =>
    withClock(async (client, clock) => {
      await client.createTopic('orders')
      const [sent] = await Promise.all([new Producer(client).send(RECORD), clock.advance(1)])
      const config = { ...BILLING, maxPollIntervalMs: 300_000, autoCommit: false }
      const member = new Consumer(client, config)
      await member.subscribe(['orders'])
      await member.poll()
      await clock.advance(300_001)
      const commit = [{ ...ORDERS, offset: sent.offset + 1 }]
      const late = await failureOf(member.commit(commit))
      await member.close()

      const [first, second] = [0, 1].map(
        () => new Consumer(client, { ...config, groupInstanceId: 'one' }),
      )
      await first!.subscribe(['orders'])
      await first!.poll()
      await second!.subscribe(['orders'])
      return [late, await failureOf(first!.commit(commit))]
    }),

  'A partition is offline': async () => {
    await using broker = await Broker.start({ maxRestarts: 0, onError: () => undefined })
    await broker.createTopic('orders')
    await killPartitionWorker(broker, ORDERS)
    const producer = new Producer(broker)
    const offline = await failureOf(producer.send(RECORD))
    await broker.restartPartition(ORDERS)
    expect(await producer.send(RECORD)).toMatchObject({ offset: 0 })
    return [offline]
  },

  'A record cannot be posted to another thread': () =>
    withClock(async (client, clock) => {
      await client.createTopic('orders')
      await Promise.all([new Producer(client).send(RECORD), clock.advance(1)])
      const consumer = new Consumer(client)
      await consumer.assign([ORDERS])
      const [record] = await consumer.poll()
      expect(structuredClone(record!.copy())).toMatchObject({ topic: 'orders', offset: 0 })
      const value = record!.value!
      const transfer = [value.buffer as ArrayBuffer]
      return [
        await failureOf(Promise.resolve().then(() => structuredClone(record))),
        await failureOf(Promise.resolve().then(() => structuredClone(value, { transfer }))),
      ]
    }),

  '`connect()` finds no broker': async () => {
    const none = await failureOf(connect())
    await using first = await Broker.start()
    await using second = await Broker.start()
    const several = await failureOf(connect())
    for (const { address } of [first, second]) await (await connect(address)).close()
    return [none, several]
  },

  'The file of a thread is not found, after bundling': async () => {
    const controller = new URL('controller.js', import.meta.url)
    return [await failureOf(Broker.start({ workers: { controller } }))]
  },

  '`broker.close()` takes long': async () => {
    const client = await inMemoryClient()
    await client.createTopic('orders', HELD_RING)
    await new Consumer(client, BILLING).subscribe(['orders'])
    const producer = new Producer(client, { onDeliveryError: () => undefined })
    for (let i = 0; i < 100; i++) producer.write(RECORD)
    const isBlocked = async (): Promise<boolean> =>
      (await client.metrics()).topics[0]!.partitions[0]!.isBlocked
    await expect.poll(isBlocked).toBe(true)
    await client.close({ timeoutMs: 2_000 })
    return [await warningOf('close() has waited')]
  },
}

describe(`the messages of ${DOCUMENT}`, () => {
  test('are all brought about', () => {
    const quoting = [...SECTIONS.keys()].filter((heading) => quotesOf(heading).length > 0)
    expect(quoting).toEqual(Object.keys(MESSAGES))
  })

  test.each(Object.entries(MESSAGES))('%s', async (heading, bringAbout) => {
    const messages = await bringAbout()
    expect(messages.map(normalize)).toEqual(quotesOf(heading).map(normalize))
  })
})
