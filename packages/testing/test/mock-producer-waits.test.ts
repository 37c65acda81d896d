import { RinglogError } from '@ringlog/core'
import { MockProducer, VirtualClock, type MockProducerConfig } from '@ringlog/testing'
import { isSettled } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'

const at = { topic: 't', value: 'v' }
const offline = new RinglogError('PARTITION_OFFLINE', 'the worker is gone')

function manual(config: MockProducerConfig = {}): MockProducer {
  return new MockProducer({ autoComplete: false, ...config })
}

describe('without autoComplete', () => {
  test('records wait, and are completed one by one, oldest first', async () => {
    const producer = manual()
    const sent = [producer.send(at), producer.send(at), producer.send(at)]
    expect(await isSettled(Promise.race(sent))).toBe(false)
    expect(producer.pendingCount).toBe(3)
    expect(producer.completeNext()).toBe(true)
    expect(producer.errorNext(offline)).toBe(true)
    expect(producer.completeNext()).toBe(true)
    expect(producer.completeNext()).toBe(false)
    expect(producer.errorNext(offline)).toBe(false)
    // What failed has no offset.
    expect(await Promise.allSettled(sent)).toMatchObject([
      { value: { offset: 0 } },
      { reason: offline },
      { value: { offset: 1 } },
    ])
    expect(producer.history()).toHaveLength(3)
  })

  test('flush() delivers all, and rejects with the first error of a write, once', async () => {
    const told: unknown[] = []
    const producer = manual({ onDeliveryError: (error, failed) => told.push(error, failed) })
    const sent = producer.send(at)
    producer.write(at)
    producer.write({ ...at, partition: 0 })
    producer.completeNext()
    producer.errorNext(offline)
    await expect(producer.flush()).rejects.toBe(offline)
    expect(told).toEqual([offline, { topic: 't', partition: 0, count: 1 }])
    await producer.flush()
    expect(await sent).toMatchObject({ offset: 0 })
    expect(producer.pendingCount).toBe(0)
  })

  test('errorNext() takes errors alone', () => {
    expect(() => manual().errorNext('no' as never)).toThrow('errorNext() takes an Error, got "no"')
  })

  test('write() is false when memory is short, throws when it is used up, and drained() waits', async () => {
    const producer = manual({ bufferMemoryBytes: 1000 })
    const record = { topic: 't', value: 'x'.repeat(150) } // 224 bytes as a batch of its own
    expect([1, 2, 3].map(() => producer.write(record))).toEqual([true, true, true])
    expect(producer.tryWrite(record)).toBe(true)
    expect(producer.tryWrite(record)).toBe(false)
    expect(() => producer.write(record)).toThrow(expect.objectContaining({ code: 'BUFFER_FULL' }))
    const waiting = producer.send(record) // its caller waits
    expect(producer.history()).toHaveLength(5)
    const drained = producer.drained()
    const drainedOne = producer.drained({ partition: { topic: 't', partition: 0 } })
    producer.completeNext()
    expect(await isSettled(drained)).toBe(false)
    producer.completeNext()
    producer.completeNext()
    await drained
    await drainedOne
    expect(await isSettled(waiting)).toBe(false)
    await producer.flush()
    expect(await waiting).toMatchObject({ offset: 4 })
  })

  test('a partition with a backlog makes write() false, and leaves the others alone', async () => {
    const producer = manual({ topics: { t: { partitions: 2 } }, batchSizeBytes: 0, maxInFlight: 1 })
    const writes = Array.from({ length: 6 }, () => producer.write({ ...at, partition: 0 }))
    expect(writes).toEqual([true, true, true, true, false, false])
    expect(producer.tryWrite({ ...at, partition: 0 })).toBe(false)
    expect(producer.tryWrite({ ...at, partition: 1 })).toBe(true)
    const drained = producer.drained()
    producer.completeNext()
    expect(await isSettled(drained)).toBe(false)
    producer.completeNext()
    await drained
  })

  test('records have deliveryTimeoutMs, and maxBlockMs while there is no memory', async () => {
    const clock = new VirtualClock()
    const producer = manual({
      clock,
      bufferMemoryBytes: 100,
      deliveryTimeoutMs: 30_000,
      maxBlockMs: 10_000,
    })
    const delivered = producer.send(at)
    const blocked = producer.send(at)
    await clock.advance(9_999)
    expect(await isSettled(Promise.race([delivered, blocked]))).toBe(false)
    const both = Promise.allSettled([delivered, blocked])
    await clock.advance(1)
    await clock.advance(20_000)
    expect(await both).toMatchObject([
      { reason: { code: 'REQUEST_TIMED_OUT', details: { isMaybeAppended: true } } },
      { reason: { code: 'BUFFER_FULL' } },
    ])
    expect(producer.pendingCount).toBe(0)
    expect(producer.completeNext()).toBe(false)
    expect(clock.timerCount).toBe(0)
  })

  test('a send that waited for memory has deliveryTimeoutMs from when it got some', async () => {
    const clock = new VirtualClock()
    const producer = manual({ clock, bufferMemoryBytes: 100, maxBlockMs: 10_000 })
    void producer.send(at)
    const second = producer.send(at)
    await clock.advance(9_000)
    producer.completeNext()
    await clock.advance(100_000)
    expect(await isSettled(second)).toBe(false)
    producer.completeNext()
    expect(await second).toMatchObject({ offset: 1 })
  })

  test('clear() forgets what waits, and frees its memory', async () => {
    const clock = new VirtualClock()
    const producer = manual({ clock, bufferMemoryBytes: 80 })
    const forgotten = producer.send(at)
    const drained = producer.drained()
    producer.clear()
    await drained
    expect(producer.pendingCount).toBe(0)
    expect(producer.history()).toEqual([])
    expect(clock.timerCount).toBe(0)
    expect(await isSettled(forgotten)).toBe(false)
    expect(producer.completeNext()).toBe(false)
  })

  test('drained() ends with its limits, and with the producer', async () => {
    const clock = new VirtualClock()
    const producer = manual({ clock, bufferMemoryBytes: 80 })
    producer.write(at)
    const late = producer.drained({ timeoutMs: 500 })
    const [outcome] = await Promise.allSettled([late, clock.advance(500)])
    expect(outcome).toMatchObject({ reason: { code: 'REQUEST_TIMED_OUT' } })
    const reason = new Error('enough')
    await expect(producer.drained({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(producer.drained({ timeout: 5 } as never)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
  })

  test('with acks 0 there is nothing to wait for', async () => {
    expect(await manual({ acks: 0 }).send(at)).toMatchObject({ offset: -1 })
  })
})
