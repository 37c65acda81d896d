import type { TopicPartition } from '@ringlog/core'
import { MockConsumer, VirtualClock } from '@ringlog/testing'
import { isSettled } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'

const p0: TopicPartition = { topic: 't', partition: 0 }
const p1: TopicPartition = { topic: 't', partition: 1 }

/** A listener that writes down what it is called with. */
function listenerOf(calls: string[]): object {
  const note = (what: string) => (partitions: TopicPartition[]) =>
    void calls.push(
      `${what} ${partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(' ')}`,
    )
  return {
    onPartitionsAssigned: note('assigned'),
    onPartitionsRevoked: note('revoked'),
    onPartitionsLost: note('lost'),
  }
}

describe('rebalance', () => {
  test('gives and takes partitions at once, and calls the listener with the changes', async () => {
    const calls: string[] = []
    const consumer = new MockConsumer({ groupId: 'g' })
    await consumer.subscribe(['t'], listenerOf(calls))
    expect(consumer.subscription()).toEqual(['t'])
    expect(consumer.assignment()).toEqual([])
    await consumer.rebalance([p0])
    consumer.addRecord({ ...p0, value: 'a' })
    await consumer.poll()
    await consumer.rebalance([p1])
    expect(consumer.assignment()).toEqual([p1])
    await consumer.rebalance([p1])
    await consumer.rebalance([])
    expect(calls).toEqual(['assigned t-0', 'revoked t-0', 'assigned t-1', 'revoked t-1'])
    // What was handed out was committed before it went.
    expect(await consumer.committed(p0)).toBe(1)
    await consumer.rebalance([p0])
    expect(consumer.position(p0)).toBe(1)
  })

  test('is carried out by a poll that waits, which goes on waiting', async () => {
    const calls: string[] = []
    const consumer = new MockConsumer({ groupId: 'g' })
    await consumer.subscribe(/^t/, listenerOf(calls))
    expect(consumer.subscription()).toEqual(/^t/)
    const polled = consumer.poll()
    await consumer.rebalance([p0, p1])
    expect(calls).toEqual(['assigned t-0 t-1'])
    expect(await isSettled(polled)).toBe(false)
    consumer.addRecord({ ...p1, value: 'x' })
    expect((await polled).count).toBe(1)
  })

  test('before subscribe says what it is given by that', async () => {
    const calls: string[] = []
    const consumer = new MockConsumer({ groupId: 'g' })
    await consumer.rebalance([p0, { topic: 'u', partition: 0 }])
    consumer.addRecord({ ...p0, value: 'early' })
    await consumer.subscribe(['t'], listenerOf(calls))
    expect(consumer.assignment()).toEqual([p0])
    expect(calls).toEqual(['assigned t-0'])
    expect((await consumer.poll()).count).toBe(1)
    await consumer.subscribe(['t', 'u'])
    expect(consumer.assignment()).toHaveLength(2)
    await consumer.unsubscribe()
    expect(consumer.assignment()).toEqual([])
    expect(consumer.subscription()).toBeNull()
  })

  test('what the listener throws, the poll rejects with; the rebalance is carried out', async () => {
    const boom = new Error('of the listener')
    const consumer = new MockConsumer({ groupId: 'g' })
    await consumer.subscribe(['t'], {
      onPartitionsAssigned: () => {
        throw boom
      },
    })
    await consumer.rebalance([p0])
    expect(consumer.assignment()).toEqual([p0])
    await expect(consumer.poll()).rejects.toBe(boom)
    expect((await consumer.poll({ timeoutMs: 0 })).count).toBe(0)
  })

  test('within the listener is refused; a slow listener is waited for', async () => {
    let refusal: unknown
    const slow = Promise.withResolvers<void>()
    const consumer: MockConsumer = new MockConsumer({ groupId: 'g' })
    await consumer.subscribe(['t'], {
      onPartitionsAssigned: async () => {
        refusal ??= await consumer.rebalance([]).catch((error: unknown) => error)
        await slow.promise
      },
    })
    const rebalanced = consumer.rebalance([p0])
    expect(await isSettled(rebalanced)).toBe(false)
    expect(refusal).toMatchObject({ code: 'INVALID_STATE' })
    slow.resolve()
    await rebalanced
  })

  test('is refused where the real group would not do it', async () => {
    const lone = new MockConsumer()
    await expect(lone.rebalance([p0])).rejects.toMatchObject({ code: 'INVALID_GROUP_ID' })
    const consumer = new MockConsumer({ groupId: 'g', topics: { t: {}, u: {} } })
    await expect(consumer.rebalance([p1])).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    await expect(consumer.rebalance([3] as never)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    await consumer.assign([p0])
    await expect(consumer.rebalance([p0])).rejects.toMatchObject({ code: 'INVALID_STATE' })
    await consumer.assign([])
    await consumer.subscribe(['t'])
    await expect(consumer.rebalance([{ topic: 'u', partition: 0 }])).rejects.toThrow(
      'does not subscribe to topic u',
    )
  })

  test('several at once come to the last', async () => {
    const calls: string[] = []
    const consumer = new MockConsumer({ groupId: 'g' })
    await consumer.subscribe(['t'], listenerOf(calls))
    await Promise.all([
      consumer.rebalance([p0]),
      consumer.rebalance([p1]),
      consumer.rebalance([p0, p1]),
    ])
    expect(consumer.assignment()).toHaveLength(2)
    await consumer.close()
    expect(calls.at(-1)).toMatch(/^revoked/)
    expect(consumer.subscription()).toBeNull()
  })
})

describe('a member that does not poll for maxPollIntervalMs', () => {
  test('is put out, loses its partitions, and has them again with its next poll', async () => {
    const calls: string[] = []
    const clock = new VirtualClock()
    const consumer = new MockConsumer({ groupId: 'g', clock, maxPollIntervalMs: 10_000 })
    await consumer.subscribe(['t'], listenerOf(calls))
    await consumer.rebalance([p0])
    consumer.addRecord({ ...p0, value: 'a' })
    await consumer.poll()
    await clock.advance(10_000)
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'STALE_MEMBER_EPOCH' })
    expect(calls).toEqual(['assigned t-0'])
    // It was not committed, so it comes again.
    const records = await consumer.poll()
    expect(Array.from(records, ({ offset }) => offset)).toEqual([0])
    expect(calls).toEqual(['assigned t-0', 'lost t-0', 'assigned t-0'])
  })

  test('waiting in a poll counts as polling', async () => {
    const calls: string[] = []
    const clock = new VirtualClock()
    const consumer = new MockConsumer({ groupId: 'g', clock, maxPollIntervalMs: 10_000 })
    await consumer.subscribe(['t'], listenerOf(calls))
    await consumer.rebalance([p0])
    const polled = consumer.poll({ timeoutMs: 100_000 })
    await clock.advance(100_000)
    await polled
    expect(consumer.assignment()).toEqual([p0])
    await consumer.close()
    expect(clock.timerCount).toBe(0)
    expect(calls).toEqual(['assigned t-0', 'revoked t-0'])
  })
})
