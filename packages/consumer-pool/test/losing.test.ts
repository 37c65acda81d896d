import { until } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import type { RinglogError } from '@ringlog/core'
import type { ConsumerPool, ConsumerPoolConfig } from '../src/index.ts'
import { GROUP, Rig, TOPIC } from './rig.ts'

/** A pool of one thread that has lost its partitions and has them again, while a handler still runs. */
async function losePartitions(
  rig: Rig,
  words: Int32Array,
  config: Partial<ConsumerPoolConfig> = {},
): Promise<ConsumerPool> {
  const pool = await rig.pool('outlasting', {
    threads: 1,
    data: words.buffer,
    maxPollIntervalMs: 1_000,
    ...config,
  })
  await rig.producer.send({ topic: TOPIC, partition: 0, value: 'a' })
  await until(() => Atomics.load(words, 2) === 1)
  rig.producer.write({ topic: TOPIC, partition: 0, value: 'b' })
  rig.producer.write({ topic: TOPIC, partition: 1, value: 'block' })
  await rig.producer.flush()
  // The thread blocks for so long that its group puts it out.
  const members = async (): Promise<number> =>
    (await rig.broker.describeGroup(GROUP)).members.length
  await until(async () => (await members()) === 0)
  Atomics.store(words, 1, 1)
  Atomics.notify(words, 1)
  await until(async () => (await members()) === 1)
  // It has been given "a" and "b" again.
  await until(async () => {
    const [thread] = (await pool.metrics()).threads
    return thread!.assignment.length === 2 && thread!.pendingRecords === 2
  })
  return pool
}

test('a partition that comes back waits for the handlers that it was lost with', async () => {
  const rig = await Rig.start({ partitions: 2 })
  const words = new Int32Array(new SharedArrayBuffer(12))
  const pool = await losePartitions(rig, words)
  expect(Atomics.load(words, 2)).toBe(1)
  Atomics.store(words, 0, 1)
  await pool.drain()
  const told = (await rig.done()).map(({ what }) => what)
  expect(told).toEqual(['begin a', 'end a', 'begin a', 'end a', 'begin b', 'end b'])
  expect(await rig.committed()).toBe(3)
})

test('a handler that never ends is broken off with its thread when its partition is back', async () => {
  const rig = await Rig.start({ partitions: 2 })
  const words = new Int32Array(new SharedArrayBuffer(12))
  const errors: RinglogError[] = []
  const pool = await losePartitions(rig, words, { onError: (error) => void errors.push(error) })
  // The thread that replaces it has begun "a" again.
  await until(() => Atomics.load(words, 2) === 2)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatchObject({
    code: 'WORKER_CRASHED',
    message: expect.stringMatching(
      /a handler of partition=orders-0, .* has not ended for maxPollIntervalMs=1000/,
    ),
  })
  expect((await pool.metrics()).restarts).toBe(1)
  Atomics.store(words, 0, 1)
  await pool.drain()
  const told = (await rig.done()).map(({ what }) => what)
  expect(told.slice(-4)).toEqual(['begin a', 'end a', 'begin b', 'end b'])
  expect(await rig.committed()).toBe(3)
})

test('close() waits for handlers whose partition was lost, and begins nothing after them', async () => {
  const rig = await Rig.start({ partitions: 2 })
  const words = new Int32Array(new SharedArrayBuffer(12))
  const pool = await losePartitions(rig, words)
  const closing = pool.close()
  // What it answers after, it was told before: that the pool closes.
  await pool.metrics()
  Atomics.store(words, 0, 1)
  await closing
  expect((await rig.done()).map(({ what }) => what)).toEqual(['begin a', 'end a'])
  expect(await rig.committed()).toBe(1)
})
