import type { RinglogError } from '@ringlog/core'
import { until } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { GROUP, Rig, TOPIC, byKey, upTo } from './rig.ts'

/** Words that the handler waits on: [may go on, how many wait]. */
function hold(): { data: SharedArrayBuffer; words: Int32Array } {
  const data = new SharedArrayBuffer(8)
  return { data, words: new Int32Array(data) }
}

const deleted = {
  code: 'UNKNOWN_TOPIC_OR_PARTITION',
  message: expect.stringContaining('topic orders was deleted before run() had an answer'),
  details: { topic: TOPIC },
}

describe('a topic that is deleted under a pool', () => {
  test('rejects the runs that wait for it, in a handler or in the log, and stops nothing', async () => {
    const rig = await Rig.start({ partitions: 2 })
    await rig.broker.createTopic('other', { partitions: 2, ringBytes: 65_536 })
    const { data, words } = hold()
    const errors: RinglogError[] = []
    const pool = await rig.pool('waiting-at', {
      topics: [TOPIC, 'other'],
      data,
      onError: (error) => void errors.push(error),
    })
    const run = (topic: string, partition: number, value: string): Promise<unknown> =>
      pool.run({ topic, partition, value }).catch((error: unknown) => error)
    const ofDeleted = [run(TOPIC, 0, 'wait'), run(TOPIC, 0, 'behind it'), run(TOPIC, 1, 'wait')]
    const ofOther = run('other', 1, 'wait')
    await until(() => Atomics.load(words, 1) === 3)
    await rig.broker.deleteTopic(TOPIC)
    for (const answer of await Promise.all(ofDeleted)) expect(answer).toMatchObject(deleted)
    expect((await pool.metrics()).pendingRuns).toBe(1)
    Atomics.store(words, 0, 1)
    expect(await ofOther).toBe('other-1')
    expect(await run('other', 0, 'more')).toBe('other-0')
    await pool.drain()
    // Only the handlers' partitions are left.
    await until(async () => {
      const { threads } = await pool.metrics()
      return threads.map(({ assignment }) => assignment.length).join() === '1,1'
    })

    // A topic of the same name is another one.
    await rig.broker.createTopic(TOPIC, { ringBytes: 65_536 })
    expect(await run(TOPIC, 0, 'anew')).toBe('orders-0')
    await pool.drain()
    await pool.close()
    expect(errors).toEqual([])
    const told = (await rig.done()).map(({ what }) => what)
    expect(told).toContain('more')
    expect(told.at(-1)).toBe('anew')
  })

  test('lets drain() end', async () => {
    const rig = await Rig.start({ partitions: 2 })
    const { data, words } = hold()
    const pool = await rig.pool('waiting-at', { data })
    for (const partition of [0, 1]) {
      for (const value of ['wait', 'behind it']) {
        rig.producer.write({ topic: TOPIC, partition, value })
      }
    }
    await rig.producer.flush()
    await until(() => Atomics.load(words, 1) === 2)
    const drained = pool.drain()
    await rig.broker.deleteTopic(TOPIC)
    await drained
    Atomics.store(words, 0, 1)
    await pool.close()
    // What ran is finished; what was behind it may or may not have been begun.
    const told = (await rig.done()).map(({ what }) => what)
    expect(told.filter((what) => what === 'wait')).toHaveLength(2)
  })
})

test('partitions that are added are taken up, and those before go on in order', async () => {
  const rig = await Rig.start({ partitions: 2 })
  const { data } = hold()
  const pool = await rig.pool('waiting-at', { data })
  let sent = 0
  const writing = (async () => {
    for (let i = 0; i < 400; i++) {
      for (const partition of [0, 1]) {
        rig.producer.write({ topic: TOPIC, partition, value: `p${partition}:${i}` })
        sent++
      }
      if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await rig.producer.flush()
  })()
  await rig.broker.createPartitions(TOPIC, 6)
  const answers = await Promise.all(
    [2, 3, 4, 5].map((partition) => pool.run({ topic: TOPIC, partition, value: 'new:0' })),
  )
  expect(answers).toEqual(['orders-2', 'orders-3', 'orders-4', 'orders-5'])
  await writing
  await pool.drain()
  expect(await rig.committed()).toBe(sent + 4)
  const { p0, p1 } = byKey(await rig.done())
  expect(p0).toEqual(upTo(400))
  expect(p1).toEqual(upTo(400))
  const { threads } = await pool.metrics()
  expect(threads.map(({ assignment }) => assignment.length)).toEqual([3, 3])
  expect((await rig.broker.describeGroup(GROUP)).state).toBe('stable')
})

test('a pattern takes up topics while others are worked on, also for run()', async () => {
  const rig = await Rig.start({ partitions: 2 })
  const { data, words } = hold()
  const pool = await rig.pool('waiting-at', { topics: /^(orders|later)/, data })
  const waiting = pool.run({ topic: TOPIC, partition: 0, value: 'wait' })
  await until(() => Atomics.load(words, 1) === 1)
  // The record is there before its topic is: the producer keeps it until then.
  const early = pool.run({ topic: 'later', partition: 1, value: 'early' })
  await rig.broker.createTopic('later', { partitions: 2, ringBytes: 65_536 })
  expect(await early).toBe('later-1')
  Atomics.store(words, 0, 1)
  expect(await waiting).toBe('orders-0')
  await rig.broker.createTopic('later-still', { ringBytes: 65_536 })
  expect(await pool.run({ topic: 'later-still', value: 'x' })).toBe('later-still-0')
  await pool.drain()
})
