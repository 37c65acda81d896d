import { until } from '@ringlog/test-kit'
import { Producer, connect, type BlockedEvent, type EvictedEvent } from 'ringlog'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LOGS, Rig, TRANSPORTS, eventsOf, startLog } from './rig.ts'

/** The smallest ring there is: full after some 60 records of 1,000 bytes. */
const SMALL_RING_BYTES = 64 * 1024
const kibibyte = 'x'.repeat(1000)

async function sendOneByOne(rig: Rig, count: number): Promise<void> {
  const producer = rig.producer()
  for (let i = 0; i < count; i++) await producer.send({ topic: rig.topic, value: kibibyte })
}

describe.each(TRANSPORTS)('metrics of what came by %s', (transport) => {
  test('count records, bytes, batches, failures, connections and use, by partition and in all', async () => {
    const rig = await Rig.start(transport, { partitions: 2, ringBytes: SMALL_RING_BYTES })
    const other = await connect()
    onTestFinished(() => other.close())
    const producer = rig.producer()
    await producer.send({ topic: rig.topic, partition: 0, value: 'a' })
    await Promise.all(
      ['b', 'c'].map((value) => producer.send({ topic: rig.topic, partition: 1, value })),
    )
    await rig.consumer({}, [0])
    const metrics = await rig.broker.metrics()
    expect(metrics).toMatchObject({
      threadCount: transport === 'in memory' ? 0 : 3,
      clientCount: 2,
      globalTopicCount: 1,
      globalPartitionCount: 2,
      offlinePartitionsCount: 0,
      messagesInTotal: 3,
      batchesInTotal: 2,
      failedProduceRequestsTotal: 0,
      blockedTotal: 0,
    })
    expect(metrics.bytesInTotal).toBe(metrics.topics[0]!.bytesInTotal)
    expect(metrics.topics).toMatchObject([
      {
        topic: 'orders',
        messagesInTotal: 3,
        partitions: [
          { partition: 0, messagesInTotal: 1, endOffset: 1, readerCount: 1, gateCount: 1 },
          { partition: 1, messagesInTotal: 2, endOffset: 2, readerCount: 0, gateCount: 0 },
        ],
      },
    ])
    for (const partition of metrics.topics[0]!.partitions) {
      const { bytesInTotal, usedBytes, ringBytes, producerCount } = partition
      expect([ringBytes, producerCount]).toEqual([SMALL_RING_BYTES, 1])
      expect(usedBytes).toBeGreaterThanOrEqual(bytesInTotal)
      expect(usedBytes).toBeLessThan(bytesInTotal + 8)
    }
    expect(await other.metrics()).toMatchObject({ messagesInTotal: 3 })
  })
})

describe.each(TRANSPORTS)('a full ring by %s', (transport) => {
  test('tells who holds it and what to do, in the error, its details and the metrics', async () => {
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES, whenFull: 'reject' })
    await rig.consumer({ clientId: 'reports' })
    await expect(sendOneByOne(rig, 100)).rejects.toMatchObject({
      code: 'BUFFER_FULL',
      retriable: true,
      message: expect.stringMatching(
        /partition=orders-0, .* the slowest holder is consumer reports at offset 0; poll it more often or close it/,
      ) as string,
      details: {
        topic: 'orders',
        partition: 0,
        holder: { groupId: null, clientId: 'reports', offset: 0, hasLiveMembers: true },
        remedy: expect.stringContaining('make ringBytes larger') as string,
      },
    })
    const { failedProduceRequestsTotal } = await rig.broker.metrics()
    expect(failedProduceRequestsTotal).toBeGreaterThanOrEqual(1)
  })

  test('is told on ringlog:blocked when it begins and when it is over', async () => {
    const events = eventsOf<BlockedEvent>('ringlog:blocked')
    const rig = await Rig.start(transport, { ringBytes: SMALL_RING_BYTES })
    const consumer = await rig.consumer({ clientId: 'reports' })
    const sending = sendOneByOne(rig, 80)
    await until(() => events.length === 1)
    expect(events[0]).toMatchObject({
      topic: 'orders',
      partition: 0,
      isBlocked: true,
      waitingAppends: 1,
      holder: { clientId: 'reports', offset: 0, hasLiveMembers: true },
    })
    const reading = (async () => {
      for (let count = 0; count < 80;) count += (await consumer.poll()).count
    })()
    await Promise.all([sending, reading])
    await until(() => events.length === 2)
    expect(events[1]).toMatchObject({ topic: 'orders', partition: 0, isBlocked: false })
    expect(events[1]!.blockedMs).toBeGreaterThan(0)
    const { blockedTotal, blockedMsTotal } = await rig.broker.metrics()
    expect(blockedTotal).toBeGreaterThanOrEqual(1)
    expect(blockedMsTotal).toBeGreaterThanOrEqual(events[1]!.blockedMs)
  })
})

// The process is warned once, so there is one test of it: on any transport.
describe('eviction', () => {
  test('of what nobody read is told on ringlog:evicted, counted, and warned of once', async () => {
    const events = eventsOf<EvictedEvent>('ringlog:evicted')
    const warnings: Array<Error & { code?: string }> = []
    const onWarning = (warning: Error): void => void warnings.push(warning)
    process.on('warning', onWarning)
    onTestFinished(() => void process.off('warning', onWarning))
    const rig = await Rig.start('rpc', { ringBytes: SMALL_RING_BYTES })
    await sendOneByOne(rig, 80)
    await rig.broker.createTopic('others', { ringBytes: SMALL_RING_BYTES })
    const producer = new Producer(rig.broker)
    for (let i = 0; i < 80; i++) await producer.send({ topic: 'others', value: kibibyte })
    const metrics = await rig.broker.metrics()
    const evicted = metrics.topics.map(({ evictedUnreadRecordsTotal }) => evictedUnreadRecordsTotal)
    for (const count of evicted) expect(count).toBeGreaterThan(10)
    await until(() => events.some(({ topic }) => topic === 'others') && warnings.length > 0)
    expect(events[0]).toMatchObject({
      topic: 'orders',
      partition: 0,
      records: 1,
      unreadRecords: 1,
      expiredRecords: 0,
      logStartOffset: 1,
    })
    // The rest of it comes when a second is over.
    await until(() => events.filter(({ topic }) => topic === 'orders').length === 2)
    const told = events.filter(({ topic }) => topic === 'orders')
    expect(told[0]!.unreadRecords + told[1]!.unreadRecords).toBe(evicted[0])
    expect(warnings).toMatchObject([{ name: 'RinglogWarning', code: 'RINGLOG_EVICTED_UNREAD' }])
  })
})

/** As a topic in memory has them. */
const OPTIONS_OF_DISK = {
  storage: 'memory',
  visibility: 'acknowledged',
  flushMessages: null,
  flushMs: null,
  segmentBytes: 2 ** 30,
  segmentMs: 604_800_000,
  retentionBytes: null,
  cleanupPolicy: ['delete'],
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: null,
  deleteRetentionMs: 86_400_000,
  retentionHeldBy: 'nobody',
}

test.each(LOGS)('describeTopic shows the whole configuration, of a log %s', async (log) => {
  const broker = await startLog(log)
  const config = {
    partitions: 2,
    ringBytes: SMALL_RING_BYTES,
    whenFull: 'evict',
    gatingGroups: [],
    maxMessageBytes: 4_000,
    retentionMs: 60_000,
    timestampType: 'logAppendTime',
    waitStrategy: { spinMicros: 5 },
  } as const
  const created = await broker.createTopic('orders', { ...config, gatingGroups: [] })
  expect(created).toEqual({
    name: 'orders',
    topicId: expect.stringMatching(/^[-0-9a-f]{36}$/),
    config: { ...config, ...OPTIONS_OF_DISK },
    partitions: [
      { partition: 0, state: 'online' },
      { partition: 1, state: 'online' },
    ],
  })
  expect(await broker.describeTopic('orders')).toEqual(created)
})
