import type { Consumer, ConsumerRecord } from '@ringlog/consumer'
import { RinglogError } from '@ringlog/core'
import { settle } from '@ringlog/test-kit'
import { once } from 'node:events'
import { Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { MemoryLog } from './memory-log.ts'
import { consumerOf, logOf, numbers, valuesOf } from './rig.ts'

/** A sink that takes one record at a time, when it is told to. */
class SlowSink extends Writable {
  readonly records: ConsumerRecord[] = []
  #done: (() => void) | null = null

  constructor() {
    super({ objectMode: true, highWaterMark: 2 })
  }

  override _write(record: ConsumerRecord, _encoding: string, done: () => void): void {
    this.records.push(record)
    this.#done = done
  }

  finishOne(): void {
    this.#done?.()
  }
}

/** How a pipeline from this consumer fails when this happens. */
async function errorOf(consumer: Consumer, act: () => void): Promise<unknown> {
  const running = pipeline(consumer.toReadable(), new SlowSink()).catch((error: unknown) => error)
  await settle()
  act()
  return running
}

describe('toReadable', () => {
  test('gives all records in order to a pipeline, and ends when the consumer closes', async () => {
    const log = logOf(100, 7)
    const consumer = await consumerOf(log, { maxPollRecords: 9 })
    const values: string[] = []
    const running = pipeline(
      consumer.toReadable(),
      new Transform({
        objectMode: true,
        transform: (record: ConsumerRecord, _, done) => done(null, String(record.value)),
      }),
      async (source: AsyncIterable<string>) => {
        for await (const value of source) if (values.push(value) === 103) await consumer.close()
      },
    )
    while (values.length < 100) await settle(1)
    log.first.appendValues('100', '101', '102')
    await running
    expect(values).toEqual(numbers(0, 103))
  })

  test('does not read ahead of a slow reader', async () => {
    const log = logOf(100)
    const consumer = await consumerOf(log)
    const sink = new SlowSink()
    const running = pipeline(consumer.toReadable(), sink).catch((error: unknown) => error)
    for (let taken = 0; taken < 5; taken++) {
      await settle()
      expect(sink.records.length).toBe(taken + 1)
      // One is being written, and one may wait in the sink: its high-water mark is 2.
      expect(consumer.position(log.at(0)) - sink.records.length).toBeLessThanOrEqual(1)
      sink.finishOne()
    }
    await settle()
    expect(sink.records.length).toBe(6)
    sink.destroy(new Error('enough'))
    await running
  })

  test('destroyed, leaves the consumer open behind the last record that its reader got', async () => {
    const log = logOf(100, 8)
    const consumer = await consumerOf(log)
    const at = log.at(0)
    const values: string[] = []
    for (const stop of [1, 5, 8, 9, 30]) {
      for await (const record of consumer.toReadable() as AsyncIterable<ConsumerRecord>) {
        values.push(String(record.value))
        if (values.length === stop) break
      }
      expect([consumer.position(at), consumer.currentOffset(at)]).toEqual([stop, stop - 1])
    }
    const stream = consumer.toReadable()
    stream.on('data', (record: ConsumerRecord) => {
      values.push(String(record.value))
      if (values.length === 40) stream.destroy()
    })
    await once(stream, 'close')
    expect([consumer.position(at), consumer.currentOffset(at)]).toEqual([40, 39])
    expect([...values, ...valuesOf(await consumer.poll())]).toEqual(numbers(0, 100))
  })

  test('gives back the one record that it holds when it is destroyed before it is read', async () => {
    const log = logOf(10)
    const consumer = await consumerOf(log)
    const at = log.at(0)
    const stream = consumer.toReadable()
    await once(stream, 'readable')
    expect((stream.read() as ConsumerRecord).offset).toBe(0)
    await once(stream, 'readable')
    expect(stream.readableLength).toBe(1)
    stream.destroy()
    expect([consumer.position(at), consumer.currentOffset(at)]).toEqual([1, 0])
    expect(valuesOf(await consumer.poll())).toEqual(numbers(1, 10))
  })

  test('keeps the position that was sought while it held a record', async () => {
    const log = logOf(10)
    const consumer = await consumerOf(log)
    const stream = consumer.toReadable()
    await once(stream, 'readable')
    consumer.seek(log.at(0), 7)
    stream.destroy()
    expect(consumer.position(log.at(0))).toBe(7)
  })

  test('fails with a pipeline that fails, and leaves the consumer open', async () => {
    const log = logOf(10)
    const consumer = await consumerOf(log)
    const failure = new Error('sink failed')
    const sink = new Writable({
      objectMode: true,
      highWaterMark: 1,
      write: ({ offset }: ConsumerRecord, _, done) => done(offset === 3 ? failure : null),
    })
    await expect(pipeline(consumer.toReadable(), sink)).rejects.toBe(failure)
    expect(consumer.position(log.at(0))).toBeGreaterThanOrEqual(4)
    consumer.seek(log.at(0), 3)
    expect(valuesOf(await consumer.poll())).toEqual(numbers(3, 10))
  })

  test('destroyed while it waits, lets go of its thread', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    const stream = consumer.toReadable()
    stream.resume()
    await settle()
    expect(log.holds).toBe(1)
    stream.destroy()
    await once(stream, 'close')
    await settle()
    expect(log.holds).toBe(0)
    log.first.appendValues('a')
    expect(valuesOf(await consumer.poll())).toEqual(['a'])
  })

  test('aborted in a pipeline while it waits, gives way to a poll at once', async () => {
    const log = logOf(2)
    const consumer = await consumerOf(log)
    const controller = new AbortController()
    const sink = new Writable({ objectMode: true, write: (_record, _encoding, done) => done() })
    const piped = pipeline(consumer.toReadable(), sink, { signal: controller.signal })
    while (consumer.position(log.at(0)) < 2) await settle()
    controller.abort()
    await expect(piped).rejects.toMatchObject({ code: 'ABORT_ERR' })
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
  })

  test('fails with what its polls reject with: a wakeup, the end of the broker', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    expect(await errorOf(consumer, () => consumer.wakeup())).toMatchObject({ code: 'WAKEUP' })
    const closed = new RinglogError('BROKER_CLOSED')
    expect(await errorOf(consumer, () => log.fail(closed))).toBe(closed)
  })

  test('can take turns with polls', async () => {
    const log = logOf(30, 4)
    const consumer = await consumerOf(log, { maxPollRecords: 5 })
    const values: string[] = []
    for await (const { value } of consumer.toReadable() as AsyncIterable<ConsumerRecord>) {
      values.push(String(value))
      if (values.length === 30) break
      if (values.length % 3 === 0) values.push(...valuesOf(await consumer.poll()))
      if (values.length === 30) break
    }
    expect(values.map(Number).sort((a, b) => a - b)).toEqual(numbers(0, 30).map(Number))
  })
})
