import { until } from '@ringlog/test-kit'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Rig, TOPIC } from './rig.ts'

describe('run()', () => {
  test('answers with what the handler returned', async () => {
    const rig = await Rig.start()
    const pool = await rig.pool('answering')
    const values = Array.from({ length: 200 }, (_, i) => i)
    const answers = await Promise.all(
      values.map((i) => pool.run<{ doubled: number }>({ topic: TOPIC, value: String(i) })),
    )
    expect(answers.map(({ doubled }) => doubled)).toEqual(values.map((i) => i * 2))
    expect((await pool.metrics()).pendingRuns).toBe(0)
  })

  test('takes a record whose class has getters for its fields, as a producer does', async () => {
    class Doubling {
      readonly #number: number
      constructor(number: number) {
        this.#number = number
      }
      get topic(): string {
        return TOPIC
      }
      get value(): string {
        return String(this.#number)
      }
    }
    const rig = await Rig.start()
    const pool = await rig.pool('answering')
    // The first waits for its topic to be known.
    for (const number of [1, 2]) {
      expect(await pool.run(new Doubling(number))).toMatchObject({ doubled: 2 * number })
    }
  })

  test('answers with bytes of their own, not those of the batch', async () => {
    const rig = await Rig.start()
    const pool = await rig.pool('answering')
    const bytes = await pool.run<Uint8Array>({ topic: TOPIC, value: 'bytes' })
    expect(Buffer.from(bytes).toString()).toBe('bytes')
    expect(bytes.buffer.byteLength).toBe(5)
  })

  test('answers many at a time, each with what its own handler returned when it returned it', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const pool = await rig.pool('returning', { threads: 1 })
    const run = (value: string): Promise<unknown> => pool.run({ topic: TOPIC, value })
    const names = ['number', 'string', 'bigint', 'true', 'null', 'undefined']
    expect(await Promise.all(names.map(run))).toEqual([1.5, 'é', 2n ** 70n, true, null, undefined])
    const numbers = [...Array(2_000).keys()]
    expect(await Promise.all(numbers.map((i) => run(String(i))))).toEqual(numbers)
    const shared = await Promise.all(numbers.slice(1, 101).map(() => run('shared')))
    expect(shared).toEqual(numbers.slice(1, 101).map((calls) => ({ calls })))
    const [before, symbol, after] = await Promise.allSettled(['1', 'symbol', '2'].map(run))
    expect([before, after]).toMatchObject([{ value: 1 }, { value: 2 }])
    expect(symbol).toMatchObject({ reason: { code: 'INVALID_REQUEST' } })
  })

  test('rejects for an answer that cannot cross threads, and goes on', async () => {
    const rig = await Rig.start()
    const pool = await rig.pool('answering')
    await expect(pool.run({ topic: TOPIC, value: 'function' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    expect(await pool.run({ topic: TOPIC, value: '4' })).toMatchObject({ doubled: 8 })
  })

  test('rejects with the handler’s error, whole, once no attempt is left', async () => {
    const rig = await Rig.start()
    await rig.broker.createTopic('dead', { ringBytes: 65_536 })
    const pool = await rig.pool('answering', { onExhausted: { deadLetterTopic: 'dead' } })
    await expect(pool.run({ topic: TOPIC, value: 'error' })).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
      errorCode: 10,
      message: 'too large to be handled',
      details: { size: 7 },
    })
  })

  test('rejects with whatever the handler threw: what can be cloned of it, the rest in words', async () => {
    const rig = await Rig.start({ partitions: 1 })
    await rig.broker.createTopic('dead', { ringBytes: 65_536 })
    const onExhausted = { deadLetterTopic: 'dead' }
    const pool = await rig.pool('throwing', { threads: 1, maxAttempts: 1, onExhausted })
    const thrown = (value: string): Promise<unknown> =>
      pool.run({ topic: TOPIC, value }).then(
        () => expect.unreachable(),
        (error: unknown) => error,
      )
    const noSuchOrder = {
      name: 'NoSuchOrder',
      status: 404n,
      at: new Date(5),
      retry: 'the function retry',
    }
    const error = await thrown('class')
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ ...noSuchOrder, message: 'no such order' })
    expect(await thrown('ENOENT')).toMatchObject({
      code: 'ENOENT',
      errno: -2,
      path: '/no/such/file',
    })
    const aggregate = (await thrown('aggregate')) as AggregateError
    expect(aggregate).toBeInstanceOf(AggregateError)
    expect(aggregate.errors).toMatchObject([noSuchOrder, 'text'])
    expect(await thrown('object')).toEqual({ status: 404, retry: 'the function retry' })
    expect(await thrown('caused')).toMatchObject({ cause: { status: 404 } })
    expect(await thrown('ours')).toMatchObject({ code: 'MESSAGE_TOO_LARGE', cause: noSuchOrder })
    expect(await thrown('undefined')).toBe(undefined)
    expect(await thrown('null')).toBe(null)
    expect(await thrown('text')).toBe('text')
    expect(await thrown('symbol')).toBe('Symbol(why)')
    expect(await thrown('function')).toBe('the function retry')
    expect(await thrown('revoked')).toBe('a value that cannot be read')
  })

  test('stops with a cause that is whatever the handler threw', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const pool = await rig.pool('throwing', { maxAttempts: 1, onError: () => undefined })
    await expect(pool.run({ topic: TOPIC, value: 'object' })).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
      message: expect.stringMatching(/attempts=1: \{ status: 404, retry: \[Function/),
      cause: { status: 404 },
    })
  })

  test('rejects when the pool stops, and when it closes', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const stopped = await rig.pool('answering', { onError: () => undefined })
    await expect(stopped.run({ topic: TOPIC, value: 'error' })).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
      cause: { code: 'MESSAGE_TOO_LARGE' },
    })
    await rig.broker.deleteRecords({ topic: TOPIC, partition: 0 }, -1)
    const closed = await rig.pool('answering', { groupId: 'other', threads: 1 })
    const running = closed.run({ topic: TOPIC, value: 'wait' }).catch((error: unknown) => error)
    await until(async () => (await closed.metrics()).threads[0]!.pendingRecords === 1)
    await closed.close({ timeoutMs: 0 })
    expect(await running).toMatchObject({ code: 'CONSUMER_CLOSED' })
    await expect(closed.run({ topic: TOPIC, value: '1' })).rejects.toMatchObject({
      code: 'CONSUMER_CLOSED',
    })
  })

  test('is answered by whichever pool of the group is given the record', async () => {
    const rig = await Rig.start()
    const first = await rig.pool('answering')
    const second = await rig.pool('answering')
    const answers = await Promise.all(
      [...Array(40).keys()].map((i) =>
        (i % 2 === 0 ? first : second).run({ topic: TOPIC, partition: i % 4, value: String(i) }),
      ),
    )
    expect(answers).toHaveLength(40)
  })

  test('takes a signal and a time limit', async () => {
    const rig = await Rig.start({ partitions: 2 })
    const pool = await rig.pool('answering')
    const slow = { topic: TOPIC, partition: 0, value: 'wait' }
    await expect(pool.run(slow, { timeoutMs: 5 })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
    })
    const signal = AbortSignal.abort(new Error('not wanted'))
    await expect(pool.run(slow, { signal })).rejects.toThrow('not wanted')
    await expect(pool.drain({ timeoutMs: 5 })).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' })
    expect((await pool.metrics()).pendingRuns).toBe(0)
    await pool.close({ timeoutMs: 0 })
  })

  test('waits without a limit for timeoutMs Infinity, as drain() does', async () => {
    const rig = await Rig.start({ partitions: 2 })
    const data = new SharedArrayBuffer(8)
    const words = new Int32Array(data)
    const pool = await rig.pool('held', { data })
    const noLimit = { timeoutMs: Infinity }
    const run = pool.run({ topic: TOPIC, value: 'a' }, noLimit)
    await until(() => Atomics.load(words, 1) === 1)
    const drained = pool.drain(noLimit)
    const isOver = Promise.race([run, drained]).then(
      () => true,
      () => true,
    )
    // A timer that is given more than it can wait fires at once.
    expect(await Promise.race([isOver, sleep(30, false)])).toBe(false)
    Atomics.store(words, 0, 1)
    await Promise.all([run, drained])
  })

  test('refuses what the pool does not consume, and what is no record', async () => {
    const rig = await Rig.start()
    const pool = await rig.pool('answering')
    for (const record of [{ topic: 'done', value: 'x' }, { value: 'x' }, undefined]) {
      await expect(pool.run(record as never)).rejects.toMatchObject({ code: 'INVALID_REQUEST' })
    }
    const headers = [['a', 1]] as never
    await expect(pool.run({ topic: TOPIC, value: 'x', headers })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })
})
