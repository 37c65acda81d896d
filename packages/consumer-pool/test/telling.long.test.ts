import { connect } from '@ringlog/broker'
import type { RinglogError } from '@ringlog/core'
import { until } from '@ringlog/test-kit'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConsumerPool, type PoolEvent } from '../src/index.ts'
import { GROUP, Rig, TOPIC, handlerFile } from './rig.ts'

/** What is published on `ringlog:pool` while the test runs. */
function published(): PoolEvent[] {
  const events: PoolEvent[] = []
  const listener = (event: unknown): void => void events.push(event as PoolEvent)
  subscribe('ringlog:pool', listener)
  onTestFinished(() => void unsubscribe('ringlog:pool', listener))
  return events
}

describe('a pool tells', () => {
  test('that it is closed', async () => {
    const rig = await Rig.start()
    const events = published()
    const pool = await rig.pool('recording')
    let isClosed = false
    const closed = pool.closed.then(() => (isClosed = true))
    await pool.drain()
    expect(isClosed).toBe(false)
    await pool.close()
    await closed
    expect(events.map(({ type }) => type)).toEqual(['started', 'closed'])
  })

  test('that it has stopped, by its promise, its channel and its listener', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const events = published()
    const errors: RinglogError[] = []
    const pool = await rig.pool('failing', { data: 9, onError: (error) => void errors.push(error) })
    await rig.producer.send({ topic: TOPIC, value: 'bad' })
    const error = (await pool.closed.catch((thrown: unknown) => thrown)) as RinglogError
    expect(error).toMatchObject({
      code: 'HANDLER_FAILED',
      details: { topic: TOPIC, partition: 0, offset: 0, attempts: 3, isFatal: true },
    })
    expect(errors).toEqual([error])
    await expect(pool.close()).rejects.toBe(error)
    expect(events).toEqual([
      { groupId: GROUP, type: 'started', error: null },
      { groupId: GROUP, type: 'stopped', error },
      { groupId: GROUP, type: 'closed', error: null },
    ])
  })

  test('what it goes on after, apart from what it stops for', async () => {
    const rig = await Rig.start()
    const events = published()
    const errors: RinglogError[] = []
    const data = new SharedArrayBuffer(4)
    const pool = await rig.pool('crashing', { data, onError: (error) => void errors.push(error) })
    await rig.produce(10, 100)
    await pool.drain()
    await until(() => errors.length > 0)
    expect(errors[0]).toMatchObject({
      code: 'WORKER_CRASHED',
      details: { topic: TOPIC, attempt: 1, isFatal: false },
    })
    expect(events.map(({ type }) => type)).toEqual(['started', 'threadReplaced'])
  })

  test('nobody’s promise that is not looked at', async () => {
    const unhandled: unknown[] = []
    const listener = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', listener)
    onTestFinished(() => void process.off('unhandledRejection', listener))
    const rig = await Rig.start({ partitions: 1 })
    const pool = await rig.pool('failing', { data: 9, onError: () => undefined })
    await rig.producer.send({ topic: TOPIC, value: 'bad' })
    await expect(pool.drain()).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(unhandled).toEqual([])
  })

  test.each(['close', 'run', 'drain', 'metrics', 'throw'] as const)(
    'a listener that calls it back: %s',
    async (what) => {
      const rig = await Rig.start({ partitions: 2 })
      const thrown: unknown[] = []
      const listener = (error: unknown): void => void thrown.push(error)
      const before = process.listeners('uncaughtException')
      process.removeAllListeners('uncaughtException')
      process.on('uncaughtException', listener)
      onTestFinished(() => {
        process.off('uncaughtException', listener)
        for (const other of before) process.on('uncaughtException', other)
      })
      const data = new SharedArrayBuffer(4)
      const called: Array<Promise<unknown>> = []
      const boom = new RangeError('in onError')
      const pool = await rig.pool('crashing', {
        data,
        onError: () => {
          if (what === 'throw') throw boom
          const call = what === 'run' ? pool.run({ topic: TOPIC, value: 'x:1' }) : pool[what]()
          called.push(Promise.resolve(call))
        },
      })
      await rig.produce(10, 100)
      const isClosing = what === 'close'
      const drained = pool.drain().catch((error: unknown) => error)
      if (what === 'throw') await until(() => thrown.length > 0)
      else await until(() => called.length > 0)
      await Promise.all(called)
      expect(thrown).toEqual(what === 'throw' ? [boom] : [])
      if (isClosing) expect(await drained).toMatchObject({ code: 'CONSUMER_CLOSED' })
      else expect(await drained).toBe(undefined)
      await pool.close()
      await pool.closed
    },
  )
})

describe('start()', () => {
  test('is the only way to a pool', async () => {
    const rig = await Rig.start()
    const New = ConsumerPool as unknown as new (...args: unknown[]) => ConsumerPool
    for (const args of [[], [rig.broker], [rig.broker, { groupId: 'g', topics: ['t'] }]]) {
      expect(() => new New(...args)).toThrow(/call await ConsumerPool\.start\(client, config\)/)
    }
  })

  test.each([
    ['hanging', 'asleep'],
    ['hanging', 'busy'],
    ['hanging-import', ''],
  ])('is rejected at once when aborted, and cleans up: %s %s', async (handler, data) => {
    const rig = await Rig.start()
    const abort = new AbortController()
    const { signal } = abort
    const handlers = handlerFile(handler)
    const config = { groupId: GROUP, topics: [TOPIC], handler: handlers, threads: 2, data, signal }
    const starting = ConsumerPool.start(rig.broker, config).catch((error: unknown) => error)
    await until(async () => (await rig.broker.metrics()).clientCount >= 3)
    const reason = new Error('not wanted')
    const startedMs = performance.now()
    abort.abort(reason)
    expect(await starting).toBe(reason)
    expect(performance.now() - startedMs).toBeLessThan(5_000)
    await until(async () => (await rig.broker.metrics()).clientCount <= 1)
  })

  test('is rejected when its client is closed while a module hangs', async () => {
    const rig = await Rig.start()
    const client = await connect(rig.broker.address)
    const handler = handlerFile('hanging')
    const config = { groupId: GROUP, topics: [TOPIC], handler, threads: 2, data: 'asleep' }
    const starting = ConsumerPool.start(client, config).catch((error: unknown) => error)
    await until(async () => (await rig.broker.metrics()).clientCount >= 4)
    const startedMs = performance.now()
    await client.close()
    expect(await starting).toMatchObject({ code: 'CONSUMER_CLOSED' })
    expect(performance.now() - startedMs).toBeLessThan(10_000)
  })

  test('fails with the error of one thread while another hangs', async () => {
    const rig = await Rig.start()
    await expect(rig.pool('hanging', { data: 'error' })).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
      message: expect.stringContaining('no database'),
    })
  })

  test('does not begin when it is aborted before', async () => {
    const rig = await Rig.start()
    const signal = AbortSignal.abort('a reason that is no error')
    await expect(rig.pool('recording', { signal })).rejects.toBe('a reason that is no error')
  })
})
