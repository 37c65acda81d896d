import { until } from '@ringlog/test-kit'
import { Consumer, serdes, type ConsumerRecord, type RinglogError } from 'ringlog'
import { describe, expect, test } from 'vitest'
import { TRANSPORTS, pollRecords, settle } from './rig.ts'
import { GROUP, RunnerRig } from './runner-rig.ts'

type Text = Buffer | string | null

const text = ({ key, value }: ConsumerRecord<Text, Text>): string =>
  `${key === null ? '' : String(key)}:${String(value)}`

describe.each(TRANSPORTS)('a runner, by %s', (transport) => {
  test('has each record handled, one at a time and in order, and commits it', async () => {
    const rig = await RunnerRig.start(transport)
    const values = Array.from({ length: 1_000 }, (_, i) => `k${i % 7}:${i}`)
    await rig.append(values)
    const handled: string[] = []
    let running = 0
    const runner = await rig.run({
      eachRecord: async (record) => {
        expect(++running).toBe(1)
        await (Number(record.value) % 100 === 0 ? settle(1) : null)
        handled.push(text(record))
        running--
      },
    })
    await runner.drain()
    expect(handled).toEqual(values)
    expect(await rig.committed()).toBe(1_000)
    expect(runner.metrics()).toMatchObject({
      assignment: [{ topic: 'orders', partition: 0 }],
      handledRecords: 1_000,
      failedAttempts: 0,
      pendingRecords: 0,
      waitingRetries: 0,
    })
  })

  test('handles as many at once as it may, those of a key one after the other', async () => {
    const rig = await RunnerRig.start(transport, { partitions: 2 })
    await rig.append(Array.from({ length: 400 }, (_, i) => `k${i % 20}:${i}`))
    const running = new Set<string>()
    const byKey = new Map<string, number[]>()
    let most = 0
    const runner = await rig.run({
      concurrency: 8,
      eachRecord: async ({ key, value }) => {
        const k = String(key)
        expect(running.has(k)).toBe(false)
        running.add(k)
        most = Math.max(most, running.size)
        await settle(1)
        byKey.set(k, [...(byKey.get(k) ?? []), Number(value)])
        running.delete(k)
      },
    })
    await runner.drain()
    expect(most).toBe(8)
    expect(byKey.size).toBe(20)
    for (const order of byKey.values()) expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(await rig.committed()).toBe(400)
  })

  test('begins nothing while it is paused, and goes on when it is resumed', async () => {
    const rig = await RunnerRig.start(transport)
    let handled = 0
    const runner = await rig.run({ eachRecord: () => void handled++ })
    runner.pause()
    expect(runner.isPaused).toBe(true)
    await rig.append(Array.from({ length: 1_200 }, (_, i) => `k:${i}`))
    await settle()
    expect(handled).toBe(0)
    runner.resume()
    await runner.drain()
    expect(handled).toBe(1_200)
  })

  test('tries a record again, and lets records of other keys pass it meanwhile', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.append(['a:1', 'b:1', 'a:2', 'c:1', ':1', 'a:3'])
    const handled: string[] = []
    const attempts: number[] = []
    const runner = await rig.run({
      retryBackoffMs: 60,
      eachRecord: (record, { attempt }) => {
        if (text(record) === 'a:1' && attempts.push(attempt) < 3) throw new Error('not yet')
        handled.push(text(record))
      },
    })
    await until(() => handled.length === 3)
    expect(await rig.committed()).toBe(0)
    expect(runner.metrics()).toMatchObject({ pendingRecords: 3, waitingRetries: 1 })
    await runner.drain()
    expect(attempts).toEqual([1, 2, 3])
    expect(handled).toEqual(['b:1', 'c:1', ':1', 'a:1', 'a:2', 'a:3'])
    expect(runner.metrics()).toMatchObject({ failedAttempts: 2, handledRecords: 6 })
  })

  test('stops at a record without an attempt left, which is not committed', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.append(['a:1', 'b:bad', 'c:1'])
    const errors: RinglogError[] = []
    const runner = await rig.run({
      maxAttempts: 2,
      retryBackoffMs: 1,
      onError: (error) => void errors.push(error),
      eachRecord: (record) => (text(record) === 'b:bad' ? Promise.reject(new RangeError('no')) : 1),
    })
    const end = await runner.closed.catch((error: unknown) => error)
    expect(end).toMatchObject({
      code: 'HANDLER_FAILED',
      message:
        'the handler failed on partition=orders-0, offset=1 after attempts=2: RangeError: no',
      details: { offset: 1, attempts: 2, isFatal: true },
    })
    expect(errors).toEqual([end])
    await expect(runner.close()).rejects.toBe(end)
    await expect(runner.drain()).rejects.toBe(end)
    expect(await rig.committed()).toBe(1)
    const again: string[] = []
    const next = await rig.run({ eachRecord: (record) => void again.push(text(record)) })
    await next.drain()
    expect(again).toEqual(['b:bad', 'c:1'])
  })

  test('sends a record that cannot be deserialized to the dead letter topic, as it is', async () => {
    const rig = await RunnerRig.start(transport)
    const { broker } = rig.rig
    await broker.createTopic('dead', { ringBytes: 65_536 })
    await rig.append(['"a":[1]', '"b":[no'])
    await rig.append(['"c":[3]'])
    const seen: Array<[string, number[]]> = []
    const runner = await rig.run({
      keySerde: serdes.json<string>(),
      valueSerde: serdes.json<number[]>(),
      onExhausted: { deadLetterTopic: 'dead' },
      eachRecord: ({ key, value }) => void seen.push([key, value]),
    })
    await runner.drain()
    expect(seen).toEqual([
      ['a', [1]],
      ['c', [3]],
    ])
    expect(runner.metrics()).toMatchObject({ failedAttempts: 1, deadLetteredRecords: 1 })
    const consumer = new Consumer(broker)
    await consumer.assign([{ topic: 'dead', partition: 0 }])
    const [dead] = await pollRecords(consumer, 1)
    expect(text(dead!)).toBe('"b":[no')
    const reason = dead!.headers.find(([name]) => name === 'ringlog.dlt.error')![1]
    expect(String(reason)).toContain('the value of a record cannot be deserialized')
  })

  test('stops where the dead letter topic does not take a record', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.rig.broker.createTopic('dead', { ringBytes: 65_536, maxMessageBytes: 200 })
    await rig.append([`a:${'x'.repeat(500)}`])
    const runner = await rig.run({
      maxAttempts: 1,
      onError: () => undefined,
      onExhausted: { deadLetterTopic: 'dead' },
      eachRecord: () => {
        throw new Error('no')
      },
    })
    await expect(runner.closed).rejects.toThrow(/dead letter topic dead did not take the record/)
    expect(await rig.committed()).toBe(0)
  })

  test('gives batches of a partition; what is done of one that fails is committed', async () => {
    const rig = await RunnerRig.start(transport, { partitions: 2 })
    await rig.append(['a:0', 'a:1', 'a:bad', 'a:3'], 0)
    await rig.append(['b:0', 'b:1'], 1)
    await rig.rig.broker.createTopic('dead', { ringBytes: 65_536 })
    const handled: string[] = []
    const runner = await rig.run({
      valueSerde: serdes.string,
      maxAttempts: 2,
      retryBackoffMs: 1,
      onExhausted: { deadLetterTopic: 'dead' },
      eachBatch: async (records, { done, attempt }) => {
        expect(records.partitions).toHaveLength(1)
        for (const record of records) {
          await settle(1)
          if (record.value === 'bad') throw new Error('bad')
          handled.push(`${text(record)}@${attempt}`)
          done(record)
        }
      },
    })
    await runner.drain()
    expect(handled.filter((name) => name.startsWith('a'))).toEqual(['a:0@1', 'a:1@1', 'a:3@1'])
    expect(handled.filter((name) => name.startsWith('b'))).toEqual(['b:0@1', 'b:1@1'])
    expect(runner.metrics()).toMatchObject({ failedAttempts: 2, deadLetteredRecords: 1 })
  })

  test('gives the batches of a partition one after the other, however many may run at once', async () => {
    const rig = await RunnerRig.start(transport)
    await rig.append(['a:1'])
    let running = 0
    const handled: string[] = []
    const ends: Array<() => void> = []
    const runner = await rig.run({
      concurrency: 4,
      eachBatch: async (records) => {
        expect(++running).toBe(1)
        await new Promise<void>((resolve) => ends.push(resolve))
        handled.push(...Array.from(records, text))
        running--
      },
    })
    await until(() => ends.length === 1)
    await rig.append(['b:2', 'a:3'])
    await until(() => runner.metrics().pendingRecords === 3)
    ends.shift()!()
    await until(() => ends.length === 1)
    ends.shift()!()
    await runner.drain()
    expect(handled).toEqual(['a:1', 'b:2', 'a:3'])
  })

  test('commits a record once what its handler wrote is in the log', async () => {
    const rig = await RunnerRig.start(transport)
    const { broker } = rig.rig
    const others = await broker.listGroups() // a cluster has those of other programs
    await broker.createTopic('bills', { ringBytes: 65_536 })
    await rig.append(Array.from({ length: 50 }, (_, i) => `k${i}:${i}`))
    const runner = await rig.run({
      concurrency: 5,
      eachRecord: ({ value }, { produce }) => produce({ topic: 'bills', value }),
    })
    await runner.drain()
    expect((await broker.offsets('bills'))[0]!.endOffset).toBe(50)
    expect((await broker.listGroups()).filter((group) => !others.includes(group))).toEqual([GROUP])
  })
})
