import { connect } from '@ringlog/broker'
import { until } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { Rig, TOPIC } from './rig.ts'

/** Words that a handler waits on: [may go on, how many wait]. */
function hold(): { data: SharedArrayBuffer; words: Int32Array } {
  const data = new SharedArrayBuffer(8)
  return { data, words: new Int32Array(data) }
}

describe('close()', () => {
  test('finishes running handlers and commits them, and begins nothing more', async () => {
    const rig = await Rig.start({ partitions: 2 })
    const { data, words } = hold()
    const pool = await rig.pool('held', { data })
    await rig.produce(10, 3)
    await until(() => Atomics.load(words, 1) === 2)
    const closing = pool.close()
    const drained = pool.drain().catch((error: unknown) => error)
    // What its thread answers after, it was told before: that the pool closes.
    await pool.metrics()
    Atomics.store(words, 0, 1)
    await closing
    expect(await drained).toMatchObject({ code: 'CONSUMER_CLOSED' })
    expect(await rig.done()).toHaveLength(2)
    expect(await rig.committed()).toBe(2)
    await pool.close()
    await expect(pool.drain()).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
  })

  test('aborts the signal of handlers that take too long, for its most impatient caller: they are not committed', async () => {
    const rig = await Rig.start({ partitions: 2 })
    const { data, words } = hold()
    const pool = await rig.pool('held', { data })
    await rig.produce(10, 1)
    await until(() => Atomics.load(words, 1) === 2)
    const patient = pool.close()
    await pool.close({ timeoutMs: 1 })
    await patient
    expect(await rig.done()).toEqual([])
    expect(await rig.committed()).toBe(0)
    const next = await rig.pool('recording')
    await next.drain()
    expect(await rig.done()).toHaveLength(10)
  })

  test('is made by closing the client, and by the pool’s signal', async () => {
    const rig = await Rig.start({ partitions: 2 })
    const client = await connect(rig.broker.address)
    const { ConsumerPool } = await import('../src/index.ts')
    const { handlerFile } = await import('./rig.ts')
    const config = { groupId: 'g', topics: [TOPIC], handler: handlerFile('recording'), threads: 1 }
    const ofClient = await ConsumerPool.start(client, config)
    const running = ofClient.run({ topic: TOPIC, value: '' }).catch((error: unknown) => error)
    await client.close()
    expect(await running).toMatchObject({ code: 'CONSUMER_CLOSED' })
    await expect(ofClient.drain()).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })

    const abort = new AbortController()
    const { data, words } = hold()
    const pool = await rig.pool('held', { data, signal: abort.signal })
    await rig.produce(10, 1)
    await until(() => Atomics.load(words, 1) === 2)
    const drained = pool.drain().catch((error: unknown) => error)
    const reason = new Error('enough')
    abort.abort(reason)
    expect(await drained).toBe(reason)
    await pool.close()
    expect(await rig.committed()).toBe(0)
    await expect(rig.pool('held', { signal: abort.signal })).rejects.toBe(reason)
  })

  test('is made by closing the broker, which waits for handlers', async () => {
    const rig = await Rig.start({ partitions: 2 })
    const { data, words } = hold()
    const errors: unknown[] = []
    const pool = await rig.pool('held', { data, onError: (error) => void errors.push(error) })
    await rig.produce(10, 1)
    await until(() => Atomics.load(words, 1) === 2)
    const closing = rig.broker.close()
    Atomics.store(words, 0, 1)
    await closing
    await pool.close()
    expect(errors).toEqual([])
  })
  test('ends in its time although records of run() find no room', async () => {
    const rig = await Rig.start({ partitions: 1, ringBytes: 64 * 1024 })
    const { data, words } = hold()
    const pool = await rig.pool('held', { data })
    const value = 'x'.repeat(1000)
    const runs = Array.from({ length: 200 }, () => pool.run({ topic: TOPIC, value }))
    const outcomes = Promise.allSettled(runs)
    await until(() => Atomics.load(words, 1) === 1)
    await until(async () => {
      const { topics } = await rig.broker.metrics()
      return topics.find((metrics) => metrics.topic === TOPIC)!.partitions[0]!.isBlocked
    })
    const startMs = performance.now()
    await pool.close({ timeoutMs: 100 }).catch(() => undefined)
    // Against the minute that a record may wait for room.
    expect(performance.now() - startMs).toBeLessThan(10_000)
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ reason: { code: 'CONSUMER_CLOSED' } })
    }
  })
})

describe('metrics()', () => {
  test('leaves out a thread whose handler does not let its event loop turn', async () => {
    const rig = await Rig.start({ partitions: 2 })
    const { data, words } = hold()
    const pool = await rig.pool('blocking', { data })
    rig.producer.write({ topic: TOPIC, partition: 0, value: 'a' })
    await until(() => Atomics.load(words, 1) === 1)
    expect((await pool.metrics()).threads).toHaveLength(1)
    Atomics.store(words, 0, 1)
    Atomics.notify(words, 0)
    await pool.drain()
    expect((await pool.metrics()).threads).toHaveLength(2)
  })
})
