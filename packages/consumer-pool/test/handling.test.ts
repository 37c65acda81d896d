import { until } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { GROUP, Rig, TOPIC, byKey, upTo } from './rig.ts'

describe('a pool', () => {
  test('has every record handled once, in order per key, and commits it', async () => {
    const rig = await Rig.start()
    const pool = await rig.pool('recording')
    await rig.produce(10, 100)
    await pool.drain()
    expect(await rig.committed()).toBe(1000)
    const done = await rig.done()
    expect(done).toHaveLength(1000)
    for (const order of Object.values(byKey(done))) expect(order).toEqual(upTo(100))
    expect(new Set(done.map(({ threadIndex }) => threadIndex))).toEqual(new Set([0, 1]))
    const { threads, restarts } = await pool.metrics()
    expect(threads.map(({ threadIndex }) => threadIndex)).toEqual([0, 1])
    expect(threads.reduce((sum, { handledRecords }) => sum + handledRecords, 0)).toBe(1000)
    expect(threads.map(({ assignment }) => assignment.length)).toEqual([2, 2])
    expect(threads.map(({ pendingRecords }) => pendingRecords)).toEqual([0, 0])
    expect(restarts).toBe(0)
  })

  test('goes on where the group was', async () => {
    const rig = await Rig.start()
    const first = await rig.pool('recording')
    await rig.produce(4, 20)
    await first.drain()
    await first.close()
    await rig.produce(4, 20)
    const second = await rig.pool('recording')
    await second.drain()
    expect(await rig.done()).toHaveLength(160)
  })

  test('takes up what a pattern finds', async () => {
    const rig = await Rig.start()
    const pool = await rig.pool('recording', { topics: /^late/ })
    await rig.broker.createTopic('later', { ringBytes: 65_536 })
    await rig.producer.send({ topic: 'later', value: 'x:1' })
    await pool.drain()
    expect((await rig.done()).map(({ what }) => what)).toEqual(['x:1'])
  })

  test('with "latest" drains although nothing came', async () => {
    const rig = await Rig.start()
    await rig.produce(4, 5)
    const pool = await rig.pool('recording', { autoOffsetReset: 'latest' })
    await pool.drain()
    expect(await rig.done()).toEqual([])
  })

  test('calls start and stop once in each thread, with its data', async () => {
    const rig = await Rig.start()
    const pool = await rig.pool('hooks', { data: 'data' })
    await pool.close()
    const told = (await rig.done()).map(({ what, threadIndex }) => `${what} ${threadIndex}`)
    expect(told.sort()).toEqual(['start data 0', 'start data 1', 'stop data 0', 'stop data 1'])
  })

  test('keeps the order of a partition, whatever its handlers wait for', async () => {
    const rig = await Rig.start({ partitions: 2 })
    const pool = await rig.pool('waiting', { threads: 1 })
    await rig.produce(6, 15)
    await pool.drain()
    await pool.close()
    const { most, ...keys } = byKey(await rig.done())
    for (const order of Object.values(keys)) expect(order).toEqual(upTo(15))
    expect(most).toEqual([2])
  })

  test('with concurrency "key" handles different keys at once, each in its order', async () => {
    const rig = await Rig.start({ partitions: 2 })
    const pool = await rig.pool('waiting', { threads: 1, concurrency: 'key' })
    await rig.produce(8, 30)
    await pool.drain()
    expect(await rig.committed()).toBe(240)
    await pool.close()
    const { most, ...keys } = byKey(await rig.done())
    expect(Object.keys(keys)).toHaveLength(8)
    for (const order of Object.values(keys)) expect(order).toEqual(upTo(30))
    expect(most![0]).toBeGreaterThan(2)
  })

  test('gives batches of one partition', async () => {
    const rig = await Rig.start()
    const pool = await rig.pool('batching')
    await rig.produce(10, 50)
    await pool.drain()
    expect(await rig.done()).toHaveLength(500)
  })

  test('shares its partitions with another of the same group, in order', async () => {
    const rig = await Rig.start()
    const first = await rig.pool('recording')
    const producing = rig.produce(20, 400)
    const second = await rig.pool('recording')
    await producing
    await until(async () => {
      const metrics = await second.metrics()
      return metrics.threads.every(({ assignment }) => assignment.length === 1)
    })
    await rig.produce(20, 10)
    await first.drain()
    await second.close()
    await rig.producer.send({ topic: TOPIC, value: 'last:0' })
    await first.drain()
    const { last, ...keys } = byKey(await rig.done())
    expect(last).toEqual([0])
    for (const order of Object.values(keys)) expect(order).toEqual([...upTo(400), ...upTo(10)])
    expect(await rig.broker.listGroups()).toEqual([GROUP])
  })
})
