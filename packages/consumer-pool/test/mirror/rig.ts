import { Broker } from '@ringlog/broker'
import { Consumer } from '@ringlog/consumer'
import type { LogClient } from '@ringlog/core'
import { Producer, type ProducerConfig } from '@ringlog/producer'
import { onTestFinished } from 'vitest'
import type { MirrorConfig } from '../../src/mirror/config.ts'
import { mirror, type Mirror } from '../../src/mirror/index.ts'

export const GROUP = 'edge'
export const TOPIC = 'prices'

/** A broker that is closed after the test. */
export async function startBroker(): Promise<Broker> {
  const broker = await Broker.start()
  onTestFinished(() => broker.close({ timeoutMs: 2_000 }))
  return broker
}

/** Two brokers, and a topic on the first. */
export async function twoBrokers(
  partitions = 2,
): Promise<{ readonly from: Broker; readonly to: Broker }> {
  const [from, to] = await Promise.all([startBroker(), startBroker()])
  await from.createTopic(TOPIC, { partitions, ringBytes: 1024 * 1024 })
  return { from, to }
}

/** A mirror of the topic that is closed after the test. */
export async function startMirror(
  from: LogClient,
  to: LogClient,
  config: Partial<MirrorConfig> = {},
): Promise<Mirror> {
  const mirroring = await mirror(from, to, { groupId: GROUP, topics: [TOPIC], ...config })
  onTestFinished(() => mirroring.close({ timeoutMs: 2_000 }).catch(() => undefined))
  return mirroring
}

/** Produces the numbers from `first` up to `end`, to the partitions in turn. */
export async function produceNumbers(
  client: LogClient,
  first: number,
  end: number,
  { partitions = 2, ...config }: ProducerConfig & { partitions?: number } = {},
): Promise<void> {
  const producer = new Producer(client, config)
  for (let number = first; number < end; number++) {
    producer.write({ topic: TOPIC, partition: number % partitions, value: String(number) })
    if (number % 10 === 0) await producer.flush() // a batch of its own
  }
  await producer.close()
}

/** A record without what its log has assigned to it. */
export interface Seen {
  readonly partition: number
  readonly key: string | null
  readonly value: string | null
  readonly timestamp: number
  readonly headers: ReadonlyArray<readonly [string, string | null]>
}

/** All that a topic holds, partition by partition, in order. */
export async function allOf(client: LogClient, topic = TOPIC): Promise<Seen[]> {
  const consumer = new Consumer(client, { gating: false })
  const { partitions } = await client.describeTopic(topic)
  const all = partitions.map(({ partition }) => ({ topic, partition }))
  await consumer.assign(all)
  await consumer.seekToBeginning()
  const ends = await consumer.endOffsets(all)
  const seen: Seen[] = []
  while (ends.some(({ offset, ...at }) => consumer.position(at) < offset)) {
    for (const record of await consumer.poll({ timeoutMs: 5_000 })) {
      const { partition, key, value, timestamp, headers } = record
      seen.push({
        partition,
        key: key && String(key),
        value: value && String(value),
        timestamp,
        headers: headers.map(([name, bytes]) => [name, bytes && String(bytes)]),
      })
    }
  }
  await consumer.close()
  return seen.sort((a, b) => a.partition - b.partition)
}

/** The numbers of each partition, in order. */
export async function numbersOf(client: LogClient, partitions = 2): Promise<number[][]> {
  const seen = await allOf(client)
  return Array.from({ length: partitions }, (_, at) =>
    seen.filter(({ partition }) => partition === at).map(({ value }) => Number(value)),
  )
}

/** What `produceNumbers` has written to each partition. */
export function numbersUpTo(end: number, partitions = 2): number[][] {
  return Array.from({ length: partitions }, (_, at) =>
    Array.from({ length: end }, (_unused, number) => number).filter(
      (number) => number % partitions === at,
    ),
  )
}

/** Resolves when the group has committed all that is in the topic. */
export async function untilCommitted(client: LogClient, groupId = GROUP): Promise<void> {
  for (;;) {
    const offsets = await client.offsets(TOPIC, groupId)
    if (offsets.every(({ endOffset, committed }) => (committed ?? 0) === endOffset)) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
