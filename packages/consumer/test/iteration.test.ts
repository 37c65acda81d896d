import { RinglogError, type TopicPartition } from '@ringlog/core'
import { isSettled, settle } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { MemoryLog } from './memory-log.ts'
import { consumerOf, logOf, numbers, valuesOf } from './rig.ts'

describe('for await (const record of consumer)', () => {
  test('yields every record in order, over many polls and batches', async () => {
    const log = logOf(100, 7)
    const consumer = await consumerOf(log, { maxPollRecords: 10 })
    const values: string[] = []
    for await (const record of consumer) {
      values.push(String(record.value))
      if (values.length === 100) break
    }
    expect(values).toEqual(numbers(0, 100))
  })

  test('hands a record out when it is yielded, not before', async () => {
    const log = logOf(10, 4)
    const consumer = await consumerOf(log)
    const at = log.at(0)
    const iteration = consumer[Symbol.asyncIterator]()
    expect([consumer.position(at), consumer.currentOffset(at)]).toEqual([0, -1])
    for (let i = 0; i < 10; i++) {
      const { value: record } = await iteration.next()
      expect(record!.offset).toBe(i)
      expect([consumer.position(at), consumer.currentOffset(at)]).toEqual([i + 1, i])
      expect(consumer.lag(at)).toBe(9 - i)
    }
  })

  test('waits for what comes, and holds its thread only while it waits', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    const iteration = consumer[Symbol.asyncIterator]()
    const next = iteration.next()
    expect(await isSettled(next)).toBe(false)
    expect(log.holds).toBe(1)
    log.first.appendValues('a')
    expect(String((await next).value!.value)).toBe('a')
    expect(log.holds).toBe(0)
  })

  test('left by a break, leaves the consumer open behind the last record that it yielded', async () => {
    const log = logOf(50, 8)
    const consumer = await consumerOf(log)
    const at = log.at(0)
    const seen: string[] = []
    for (const stop of [1, 5, 8, 9, 30]) {
      for await (const record of consumer) {
        seen.push(String(record.value))
        if (seen.length === stop) break
      }
      expect([consumer.position(at), consumer.currentOffset(at)]).toEqual([stop, stop - 1])
    }
    seen.push(...valuesOf(await consumer.poll()))
    expect(seen).toEqual(numbers(0, 50))
  })

  test('left by an error, is as after a break', async () => {
    const log = logOf(5)
    const consumer = await consumerOf(log)
    const failure = new Error('handler failed')
    const run = async (): Promise<void> => {
      for await (const record of consumer) if (record.offset === 2) throw failure
    }
    await expect(run()).rejects.toBe(failure)
    expect(consumer.position(log.at(0))).toBe(3)
    expect(valuesOf(await consumer.poll())).toEqual(['3', '4'])
  })

  test('what it was left with comes again even if the log has lost it since', async () => {
    const log = logOf(20)
    const consumer = await consumerOf(log)
    for await (const record of consumer) if (record.offset === 4) break
    for (let i = 0; i < 100; i++) log.first.appendValues('x'.repeat(1000))
    expect(log.first.writer.logStartOffset).toBeGreaterThan(20)
    expect(valuesOf(await consumer.poll()).slice(0, 15)).toEqual(numbers(5, 20))
  })

  test('goes on where a seek within the loop says', async () => {
    const log = logOf(10)
    const consumer = await consumerOf(log)
    const offsets: number[] = []
    for await (const { offset } of consumer) {
      offsets.push(offset)
      if (offsets.length === 3) consumer.seek(log.at(0), 8)
      if (offsets.length === 5) consumer.seek(log.at(0), 1)
      if (offsets.length === 7) break
    }
    expect(offsets).toEqual([0, 1, 2, 8, 9, 1, 2])
  })

  test('passes over what is paused within the loop', async () => {
    const log = new MemoryLog(2)
    for (const [i, p] of log.partitions.entries()) {
      p.append([0, 1, 2].map((n) => ({ value: `${i}.${n}` })))
    }
    const consumer = await consumerOf(log)
    const values: string[] = []
    for await (const { value } of consumer) {
      values.push(String(value))
      if (values.length === 1) consumer.pause([log.at(0)])
      if (values.length === 4) consumer.resume([log.at(0)])
      if (values.length === 6) break
    }
    expect(values).toEqual(['0.0', '1.0', '1.1', '1.2', '0.1', '0.2'])
  })

  test('yields nothing more of a partition that is given up within the loop', async () => {
    const log = new MemoryLog(2)
    for (const [i, p] of log.partitions.entries()) {
      p.append([0, 1, 2].map((n) => ({ value: `${i}.${n}` })))
    }
    const consumer = await consumerOf(log)
    const values: string[] = []
    for await (const { value } of consumer) {
      values.push(String(value))
      if (values.length === 2) await consumer.assign([log.at(1)])
      if (values.length === 5) break
    }
    expect(values).toEqual(['0.0', '0.1', '1.0', '1.1', '1.2'])
  })

  test('shares its position with polls in its loop: every record once', async () => {
    const log = logOf(20, 6)
    const consumer = await consumerOf(log, { maxPollRecords: 5 })
    const values: string[] = []
    for await (const { value } of consumer) {
      values.push(String(value))
      if (values.length % 3 === 0 && values.length < 20)
        values.push(...valuesOf(await consumer.poll()))
      if (values.length === 20) break
    }
    expect(values).toEqual(numbers(0, 20))
  })

  test('refuses a poll only while it waits itself, and is refused only while a poll waits', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    const concurrent = expect.objectContaining({ code: 'CONCURRENT_POLL' })
    const iteration = consumer[Symbol.asyncIterator]()
    const next = iteration.next()
    await expect(consumer.poll()).rejects.toEqual(concurrent)
    expect(() => consumer.pollSync()).toThrow(concurrent)
    log.first.appendValues('a')
    expect(String((await next).value!.value)).toBe('a')
    const polling = consumer.poll()
    await expect(iteration.next()).rejects.toEqual(concurrent)
    log.first.appendValues('b')
    expect(valuesOf(await polling)).toEqual(['b'])
    const again = iteration.next()
    log.first.appendValues('c')
    expect(String((await again).value!.value)).toBe('c')
  })

  test('ends when the consumer closes, while it waits and within its loop', async () => {
    const log = logOf(3)
    const consumer = await consumerOf(log)
    const values: string[] = []
    for await (const { value } of consumer) {
      values.push(String(value))
      if (values.length === 2) await consumer.close()
    }
    expect(values).toEqual(['0', '1'])

    const waiting = await consumerOf(new MemoryLog())
    const next = waiting[Symbol.asyncIterator]().next()
    expect(await isSettled(next)).toBe(false)
    await waiting.close()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await waiting[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined })
  })

  test('is told that the broker closed', async () => {
    const log = logOf(2)
    const consumer = await consumerOf(log)
    const closed = new RinglogError('BROKER_CLOSED')
    const run = async (): Promise<void> => {
      for await (const { offset } of consumer)
        if (offset === 1) setImmediate(() => log.fail(closed))
    }
    await expect(run()).rejects.toBe(closed)
  })

  test('is told of a wakeup, and can be taken up again', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    const iteration = consumer[Symbol.asyncIterator]()
    const next = iteration.next()
    consumer.wakeup()
    await expect(next).rejects.toMatchObject({ code: 'WAKEUP' })
    log.first.appendValues('a')
    expect(String((await iteration.next()).value!.value)).toBe('a')
  })

  test('ended by hand while it waits, lets go of its thread and yields no more', async () => {
    const log = new MemoryLog()
    const consumer = await consumerOf(log)
    const iteration = consumer[Symbol.asyncIterator]()
    const next = iteration.next()
    await iteration.return!()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(log.holds).toBe(0)
    log.first.appendValues('a')
    expect(await iteration.next()).toEqual({ done: true, value: undefined })
    expect(consumer.position(log.at(0))).toBe(0)
    expect(valuesOf(await consumer.poll())).toEqual(['a'])
  })

  test.each(Array.from({ length: 12 }, (_, ticks) => ticks))(
    'ended by hand %i microtasks after a record came, loses it nowhere on its way',
    async (ticks) => {
      const log = new MemoryLog()
      const consumer = await consumerOf(log)
      const iteration = consumer[Symbol.asyncIterator]()
      const next = iteration.next()
      await settle(1)
      log.first.appendValues('a')
      for (let tick = 0; tick < ticks; tick++) await Promise.resolve()
      await iteration.return!()
      const { value } = await next
      const rest = valuesOf(await consumer.poll({ timeoutMs: 0 }))
      expect([...(value === undefined ? [] : [String(value.value)]), ...rest]).toEqual(['a'])
    },
  )

  test('two loops of one consumer share the records', async () => {
    const log = logOf(10)
    const consumer = await consumerOf(log)
    const loops = [consumer[Symbol.asyncIterator](), consumer[Symbol.asyncIterator]()]
    const values: string[] = []
    for (let i = 0; i < 10; i++) values.push(String((await loops[i % 2]!.next()).value!.value))
    expect(values).toEqual(numbers(0, 10))
  })

  test('without an assignment says so', async () => {
    const log = logOf(1)
    const consumer = await consumerOf(log)
    await consumer.assign([])
    const next = consumer[Symbol.asyncIterator]().next()
    await expect(next).rejects.toMatchObject({ code: 'INVALID_STATE' })
  })

  test('its records keep their bytes, however much is read after them', async () => {
    const log = logOf(1000, 50)
    const consumer = await consumerOf(log, { maxPollRecords: 100 })
    const kept = []
    for await (const record of consumer) if (kept.push(record) === 1000) break
    for (const { offset, value } of kept) expect(String(value)).toBe(String(offset))
  })

  test('serves all partitions', async () => {
    const log = new MemoryLog(3)
    for (const p of log.partitions) p.appendValues(...numbers(0, 20))
    const consumer = await consumerOf(log, { maxPollRecords: 7 })
    const seen = new Map<number, number[]>()
    let count = 0
    for await (const { partition, offset } of consumer) {
      const offsets = seen.get(partition) ?? []
      seen.set(partition, [...offsets, offset])
      const at: TopicPartition = log.at(partition)
      expect(consumer.position(at)).toBe(offset + 1)
      if (++count === 60) break
    }
    for (const offsets of seen.values()) expect(offsets).toEqual(numbers(0, 20).map(Number))
  })
})
