import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { ConsumerStats } from '../src/consumer-metrics.ts'
import { ChunkPool } from '../src/fetched-chunk.ts'
import { SubscriptionState } from '../src/subscription-state.ts'
import { MemoryLog, batchOf } from './memory-log.ts'
import { consumerOf, logOf } from './rig.ts'

const tenRecords = Array.from({ length: 10 }, () => ({ value: 'x'.repeat(100) }))
const batchBytes = Math.ceil(batchOf(tenRecords).length / 8) * 8

describe('metrics', () => {
  test('of a consumer that did nothing yet are zeros', async () => {
    const consumer = await consumerOf(new MemoryLog(2))
    expect(consumer.metrics()).toEqual({
      recordsConsumedTotal: 0,
      recordsConsumedRate: 0,
      recordsMissed: 0,
      bytesConsumedTotal: 0,
      bytesConsumedRate: 0,
      fetchTotal: 0,
      fetchRate: 0,
      fetchSizeAvg: 0,
      fetchSizeMax: 0,
      recordsPerRequestAvg: 0,
      recordsLagMax: 0,
      recordsLeadMin: 0,
      assignedPartitions: 2,
      timeBetweenPollAvg: 0,
      timeBetweenPollMax: 0,
      lastPollSecondsAgo: -1,
      pollIdleRatioAvg: 0,
    })
  })

  test('count records and bytes as they are handed out by polls', async () => {
    const log = new MemoryLog(2)
    for (let i = 0; i < 4; i++) log.first.append(tenRecords)
    const consumer = await consumerOf(log, { maxPollRecords: 20 })
    await consumer.poll()
    expect(consumer.metrics()).toMatchObject({
      recordsConsumedTotal: 20,
      bytesConsumedTotal: 2 * batchBytes,
      fetchTotal: 1,
      recordsLagMax: 20,
      recordsLeadMin: 0,
    })
    consumer.pollSync()
    await consumer.poll({ timeoutMs: 0 })
    await consumer.assign([log.at(0)])
    const metrics = consumer.metrics()
    expect(metrics).toMatchObject({
      recordsConsumedTotal: 40,
      bytesConsumedTotal: 4 * batchBytes,
      fetchTotal: 2,
      fetchSizeAvg: 2 * batchBytes,
      fetchSizeMax: 2 * batchBytes,
      recordsPerRequestAvg: 20,
      recordsLagMax: 0,
      recordsLeadMin: 40,
      assignedPartitions: 1,
    })
    expect(metrics.recordsConsumedRate).toBeGreaterThan(0)
    expect(metrics.lastPollSecondsAgo).toBeGreaterThanOrEqual(0)
    expect(metrics.timeBetweenPollMax).toBeGreaterThanOrEqual(metrics.timeBetweenPollAvg)
    expect(metrics.pollIdleRatioAvg).toBeGreaterThan(0)
    expect(metrics.pollIdleRatioAvg).toBeLessThanOrEqual(1)
    await consumer.close()
    expect(consumer.metrics().recordsConsumedTotal).toBe(40)
  })

  test('count what an iteration yields one by one, and nothing twice that goes back', async () => {
    const log = new MemoryLog()
    for (let i = 0; i < 4; i++) log.first.append(tenRecords)
    const consumer = await consumerOf(log)
    let yielded = 0
    for await (const { offset } of consumer) {
      expect(offset).toBe(yielded++)
      expect(consumer.metrics().recordsConsumedTotal).toBe(yielded)
      if (yielded === 25) break
    }
    const { bytesConsumedTotal } = consumer.metrics()
    expect(Math.abs(bytesConsumedTotal - 2.5 * batchBytes)).toBeLessThan(30)
    await consumer.poll()
    expect(consumer.metrics().recordsConsumedTotal).toBe(40)
  })

  test('do not count the record that a stream gives back', async () => {
    const log = logOf(10)
    const consumer = await consumerOf(log)
    const stream = consumer.toReadable()
    await once(stream, 'readable')
    expect(consumer.metrics().recordsConsumedTotal).toBe(1)
    stream.destroy()
    await consumer.poll()
    expect(consumer.metrics()).toMatchObject({ recordsConsumedTotal: 10, fetchTotal: 2 })
  })

  test('tell how regularly it polls, and how much of the time it waits', () => {
    let nowMs = 1_000
    const stats = new ConsumerStats(() => nowMs)
    const poll = (atMs: number, forMs: number): void => {
      nowMs = atMs
      stats.onPollBegin()
      nowMs += forMs
      stats.onPollEnd()
    }
    poll(1_100, 100)
    poll(1_500, 100)
    poll(2_300, 500)
    nowMs = 4_800
    expect(stats.read(new SubscriptionState(new ChunkPool(64), () => undefined))).toMatchObject({
      timeBetweenPollAvg: 600,
      timeBetweenPollMax: 800,
      lastPollSecondsAgo: 2.5,
      pollIdleRatioAvg: 700 / 1_800,
    })
  })
})
