import { Consumer, type ConsumerConfig } from '@ringlog/consumer'
import { errorNumberOf } from '@ringlog/core/internal/cluster'
import type { RinglogErrorCode } from '@ringlog/core'
import { Kfake } from '@ringlog/kafka-tool'
import { describe, onTestFinished } from 'vitest'
import { connectCluster, type ClusterClient, type ClusterConfig } from '../../src/index.ts'

const PROGRAM = process.env['RINGLOG_TEST_KFAKE']

/** Tests of what a broker does once in a while: on franz-go's fake one, by `npm run test:kfake`. */
export const describeOnKfake = describe.skipIf(PROGRAM === undefined)

/** Keys of requests. */
export const PRODUCE = 0
export const FETCH = 1
export const LIST_OFFSETS = 2
export const METADATA = 3
export const OFFSET_COMMIT = 8
export const OFFSET_FETCH = 9
export const FIND_COORDINATOR = 10
export const JOIN_GROUP = 11
export const HEARTBEAT = 12
export const GROUP_HEARTBEAT = 68

/** Brokers of the test's own. */
export async function startKfake(brokers = 1): Promise<Kfake> {
  const kfake = await Kfake.start(PROGRAM!, brokers)
  onTestFinished(() => kfake.stop())
  return kfake
}

/** A client of them, closed before they end. */
export async function connectTo(
  { bootstrapServers }: Kfake,
  config: Partial<ClusterConfig> = {},
): Promise<ClusterClient> {
  const client = await connectCluster({ bootstrapServers, retryBackoffMs: 20, ...config })
  onTestFinished(() => client.close().catch(() => undefined))
  return client
}

export function consumerOn(client: ClusterClient, config: ConsumerConfig = {}): Consumer {
  const consumer = new Consumer(client, { autoOffsetReset: 'earliest', ...config })
  onTestFinished(() => consumer.close().catch(() => undefined))
  return consumer
}

export const numberOf = (code: RinglogErrorCode): number => errorNumberOf(code)

/** Polls until so many records have come; `offset:value` of each. */
export async function readAll(consumer: Consumer, count: number): Promise<string[]> {
  const read: string[] = []
  while (read.length < count) {
    const records = await consumer.poll({ timeoutMs: 20_000 })
    if (records.count === 0) throw new Error(`${read.length} of ${count} came`)
    for (const { offset, value } of records) read.push(`${offset}:${String(value)}`)
  }
  return read
}

/** What `readAll` returns of `count` records whose values are their numbers. */
export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${index}:${index}`)
}
