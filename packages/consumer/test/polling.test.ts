import { Consumer } from '@ringlog/consumer'
import { RinglogError } from '@ringlog/core'
import { RingLogReader, type EngineCallOptions } from '@ringlog/core/internal'
import { isSettled, settle } from '@ringlog/test-kit'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { MemoryLog } from './memory-log.ts'
import { consumerOf, logOf, valuesOf } from './rig.ts'

describe('a poll that finds nothing', () => {
  test('waits until records come', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    const polling = consumer.poll()
    expect(await isSettled(polling)).toBe(false)
    log.first.appendValues('a')
    expect(valuesOf(await polling)).toEqual(['a'])
  })

  test('ends with none when its time is over, and not before', async () => {
    const consumer = await consumerOf(new MemoryLog())
    const startMs = performance.now()
    const records = await consumer.poll({ timeoutMs: 20 })
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(20)
    expect([records.count, [...records], records.partitions]).toEqual([0, [], []])
  })

  test('with no time at all does not wait', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
    log.first.appendValues('a')
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(1)
    expect(consumer.pollSync({ timeoutMs: 0 }).count).toBe(0)
  })

  test.each([-1, Number.NaN, '5', null, {}])(
    'is refused the timeout %j, and another can follow',
    async (timeoutMs) => {
      const log = logOf(1)
      const consumer = await consumerOf(log)
      const options = { timeoutMs: timeoutMs as number }
      const invalid = { code: 'INVALID_REQUEST' }
      await expect(consumer.poll(options)).rejects.toMatchObject(invalid)
      expect(() => consumer.pollSync(options)).toThrow(expect.objectContaining(invalid))
      expect((await consumer.poll()).count).toBe(1)
    },
  )

  test.each([null, 5, { signal: null }, { signal: {} }, { signal: 'x' }])(
    'is refused the options %j, and another can follow; nothing holds the thread',
    async (options) => {
      const log = logOf(1)
      const consumer = await consumerOf(log)
      const invalid = { code: 'INVALID_REQUEST' }
      await expect(consumer.poll(options as never)).rejects.toMatchObject(invalid)
      await expect(consumer.endOffsets([], options as never)).rejects.toMatchObject(invalid)
      expect(log.holds).toBe(0)
      expect((await consumer.poll()).count).toBe(1)
    },
  )

  test('holds its thread while it waits, however it ends', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    const ends: Array<() => void> = [
      () => log.first.appendValues('a'),
      () => consumer.wakeup(),
      () => void consumer.close(),
    ]
    for (const end of ends) {
      const polling = consumer.poll().catch((error: unknown) => error)
      await settle()
      expect(log.holds).toBe(1)
      end()
      await polling
      expect(log.holds).toBe(0)
    }
  })
})

describe('wakeup', () => {
  test('rejects the poll that waits', async () => {
    const log = logOf(3)
    const consumer = await consumerOf(log)
    await consumer.poll()
    const polling = consumer.poll()
    expect(await isSettled(polling)).toBe(false)
    consumer.wakeup()
    await expect(polling).rejects.toMatchObject({ code: 'WAKEUP', errorCode: null })
    expect(consumer.position(log.at(0))).toBe(3)
    log.first.appendValues('x')
    expect(valuesOf(await consumer.poll())).toEqual(['x'])
  })

  test('without a poll rejects the next one, once, even where there are records', async () => {
    const log = logOf(2)
    const consumer = await consumerOf(log)
    consumer.wakeup()
    consumer.wakeup()
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'WAKEUP' })
    expect((await consumer.poll()).count).toBe(2)
    consumer.wakeup()
    expect(() => consumer.pollSync()).toThrow(expect.objectContaining({ code: 'WAKEUP' }))
    expect(consumer.pollSync({ timeoutMs: 0 }).count).toBe(0)
  })
})

describe('an abort', () => {
  test('ends a poll that waits with its reason, positions unchanged', async () => {
    const log = logOf(3)
    const consumer = await consumerOf(log)
    await consumer.poll()
    const controller = new AbortController()
    const polling = consumer.poll({ signal: controller.signal })
    expect(await isSettled(polling)).toBe(false)
    const reason = { why: 'enough' }
    controller.abort(reason)
    await expect(polling).rejects.toBe(reason)
    expect(consumer.position(log.at(0))).toBe(3)
  })

  test('before the poll hands out nothing', async () => {
    const log = logOf(3)
    const consumer = await consumerOf(log)
    const reason = new Error('before')
    await expect(consumer.poll({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(consumer.position(log.at(0))).toBe(0)
    expect((await consumer.poll()).count).toBe(3)
  })

  test('after the poll does nothing, and leaves no listener behind', async () => {
    const log = logOf(3)
    const consumer = await consumerOf(log)
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    const added = vi.spyOn(signal, 'addEventListener')
    await consumer.poll({ signal })
    await consumer.poll({ signal, timeoutMs: 0 })
    expect(added.mock.calls.length).toBe(2)
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    )
  })
})

describe('the end of a consumer', () => {
  test('ends a poll that waits, and every later call', async () => {
    const log = logOf(1)
    const consumer = await consumerOf(log)
    await consumer.poll()
    const polling = consumer.poll()
    expect(await isSettled(polling)).toBe(false)
    const [, outcome] = await Promise.allSettled([consumer.close(), polling])
    const closed = { code: 'CONSUMER_CLOSED' }
    expect(outcome).toMatchObject({ status: 'rejected', reason: closed })
    await consumer.close()
    await expect(consumer.poll()).rejects.toMatchObject(closed)
    await expect(consumer.assign(log.all)).rejects.toMatchObject(closed)
    await expect(consumer.endOffsets(log.all)).rejects.toMatchObject(closed)
    await expect(consumer.seekToEnd()).rejects.toMatchObject(closed)
    for (const call of [
      () => consumer.pollSync(),
      () => consumer.seek(log.at(0), 0),
      () => consumer.pause(log.all),
      () => consumer.resume(log.all),
    ]) {
      expect(call).toThrow(expect.objectContaining(closed))
    }
    expect([...log.first.watchers]).toEqual([])
    expect([...log.users]).toEqual([])
  })

  test('does not wait for a log that has not opened its partitions, and says so to it', async () => {
    const log = logOf(1)
    let signal: AbortSignal | undefined
    const waitForEver = (_request: unknown, options: EngineCallOptions = {}): Promise<never> => {
      ;({ signal } = options)
      return new Promise((_, reject) =>
        signal!.addEventListener('abort', () => reject(signal!.reason as Error)),
      )
    }
    vi.spyOn(log, 'openPartitions').mockImplementation(waitForEver)
    const consumer = new Consumer(log.client)
    const assigning = expect(consumer.assign(log.all)).rejects.toMatchObject({
      code: 'CONSUMER_CLOSED',
    })
    await settle()
    expect(signal!.aborted).toBe(false)
    await consumer.close()
    await assigning
  })

  test('closes what is opened for it meanwhile', async () => {
    const log = logOf(1)
    const consumer = new Consumer(log.client)
    const closeReader = vi.spyOn(RingLogReader.prototype, 'close')
    onTestFinished(() => closeReader.mockRestore())
    const assigning = expect(consumer.assign(log.all)).rejects.toMatchObject({
      code: 'CONSUMER_CLOSED',
    })
    await Promise.resolve() // the log opens it
    await consumer.close()
    await assigning
    expect(closeReader).toHaveBeenCalledTimes(1)
    expect([...log.first.watchers]).toEqual([])
  })

  test('by the end of the broker is BROKER_CLOSED', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    const polling = consumer.poll()
    expect(await isSettled(polling)).toBe(false)
    const closed = new RinglogError('BROKER_CLOSED')
    log.fail(closed)
    await expect(polling).rejects.toBe(closed)
    await expect(consumer.poll()).rejects.toBe(closed)
    await consumer.close()
    await expect(consumer.poll()).rejects.toBe(closed)
  })

  test('a consumer made on a closed client is refused every call', async () => {
    const log = logOf(1)
    log.fail(new RinglogError('BROKER_CLOSED'))
    const consumer = new Consumer(log.client)
    const closed = { code: 'BROKER_CLOSED' }
    await expect(consumer.assign(log.all)).rejects.toMatchObject(closed)
    await expect(consumer.poll()).rejects.toMatchObject(closed)
    await expect(consumer.beginningOffsets(log.all)).rejects.toMatchObject(closed)
    await consumer.close()
  })
})

test('a second poll that overlaps is refused, the first goes on', async () => {
  const log = new MemoryLog()
  const consumer = await consumerOf(log)
  const polling = consumer.poll()
  const concurrent = { code: 'CONCURRENT_POLL' }
  await expect(consumer.poll()).rejects.toMatchObject(concurrent)
  expect(() => consumer.pollSync()).toThrow(expect.objectContaining(concurrent))
  log.first.appendValues('a')
  expect(valuesOf(await polling)).toEqual(['a'])
  expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
})

test('another poll may follow an aborted one at once, however long that takes to end', async () => {
  const log = new MemoryLog()
  const consumer = await consumerOf(log)
  const reason = new Error('enough')
  for (const follow of [() => consumer.poll(), async () => consumer.pollSync()]) {
    const controller = new AbortController()
    const aborted = consumer.poll({ signal: controller.signal })
    await settle()
    const told = expect(aborted).rejects.toBe(reason)
    controller.abort(reason)
    log.first.appendValues('a')
    expect(valuesOf(await follow())).toEqual(['a'])
    await told
    // Its end is not taken for that of the one that followed.
    const waiting = consumer.poll()
    await settle()
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'CONCURRENT_POLL' })
    log.first.appendValues('b')
    expect(valuesOf(await waiting)).toEqual(['b'])
  }
})

test('a poll without partitions says whether a call that is under way will bring some', async () => {
  const log = new MemoryLog()
  const consumer = new Consumer(log.client)
  onTestFinished(() => consumer.close())
  const assigning = consumer.assign(log.all)
  await expect(consumer.poll()).rejects.toThrow('its assign() is still under way')
  await assigning
  const leaving = consumer.unsubscribe()
  while (consumer.assignment().length > 0) await Promise.resolve()
  await expect(consumer.poll()).rejects.toThrow('assign some, or subscribe, first')
  await leaving
})

describe('with a faked time', () => {
  afterEach(() => void vi.useRealTimers())

  test('a poll ends when its time is over all the same', async () => {
    const consumer = await consumerOf(new MemoryLog())
    vi.useFakeTimers({
      toFake: [
        'setTimeout',
        'clearTimeout',
        'setImmediate',
        'setInterval',
        'Date',
        'performance',
        'hrtime',
      ],
    })
    const globalTimer = vi.fn()
    setTimeout(globalTimer, 1)
    expect((await consumer.poll({ timeoutMs: 15 })).count).toBe(0)
    expect(consumer.pollSync({ timeoutMs: 2 }).count).toBe(0)
    expect(globalTimer).not.toHaveBeenCalled()
  })

  test('polls that always find records still let the event loop turn', async () => {
    const log = logOf(100, 10)
    const consumer = await consumerOf(log, { maxPollRecords: 10 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'setImmediate', 'performance', 'hrtime', 'Date'] })
    const { port1, port2 } = new MessageChannel()
    const told = vi.fn()
    port2.addEventListener('message', told)
    port2.start()
    port1.postMessage('hello')
    while (told.mock.calls.length === 0) {
      await consumer.poll()
      if (consumer.position(log.at(0)) === 100) consumer.seek(log.at(0), 0)
    }
    port1.close()
  })
})
