import { RinglogError, type TopicPartition } from '@ringlog/core'
import { MockConsumer } from '@ringlog/testing'
import { isSettled } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'

const p0: TopicPartition = { topic: 't', partition: 0 }
const offline = new RinglogError('PARTITION_OFFLINE', 'the worker is gone')

async function valuesOf(consumer: MockConsumer): Promise<string[]> {
  const records = await consumer.poll({ timeoutMs: 0 })
  return Array.from(records, ({ offset, value }) => `${offset} ${String(value)}`)
}

describe('errors that a test sets', () => {
  test('setPollException: the poll that waits rejects with it, or the next one, once', async () => {
    const consumer = new MockConsumer()
    await consumer.assign([p0])
    const waiting = consumer.poll()
    expect(await isSettled(waiting)).toBe(false)
    consumer.setPollException(offline)
    await expect(waiting).rejects.toBe(offline)
    consumer.addRecord({ ...p0, value: 'a' })
    consumer.setPollException(offline)
    await expect(consumer.poll()).rejects.toBe(offline)
    expect(await valuesOf(consumer)).toEqual(['0 a'])
    expect(() => consumer.setPollException('no' as never)).toThrow('takes an Error, got "no"')
  })

  test('it is thrown into an iteration as well, also while everything is paused', async () => {
    const consumer = new MockConsumer()
    await consumer.assign([p0])
    consumer.pause([p0])
    const next = consumer[Symbol.asyncIterator]().next()
    expect(await isSettled(next)).toBe(false)
    consumer.setPollException(offline)
    await expect(next).rejects.toBe(offline)
  })

  test('wakeup comes before it', async () => {
    const consumer = new MockConsumer()
    await consumer.assign([p0])
    consumer.setPollException(offline)
    consumer.wakeup()
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'WAKEUP' })
    await expect(consumer.poll()).rejects.toBe(offline)
    expect(await valuesOf(consumer)).toEqual([])
  })

  test('setOffsetsException: the next query rejects with it, once', async () => {
    const consumer = new MockConsumer()
    for (const ask of [
      () => consumer.beginningOffsets([p0]),
      () => consumer.endOffsets([p0]),
      () => consumer.offsetsForTimes([{ ...p0, timestamp: 0 }]),
    ]) {
      consumer.setOffsetsException(offline)
      await expect(ask()).rejects.toBe(offline)
      await ask()
    }
    expect(() => consumer.setOffsetsException({} as never)).toThrow('takes an Error')
  })
})

describe('schedulePollTask', () => {
  test('each poll does one, before it looks for records', async () => {
    const consumer = new MockConsumer()
    await consumer.assign([p0])
    consumer.schedulePollTask(() => void consumer.addRecord({ ...p0, value: 'first' }))
    consumer.schedulePollTask(() => void consumer.addRecord({ ...p0, value: 'second' }))
    consumer.schedulePollTask(() => consumer.wakeup())
    expect(await valuesOf(consumer)).toEqual(['0 first'])
    expect(await valuesOf(consumer)).toEqual(['1 second'])
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'WAKEUP' })
  })

  test('a poll that waits does those that are left', async () => {
    const consumer = new MockConsumer({ groupId: 'g' })
    await consumer.subscribe(['t'])
    consumer.scheduleNopPollTask()
    consumer.schedulePollTask(async () => {
      await consumer.rebalance([p0])
      consumer.addRecord({ ...p0, value: 'a' })
    })
    consumer.schedulePollTask(() => void consumer.addRecord({ ...p0, value: 'b' }))
    expect(Array.from(await consumer.poll(), ({ value }) => String(value))).toEqual(['a'])
    expect(Array.from(await consumer.poll(), ({ value }) => String(value))).toEqual(['b'])
    const waiting = consumer.poll()
    expect(await isSettled(waiting)).toBe(false)
    consumer.schedulePollTask(() => void consumer.addRecord({ ...p0, value: 'c' }))
    expect((await waiting).count).toBe(1)
  })

  test('a program that consumes in a loop is played from beginning to end', async () => {
    const consumer = new MockConsumer({ groupId: 'g' })
    const seen: string[] = []
    for (const value of ['a', 'b', 'c']) {
      consumer.schedulePollTask(() => void consumer.addRecord({ ...p0, value }))
    }
    consumer.schedulePollTask(() => consumer.close())
    await consumer.rebalance([p0])
    await consumer.subscribe(['t'])
    for await (const { value } of consumer) seen.push(String(value))
    expect(seen).toEqual(['a', 'b', 'c'])
    expect(consumer.closed()).toBe(true)
  })

  test('what a task throws, the poll rejects with', async () => {
    const consumer = new MockConsumer()
    await consumer.assign([p0])
    consumer.schedulePollTask(() => {
      throw offline
    })
    await expect(consumer.poll()).rejects.toBe(offline)
    consumer.schedulePollTask(() => Promise.reject(offline))
    await expect(consumer.poll()).rejects.toBe(offline)
    expect(() => consumer.schedulePollTask('no' as never)).toThrow('takes a function')
  })
})
