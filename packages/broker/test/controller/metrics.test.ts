import { RinglogError } from '@ringlog/core'
import { Doorbell, createGateMemory, monotonicMs, ownThread } from '@ringlog/core/internal'
import { expect, onTestFinished, test } from 'vitest'
import { MetricsCollector } from '../../src/controller/metrics.ts'
import { TopicRegistry } from '../../src/controller/topic/topic-registry.ts'
import { silentListener } from './topic/silent-listener.ts'

const SMALL_RING_BYTES = 64 * 1024

test('partitions, topics and the broker tell how they are; what is offline tells what it told last', async () => {
  const topics = new TopicRegistry(
    16,
    {
      ...silentListener,
    },
    { limits: { maxRestarts: 0, restartWindowMs: 60_000 }, dataDirectory: null },
  )
  onTestFinished(() => topics.close(monotonicMs() + 5_000, new RinglogError('BROKER_CLOSED')))
  await topics.create('a', { ringBytes: SMALL_RING_BYTES, partitions: 2 })
  await topics.create('b', { ringBytes: SMALL_RING_BYTES })
  const [first] = topics.topic('a').partitions
  await first!.worker.openReader({
    consumerId: 'c',
    clientId: 'c',
    doorbell: new Doorbell().memory,
    gate: createGateMemory(),
    start: 'earliest',
  })
  const collector = new MetricsCollector(ownThread, null)
  const metrics = await collector.collect(topics.all, [], [])
  expect(metrics).toMatchObject({
    threadCount: 4,
    clientCount: 0,
    globalTopicCount: 2,
    globalPartitionCount: 3,
    offlinePartitionsCount: 0,
    messagesInTotal: 0,
  })
  expect(metrics.uptimeMs).toBeGreaterThanOrEqual(0)
  expect(metrics.topics.map(({ topic, partitions }) => [topic, partitions.length])).toEqual([
    ['a', 2],
    ['b', 1],
  ])
  expect(metrics.topics[0]!.partitions).toMatchObject([
    { partition: 0, state: 'online', ringBytes: SMALL_RING_BYTES, readerCount: 1, gateCount: 1 },
    { partition: 1, state: 'online', usedBytes: 0, readerCount: 0, gateCount: 0 },
  ])

  await first!.worker.terminate()
  const later = await collector.collect(topics.all, [], [])
  expect(later).toMatchObject({
    threadCount: 3,
    globalPartitionCount: 3,
    offlinePartitionsCount: 1,
  })
  expect(later.topics[0]!.partitions[0]).toMatchObject({ state: 'offline', readerCount: 1 })
})
