import { until } from '@ringlog/test-kit'
import { Producer, runConsumer } from 'ringlog'
import { VirtualClock, inMemoryClient, killPartitionWorker } from 'ringlog/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LOGS, TRANSPORTS, connectAgain, isSettled, settle, startBroker } from './rig.ts'
import { GROUP, RunnerRig } from './runner-rig.ts'

// oxlint-disable-next-line unicorn/no-thenable -- handlers of users return such things
const THEN = 'then'

/** What is no promise, and can be awaited. */
function withThen(then: (resolve: () => void) => void): object {
  return Object.defineProperty({}, THEN, { value: then })
}

/** A handler that is called, and what it waits for. */
function hold(): { entered: Promise<void>; release: () => void; handle: () => Promise<void> } {
  const entered = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const handle = (): Promise<void> => {
    entered.resolve()
    return released.promise
  }
  return { entered: entered.promise, release: released.resolve, handle }
}

const MINUTE_MS = 60_000

describe.each(TRANSPORTS)('closing a runner, by %s', (transport) => {
  test('waits for the handler that runs, commits it, and begins no other', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.append(['a:1', 'b:1'])
    const { entered, release, handle } = hold()
    const runner = await rig.run({ eachRecord: handle })
    await entered
    const closing = runner.close()
    expect(await isSettled(closing)).toBe(false)
    release()
    await closing
    await runner.closed
    await runner.close()
    expect(await rig.committed()).toBe(1)
    expect((await rig.rig.broker.describeGroup(GROUP)).members).toEqual([])
    await expect(runner.drain()).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' })
  })

  test('within a handler does not wait for that handler, whose record is committed', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.append(['a:1', 'b:1'])
    const codes: unknown[] = []
    const runner = await rig.run({
      eachRecord: async () => {
        await runner.drain().catch(({ code }: { code: unknown }) => codes.push(code))
        await runner.close()
        await runner.close()
      },
    })
    await runner.closed
    expect(codes).toEqual(['INVALID_STATE'])
    expect(await rig.committed()).toBe(1)
  })

  test('does not wait for a handler for ever, and leaves its record to the next', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.append(['a:1'])
    const { entered, handle } = hold()
    let reason: unknown = null
    const runner = await rig.run({
      eachRecord: (_, { signal }) => {
        signal.addEventListener('abort', () => (reason = signal.reason))
        return handle()
      },
    })
    await entered
    // As impatient as the most impatient of its callers.
    const closings = [runner.close({ timeoutMs: MINUTE_MS }), runner.close({ timeoutMs: 1 })]
    for (const closing of closings) {
      await expect(closing).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' })
    }
    expect(reason).toMatchObject({ code: 'REQUEST_TIMED_OUT' })
    await runner.closed
    const values: string[] = []
    const next = await rig.run({ eachRecord: ({ value }) => void values.push(String(value)) })
    await next.drain()
    expect(values).toEqual(['1'])
  })

  test('has nothing to say of a handler that ends when it was given up', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.append(['a:1'])
    const told: unknown[] = []
    const onWarning = (warning: unknown): unknown => told.push(warning)
    process.on('warning', onWarning)
    onTestFinished(() => void process.off('warning', onWarning))
    const { entered, release, handle } = hold()
    const runner = await rig.run({
      onError: (error) => told.push(error),
      eachRecord: handle,
    })
    await entered
    await expect(runner.close({ timeoutMs: 1 })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
    })
    release()
    await settle(20)
    expect(told).toEqual([])
    expect(await rig.committed()).toBe(0)
  })

  test('by its signal aborts those of its handlers at once', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.append(['a:1', 'b:1'])
    const abort = new AbortController()
    const { entered, handle } = hold()
    const runner = await rig.run({
      signal: abort.signal,
      concurrency: 2,
      eachRecord: ({ key }, { signal }) => {
        if (String(key) === 'b') return undefined
        const aborted = new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error))
        })
        return Promise.race([handle(), aborted])
      },
    })
    await entered
    const drained = runner.drain().catch((error: unknown) => error)
    const reason = new Error('enough')
    abort.abort(reason)
    await runner.closed
    expect(await drained).toBe(reason)
    expect(await rig.committed()).toBe(0)
    await expect(rig.run({ signal: abort.signal, eachRecord: handle })).rejects.toBe(reason)
  })

  test('does not wait for a record that waits for its next attempt', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.append(['a:1', 'a:2', 'b:1'])
    const runner = await rig.run({
      retryBackoffMs: MINUTE_MS,
      concurrency: 2,
      eachRecord: ({ key }) => {
        if (String(key) === 'a') throw new Error('not yet')
      },
    })
    await until(
      () => runner.metrics().waitingRetries === 1 && runner.metrics().handledRecords === 1,
    )
    await runner.close()
    expect(await rig.committed()).toBe(0)
    const values: string[] = []
    const next = await rig.run({
      eachRecord: ({ key, value }) => void values.push(`${String(key)}:${String(value)}`),
    })
    await next.drain()
    expect(values).toEqual(['a:1', 'a:2', 'b:1'])
  })

  test('a rebalance neither waits for a retry that waits, nor loses its record', async () => {
    const rig = await RunnerRig.start(transport, { partitions: 2 })
    await rig.append(['a:1', 'a:2'], 0)
    await rig.append(['b:1'], 1)
    const failing = await rig.run({
      retryBackoffMs: MINUTE_MS,
      eachRecord: () => Promise.reject(new Error('not yet')),
    })
    await until(() => failing.metrics().waitingRetries === 2)
    const values: string[] = []
    const other = await rig.run({ eachRecord: ({ value }) => void values.push(String(value)) })
    await until(() => other.metrics().handledRecords > 0)
    expect(failing.metrics()).toMatchObject({ waitingRetries: 1 })
    expect(failing.metrics().assignment).toHaveLength(1)
    await failing.close()
    await other.drain()
    expect(values.toSorted()).toEqual(['1', '1', '2'])
  })

  test('what a handler does wrong is a failed attempt, whatever it is', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.rig.broker.createTopic('dead', { ringBytes: 65_536 })
    const faults: Record<string, () => unknown> = {
      throws: () => {
        throw new Error('thrown')
      },
      throwsNothing: () => Promise.reject(undefined),
      thenThrows: () =>
        withThen(() => {
          throw new Error('then')
        }),
      getsNoThen: () =>
        Object.defineProperty({}, THEN, {
          get: () => {
            throw new Error('no then')
          },
        }),
      fine: () => withThen((resolve) => resolve()),
    }
    await rig.append(Object.keys(faults).map((name) => `${name}:1`))
    const runner = await rig.run({
      maxAttempts: 2,
      retryBackoffMs: 1,
      concurrency: 3,
      onExhausted: { deadLetterTopic: 'dead' },
      eachRecord: ({ key }) => faults[String(key)]!(),
    })
    await runner.drain()
    expect(runner.metrics()).toMatchObject({
      failedAttempts: 8,
      deadLetteredRecords: 4,
      handledRecords: 5,
    })
  })
})

describe.each(LOGS)('a runner whose log is %s', (log) => {
  test('is closed by its client, which waits for its handler', async () => {
    const rig = await RunnerRig.start(log === 'in memory' ? 'in memory' : 'shared')
    await rig.append(['a:1', 'b:1'])
    const client = await connectAgain()
    const { entered, release, handle } = hold()
    const runner = await runConsumer(client, {
      groupId: GROUP,
      topics: ['orders'],
      eachRecord: handle,
    })
    await entered
    const closing = client.close()
    await settle()
    release()
    await closing
    await runner.closed
    expect(await rig.committed()).toBe(1)
  })

  test('is closed by its broker, which waits for its handler', async () => {
    const rig = await RunnerRig.start(log === 'in memory' ? 'in memory' : 'shared')
    await rig.append(['a:1', 'b:1'])
    const errors: unknown[] = []
    const { entered, release, handle } = hold()
    const runner = await rig.run({ eachRecord: handle, onError: (error) => errors.push(error) })
    await entered
    const closing = rig.rig.broker.close()
    await settle()
    release()
    await closing
    await runner.closed
    expect(errors).toEqual([])
    expect(runner.metrics().handledRecords).toBe(1)
  })
})

test('a retry of minutes is due when the clock says so', async () => {
  const clock = new VirtualClock()
  const client = await inMemoryClient({ clock })
  onTestFinished(() => client.close({ timeoutMs: 100 }))
  await client.createTopic('orders')
  const attempts: number[] = []
  const runner = await runConsumer(client, {
    groupId: GROUP,
    topics: ['orders'],
    maxAttempts: 4,
    retryBackoffMs: MINUTE_MS,
    retryBackoffMaxMs: 3 * MINUTE_MS,
    eachRecord: ({ key }, { attempt }) => {
      if (String(key) === 'other') return
      attempts.push(Math.round(clock.nowMs() / MINUTE_MS))
      if (attempt < 4) throw new Error('not yet')
    },
  })
  const producer = new Producer(client)
  for (const key of ['slow', 'other']) producer.write({ topic: 'orders', key, value: '' })
  await producer.flush()
  const turns = async (): Promise<void> => {
    await settle(3)
    await clock.advance(0)
  }
  await turns()
  for (let minute = 1; minute <= 6; minute++) {
    expect(runner.metrics()).toMatchObject({ handledRecords: 1, waitingRetries: 1 })
    await clock.advance(MINUTE_MS)
    await turns()
  }
  expect(attempts).toEqual([0, 1, 3, 6])
  await runner.drain()
  await runner.close()
})

test('every record is handled although its partition’s worker is killed again and again', async () => {
  const broker = await startBroker()
  await broker.createTopic('orders', { partitions: 2 })
  const producer = new Producer(broker)
  const handled = new Map<string, number[]>()
  const runner = await runConsumer(broker, {
    groupId: GROUP,
    topics: ['orders'],
    concurrency: 10,
    eachRecord: async ({ key, value }) => {
      await settle(1)
      const name = String(key)
      handled.set(name, [...(handled.get(name) ?? []), Number(value)])
    },
  })
  for (let i = 0; i < 400; i++) {
    producer.write({ topic: 'orders', key: `k${i % 10}`, value: String(i) })
    if (i % 100 === 50) await killPartitionWorker(broker, { topic: 'orders', partition: i % 2 })
  }
  await producer.flush()
  await runner.drain()
  expect(runner.metrics().failedAttempts).toBe(0)
  for (let key = 0; key < 10; key++) {
    const order = handled.get(`k${key}`)!
    expect(order).toEqual(Array.from({ length: 40 }, (_, i) => 10 * i + key))
  }
  await runner.close()
})
