import { Consumer } from '@ringlog/consumer'
import type { RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { GROUP, Rig, TOPIC } from './rig.ts'

/** A record of `orders-0` as the dead letter topic has it. */
const deadLetter = (value: string, offset: number): object => ({
  key: 'k',
  value,
  headers: [
    'trace=abc',
    'ringlog.dlt.topic=orders',
    'ringlog.dlt.partition=0',
    `ringlog.dlt.offset=${offset}`,
    'ringlog.dlt.timestamp=1234',
    `ringlog.dlt.error=RangeError: ${value} is bad`,
  ],
})

describe('a record whose handler fails', () => {
  test('is tried again', async () => {
    const rig = await Rig.start()
    const pool = await rig.pool('failing', { data: 2 })
    await rig.producer.send({ topic: TOPIC, value: 'bad' })
    await pool.drain()
    expect((await rig.done()).map(({ what }) => what)).toEqual(['bad:3'])
    const { threads } = await pool.metrics()
    expect(threads.reduce((sum, { failedAttempts }) => sum + failedAttempts, 0)).toBe(2)
  })

  test('stops the pool, and is not committed', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const errors: RinglogError[] = []
    const pool = await rig.pool('failing', { data: 9, onError: (error) => void errors.push(error) })
    for (const value of ['a', 'b', 'bad', 'c']) rig.producer.write({ topic: TOPIC, value })
    await rig.producer.flush()
    const drained = await pool.drain().catch((error: unknown) => error)
    expect(drained).toMatchObject({
      code: 'HANDLER_FAILED',
      message: expect.stringContaining('partition=orders-0, offset=2 after attempts=3'),
      details: { topic: TOPIC, partition: 0, offset: 2, attempts: 3 },
      cause: { name: 'RangeError', message: 'bad is bad' },
    })
    expect(errors).toEqual([drained])
    await expect(pool.run({ topic: TOPIC, value: 'x' })).rejects.toBe(drained)
    await expect(pool.close()).rejects.toBe(drained)
    await expect(pool.close()).rejects.toBe(drained)
    expect(await rig.committed()).toBe(2)
    expect((await rig.done()).map(({ what }) => what)).toEqual(['a:1', 'b:1'])

    const next = await rig.pool('recording')
    await next.drain()
    expect((await rig.done()).map(({ what }) => what)).toEqual(['a:1', 'b:1', 'bad', 'c'])
  })

  test('goes to the dead letter topic, whole, and the next is handled', async () => {
    const rig = await Rig.start({ partitions: 1 })
    await rig.broker.createTopic('dead', { ringBytes: 65_536 })
    const pool = await rig.pool('failing', { data: 9, onExhausted: { deadLetterTopic: 'dead' } })
    const headers = { trace: 'abc' }
    const bad = { topic: TOPIC, key: 'k', value: 'bad', timestamp: 1234, headers }
    await rig.producer.send(bad)
    await expect(pool.run({ ...bad, value: 'bad run' })).rejects.toMatchObject({
      name: 'RangeError',
      message: 'bad run is bad',
    })
    await rig.producer.send({ topic: TOPIC, value: 'good' })
    await pool.drain()
    expect((await rig.done()).map(({ what }) => what)).toEqual(['good:1'])
    const consumer = new Consumer(rig.broker)
    await consumer.assign([{ topic: 'dead', partition: 0 }])
    const dead = []
    while (dead.length < 2) dead.push(...(await consumer.poll()))
    const told = dead.map(({ key, value, headers: all }) => ({
      key: String(key),
      value: String(value),
      headers: all.map(([name, text]) => `${name}=${String(text)}`),
    }))
    expect(told).toEqual([deadLetter('bad', 0), deadLetter('bad run', 1)])
    const { threads } = await pool.metrics()
    expect(threads.reduce((sum, thread) => sum + thread.deadLetteredRecords, 0)).toBe(2)

    const { clients } = await rig.broker.metrics()
    const handlers = clients
      .filter(({ kind }) => kind === 'handler')
      .toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1))
    expect(handlers).toMatchObject(
      threads.map(({ threadIndex, threadId, handledRecords, deadLetteredRecords }) => ({
        clientId: `${GROUP}-${threadIndex}`,
        groupId: GROUP,
        threadId,
        metrics: { handledRecords, deadLetteredRecords },
      })),
    )
    for (const { clientId } of handlers) {
      const kinds = clients.filter((client) => client.clientId === clientId).map(({ kind }) => kind)
      expect(kinds.toSorted()).toEqual(['consumer', 'handler', 'producer'])
    }
  })

  test('stops the pool when the dead letter topic does not take it', async () => {
    const rig = await Rig.start({ partitions: 1, maxMessageBytes: 60_000 })
    await rig.broker.createTopic('dead', { ringBytes: 65_536, maxMessageBytes: 1_000 })
    const onExhausted = { deadLetterTopic: 'dead' }
    const pool = await rig.pool('failing', { data: 9, onError: () => undefined, onExhausted })
    await rig.producer.send({ topic: TOPIC, value: `bad${'x'.repeat(5_000)}` })
    await expect(pool.drain()).rejects.toThrow(/dead letter topic dead did not take the record/)
    expect(await rig.committed()).toBe(0)
  })

  test('fails the batch from there: what was done is committed', async () => {
    const rig = await Rig.start({ partitions: 1 })
    const pool = await rig.pool('batching', { onError: () => undefined })
    for (const value of ['a', 'b', 'bad', 'c']) rig.producer.write({ topic: TOPIC, value })
    await rig.producer.flush()
    await expect(pool.drain()).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
      details: { offset: 2, attempts: 3 },
    })
    await pool.close().catch(() => undefined)
    expect(await rig.committed()).toBe(2)
    expect((await rig.done()).map(({ what }) => what)).toEqual(['a:1', 'b:1'])
  })

  test('goes alone to the dead letter topic, out of its batch', async () => {
    const rig = await Rig.start({ partitions: 1 })
    await rig.broker.createTopic('dead', { ringBytes: 65_536 })
    for (const value of ['a', 'bad', 'b', 'bad', 'c']) rig.producer.write({ topic: TOPIC, value })
    await rig.producer.flush()
    const pool = await rig.pool('batching', { onExhausted: { deadLetterTopic: 'dead' } })
    await pool.drain()
    expect((await rig.done()).map(({ what }) => what)).toEqual(['a:1', 'b:1', 'c:1'])
    expect((await rig.broker.offsets('dead'))[0]!.endOffset).toBe(2)
  })

  test('goes there at once, as it is, where the handler’s serde does not take it', async () => {
    const rig = await Rig.start({ partitions: 1 })
    await rig.broker.createTopic('dead', { ringBytes: 65_536 })
    const onExhausted = { deadLetterTopic: 'dead' }
    const pool = await rig.pool('deserializing', { data: 'order', onExhausted, threads: 1 })
    for (const value of ['{"id":1}', '{"id":', '{"id":3}']) {
      await rig.producer.send({ topic: TOPIC, key: 'a', value })
    }
    await pool.drain()
    expect((await rig.done()).map(({ what }) => what)).toEqual(['order A 2', 'order A 4'])
    const [thread] = (await pool.metrics()).threads
    expect(thread).toMatchObject({ handledRecords: 3, failedAttempts: 1, deadLetteredRecords: 1 })
    const consumer = new Consumer(rig.broker)
    await consumer.assign([{ topic: 'dead', partition: 0 }])
    const [dead] = await consumer.poll()
    expect(String(dead!.value)).toBe('{"id":')
  })
})
