import {
  Broker,
  Consumer,
  Producer,
  connect,
  type BrokerConfig,
  type ConsumerConfig,
  type ConsumerRecord,
  type Data,
  type LogClient,
  type ProducerConfig,
  type TopicConfig,
  type TopicPartition,
} from 'ringlog'
import { inMemoryClient, type InMemoryClient } from 'ringlog/testing'
import * as kit from '@ringlog/test-kit'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished } from 'vitest'
import { connectForTest } from './cluster-rig.ts'
import type { NOT_IN_MEMORY } from './not-in-memory.ts'
import { CLUSTER, IS_FOLLOWED } from './tested-cluster.ts'

/** Where a log lives: with threads of its own, or in the test's. */
export type TestedLog = 'with threads' | 'in memory' | 'on a cluster'
export type TestedTransport = 'rpc' | 'shared' | 'in memory' | 'on a cluster'

/** The build is made of the same code: it is held to the contract on the transport that is the default. */
const isOnBuild = process.env['RINGLOG_TEST_TARGET'] === 'build'

/** Every way to a log keeps the same contract: the suites in this folder run on each. */
export const TRANSPORTS: readonly TestedTransport[] = transportsToTest()

export const LOGS: readonly TestedLog[] = [...new Set(TRANSPORTS.map(logOf))]

function transportsToTest(): TestedTransport[] {
  if (CLUSTER !== null) return ['on a cluster']
  return isOnBuild ? ['shared'] : ['rpc', 'shared', 'in memory']
}

/** Where the log lives to which records come that way. */
export function logOf(transport: TestedTransport): TestedLog {
  return transport === 'in memory' || transport === 'on a cluster' ? transport : 'with threads'
}

/** Whether a log cannot do what a test is about: see `NOT_IN_MEMORY`. */
export function lacks(log: TestedTransport | TestedLog, what: keyof typeof NOT_IN_MEMORY): boolean {
  // A cluster has no thread of this process.
  return log === 'in memory' || (log === 'on a cluster' && what === 'ownThreads')
}

/** Whether `commitSync` may block the thread. */
export function canCommitSync(log: TestedTransport | TestedLog): boolean {
  return log !== 'on a cluster'
}

/** Whether `pollSync` may block the thread. */
export function canPollSync(log: TestedTransport | TestedLog): boolean {
  return log !== 'on a cluster' || IS_FOLLOWED
}

/** A message with these words in it; a cluster has its own. */
export function saying(log: TestedTransport | TestedLog, words: string): string {
  const message: unknown =
    log === 'on a cluster' ? expect.any(String) : expect.stringContaining(words)
  return message as string
}

/** Options of a ring, where the log has one. */
export function ofRing<O extends object>(log: TestedTransport | TestedLog, options: O): Partial<O> {
  return log === 'on a cluster' ? {} : options
}

/** What the log's own threads count; brokers of a cluster tell it by other means. */
export function counted<M extends object>(
  log: TestedTransport | TestedLog,
  metrics: M,
): Partial<M> {
  return log === 'on a cluster' ? {} : metrics
}

/** The ways to logs that can do what a suite is about. */
export function transportsWith(what: keyof typeof NOT_IN_MEMORY): TestedTransport[] {
  return TRANSPORTS.filter((transport) => !lacks(transport, what))
}

/** A broker that is closed after the test. */
export async function startBroker(config?: BrokerConfig): Promise<Broker> {
  if (CLUSTER !== null) return (await connectForTest(CLUSTER)) as unknown as Broker
  return closedAfterwards(await Broker.start(config))
}

/** A log that is closed after the test. */
export async function startLog(log: TestedLog, config?: BrokerConfig): Promise<LogOwner> {
  if (log === 'on a cluster') return connectForTest(CLUSTER!)
  return log === 'in memory' ? closedAfterwards(await inMemoryClient(config)) : startBroker(config)
}

/** A client of the log that was started last, beside the one that it was started with. */
export function connectAgain(): Promise<LogClient> {
  return CLUSTER === null ? connect() : connectForTest(CLUSTER)
}

/** The client with which a log ends: a broker, or one in memory. */
export type LogOwner = InMemoryClient

function closedAfterwards<Owner extends LogOwner>(owner: Owner): Owner {
  onTestFinished(() => owner.close({ timeoutMs: 500 }))
  return owner
}

/** A broker with one topic, and clients on one transport. */
export class Rig {
  readonly broker: LogOwner
  readonly topic: string
  readonly #transport: TestedTransport

  private constructor(broker: LogOwner, topic: string, transport: TestedTransport) {
    this.broker = broker
    this.topic = topic
    this.#transport = transport
  }

  static async start(
    transport: TestedTransport,
    config: TopicConfig = {},
    topic = 'orders',
    logConfig: BrokerConfig = {},
  ): Promise<Rig> {
    const broker = await startLog(logOf(transport), logConfig)
    await broker.createTopic(topic, config)
    return new Rig(broker, topic, transport)
  }

  producer<K = Data | null, V = Data | null>(
    config: ProducerConfig<K, V> = {},
    client: LogClient = this.broker,
  ): Producer<K, V> {
    const transport =
      this.#transport === 'rpc' || this.#transport === 'shared' ? this.#transport : 'auto'
    return new Producer(client, { transport, ...config })
  }

  /** A consumer of some partitions of the topic; of the first, where none is named. */
  async consumer(config: ConsumerConfig = {}, partitions: number[] = [0]): Promise<Consumer> {
    const consumer = new Consumer(this.broker, config)
    await consumer.assign(partitions.map((partition) => this.at(partition)))
    return consumer
  }

  at(partition: number): TopicPartition {
    return { topic: this.topic, partition }
  }
}

/** Where partitions are followed, a thread is started for each first. */
const RECORDS_WITHIN_MS = IS_FOLLOWED ? 20_000 : 5_000

/** Polls until so many records have come; all of them, as values by partition. */
export async function pollValues(consumer: Consumer, count: number): Promise<string[][]> {
  const values: string[][] = []
  for (const { partition, value } of await pollRecords(consumer, count)) {
    values[partition] ??= []
    values[partition].push(String(value))
  }
  return values
}

export async function pollRecords(consumer: Consumer, count: number): Promise<ConsumerRecord[]> {
  const records: ConsumerRecord[] = []
  while (records.length < count) {
    const polled = await consumer.poll({ timeoutMs: RECORDS_WITHIN_MS })
    if (polled.count === 0) throw new Error(`${records.length} of ${count} records came`)
    records.push(...polled)
  }
  return records
}

/**
 * Waits until a poll can hand out so many records of these partitions at once. Where they are followed, each comes
 * for itself; elsewhere they are there as soon as they are sent.
 */
export async function untilHere(rig: Rig, partitions: number[], count: number): Promise<void> {
  if (IS_FOLLOWED) await pollRecords(await rig.consumer({ gating: false }, partitions), count)
}

/** Lets the event loop of this thread, and the others, get on for a while. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** Whether the promise is settled after a while. */
export function isSettled(promise: Promise<unknown>): Promise<boolean> {
  return kit.isSettled(promise, settle())
}

/** Everything that is published on a channel from now on. */
export function eventsOf<Event>(channel: string): Event[] {
  const events: Event[] = []
  const onEvent = (event: unknown): void => void events.push(event as Event)
  subscribe(channel, onEvent)
  onTestFinished(() => void unsubscribe(channel, onEvent))
  return events
}
