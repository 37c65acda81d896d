import { Broker } from '@ringlog/broker'
import { Consumer } from '@ringlog/consumer'
import { RinglogError, type BrokerMetrics } from '@ringlog/core'
import { Producer } from '@ringlog/producer'
import * as fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { PROMETHEUS_CONTENT_TYPE, prometheusMetrics } from '../../src/index.ts'
import {
  BROKER,
  DATA_DIRECTORY,
  PARTITION,
  PARTITION_DISK,
} from '../../src/prometheus/broker-measures.ts'
import { CONSUMER, HANDLER, PRODUCER } from '../../src/prometheus/client-measures.ts'
import { GROUP, GROUP_PARTITION } from '../../src/prometheus/group-measures.ts'
import type { Measure } from '../../src/prometheus/measure.ts'
import { readScrape, type Sample } from './scrape.ts'
import { clientOf } from './weird-metrics.ts'

/** What no series is made of: names, what is summed up from partitions or by Prometheus itself. */
const NOT_TOLD = [
  /^(topic|partition|clientId|groupId|topics|groups|clients|holder)$/,
  /Rate$/,
  /Avg$/,
  /^record(SizeMax)$|^batchSizeMax$|^fetchSizeMax$|^recordsLeadMin$/,
]

function valueOf(samples: readonly Sample[], name: string, labels: object = {}): number[] {
  const wanted = JSON.stringify(labels)
  return samples
    .filter((sample) => sample.name === name && JSON.stringify(sample.labels) === wanted)
    .map(({ value }) => value)
}

test('a scrape tells of the broker, its partitions, groups and clients', async () => {
  const broker = await Broker.start()
  onTestFinished(() => broker.close({ timeoutMs: 500 }))
  await broker.createTopic('orders', { partitions: 2 })
  const producer = new Producer(broker, { clientId: 'shop' })
  const consumer = new Consumer(broker, { clientId: 'books', groupId: 'billing' })
  await consumer.subscribe(['orders'])
  for (let i = 0; i < 10; i++) await producer.send({ topic: 'orders', partition: 1, value: 'a' })
  while ((await consumer.poll()).count === 0);
  await consumer.commit([{ topic: 'orders', partition: 1, offset: 4 }])

  const { samples } = readScrape(await prometheusMetrics(broker))
  const at = { topic: 'orders', partition: '1' }
  expect(valueOf(samples, 'ringlog_partitions')).toEqual([2])
  expect(valueOf(samples, 'ringlog_partition_appended_records_total', at)).toEqual([10])
  expect(valueOf(samples, 'ringlog_partition_online', at)).toEqual([1])
  expect(valueOf(samples, 'ringlog_group_lag_records', { group: 'billing', ...at })).toEqual([6])
  expect(valueOf(samples, 'ringlog_producer_sent_records_total', { client_id: 'shop' })).toEqual([
    10,
  ])
  const reader = { client_id: 'books', group: 'billing' }
  expect(valueOf(samples, 'ringlog_consumer_assigned_partitions', reader)).toEqual([2])
  const kinds = samples.filter(({ name }) => name === 'ringlog_client_metrics_age_seconds')
  expect(kinds.map(({ labels }) => labels['kind'])).toEqual(['consumer', 'producer'])

  const lines = (await prometheusMetrics(broker)).split('\n')
  const again = (await prometheusMetrics(broker)).split('\n')
  expect(again.map(withoutValue)).toEqual(lines.map(withoutValue))
})

test('every number of the metrics is told of, in base units', async () => {
  const broker = await Broker.start()
  onTestFinished(() => broker.close({ timeoutMs: 500 }))
  await broker.createTopic('orders')
  const consumer = new Consumer(broker, { groupId: 'g' })
  await consumer.subscribe(['orders'])
  const producer = new Producer(broker)
  const metrics = await broker.metrics()
  const group = metrics.groups[0]!
  // A broker's and a topic's totals are the sums of the partitions'.
  const totals = Object.keys(metrics.topics[0]!)
  const withoutTotals = Object.entries(metrics).filter(([name]) => !totals.includes(name))
  const handler = {
    handledRecords: 0,
    failedAttempts: 0,
    deadLetteredRecords: 0,
    pendingRecords: 0,
    waitingRetries: 0,
  }
  const ofBroker = Object.fromEntries(withoutTotals) as unknown as BrokerMetrics
  expect(untold(BROKER, ofBroker)).toEqual(['dataDirectory'])
  expect(untold(DATA_DIRECTORY, { freeBytes: 1, totalBytes: 2 })).toEqual([])
  expect(untold(PARTITION, metrics.topics[0]!.partitions[0]!)).toEqual(['disk'])
  const files = { writtenOffset: 0, flushedOffset: 0, sizeBytes: 0, segmentCount: 1 }
  const flushes = { logFlushesTotal: 0, logFlushMsTotal: 0 }
  const disk = { ...files, ...flushes, state: 'writing', compaction: null } as const
  expect(untold(PARTITION_DISK, disk)).toEqual([])
  expect(untold(GROUP, group)).toEqual(['partitions'])
  expect(untold(GROUP_PARTITION, group.partitions[0]!)).toEqual([])
  expect(untold(PRODUCER, producer.metrics())).toEqual([])
  expect(untold(CONSUMER, consumer.metrics())).toEqual([])
  expect(untold(HANDLER, handler)).toEqual([])
  for (const { name } of [
    ...BROKER,
    ...DATA_DIRECTORY,
    ...PARTITION,
    ...PARTITION_DISK,
    ...GROUP,
    ...PRODUCER,
    ...CONSUMER,
  ]) {
    expect(name).not.toMatch(/_ms|millis|kib|mib/)
  }
})

test('weird names come out as they went in', async () => {
  const name = fc.oneof(
    fc.string({ minLength: 1, unit: 'binary' }),
    fc.string({
      minLength: 1,
      unit: fc.constantFrom('"', '\\', '\n', '{', '}', ',', '=', 'n', ' '),
    }),
    fc.constantFrom('\uD800', '\uDC00x', '\r', 'NaN', '# HELP'),
  )
  const names = fc.uniqueArray(name, { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(names, names, names, async (topics, groups, clientIds) => {
      const { samples } = readScrape(await prometheusMetrics(clientOf(topics, groups, clientIds)))
      const told = (label: string, of: string): Set<string> =>
        new Set(samples.filter(({ name: own }) => own === of).map(({ labels }) => labels[label]!))
      expect(told('topic', 'ringlog_partition_online')).toEqual(wellFormed(topics))
      expect(told('group', 'ringlog_group_members')).toEqual(wellFormed(groups))
      expect(told('client_id', 'ringlog_handler_pending_records')).toEqual(wellFormed(clientIds))
    }),
    { numRuns: 30 },
  )
})

test('clients of one name are told of together', async () => {
  const client = clientOf([], ['g'], ['a', 'b', 'a'])
  const { samples } = readScrape(await prometheusMetrics(client))
  expect(valueOf(samples, 'ringlog_handler_failed_attempts_total', handlerOf('a'))).toEqual([4])
  expect(valueOf(samples, 'ringlog_handler_failed_attempts_total', handlerOf('b'))).toEqual([2])
  const age = { ...handlerOf('a'), kind: 'handler' }
  expect(valueOf(samples, 'ringlog_client_metrics_age_seconds', age)).toEqual([0.25])
})

test('rejects as metrics() does; the content type names the version of the format', async () => {
  const broker = await Broker.start()
  await broker.close()
  const error: unknown = await prometheusMetrics(broker).catch((thrown: unknown) => thrown)
  expect(RinglogError.is(error, 'BROKER_CLOSED')).toBe(true)
  expect(PROMETHEUS_CONTENT_TYPE).toBe('text/plain; version=0.0.4; charset=utf-8')
})

/** The properties of something that none of its measures reads. */
function untold<Of extends object>(measures: ReadonlyArray<Measure<Of>>, of: Of): string[] {
  const read = new Set<string>()
  const noting = new Proxy(of, {
    get: (target, name) => {
      read.add(String(name))
      return Reflect.get(target, name) as unknown
    },
  })
  for (const measure of measures) measure.of(noting)
  return Object.keys(of).filter((key) => !read.has(key) && isNew(key))
}

function isNew(name: string): boolean {
  return !NOT_TOLD.some((pattern) => pattern.test(name))
}

function withoutValue(line: string): string {
  return line.replace(/ [^ ]+$/, '')
}

function wellFormed(given: readonly string[]): Set<string> {
  return new Set(given.map((text) => text.toWellFormed()))
}

/** The labels of a handler of group `g`. */
function handlerOf(clientId: string): object {
  return { client_id: clientId, group: 'g' }
}

test.each([
  ['nothing', undefined, 'got undefined'],
  ['a broker that is still to come', Promise.resolve(), 'a promise of something: await it first'],
])('%s is refused in words', async (_, given, words) => {
  await expect(prometheusMetrics(given as never)).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining(words) as string,
  })
})
