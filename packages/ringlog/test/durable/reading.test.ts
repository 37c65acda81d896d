import { Consumer, Producer, type Broker, type ConsumerRecords } from 'ringlog'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { at, startDurable, temporaryDirectory } from './rig.ts'

const COUNT = 20_000
const VALUE_BYTES = 200

/** Writes records whose timestamps are their offsets; resolves when all are acknowledged. */
async function write(broker: Broker, from: number, to: number): Promise<void> {
  const producer = new Producer(broker)
  for (let i = from; i < to; i++) {
    const value = String(i).padEnd(VALUE_BYTES, '.')
    if (!producer.write({ ...at('orders'), value, timestamp: i })) await producer.drained()
  }
  await producer.close()
}

/** A broker whose ring has a hundredth of what the topic's files have. */
async function startBehind(directory: string): Promise<Broker> {
  const broker = await startDurable(directory)
  await broker.createTopic('orders', { ringBytes: 64 * 1024, segmentBytes: 2 ** 20 })
  await write(broker, 0, COUNT)
  return broker
}

async function consumerOf(broker: Broker, groupId: string | null): Promise<Consumer> {
  if (groupId === null) {
    const consumer = new Consumer(broker, { autoOffsetReset: 'earliest' })
    await consumer.assign([at('orders')])
    return consumer
  }
  const consumer = new Consumer(broker, { groupId })
  await consumer.subscribe(['orders'])
  return consumer
}

/** Reads up to an offset; every record comes once, and in order. */
async function expectAll(
  poll: () => ConsumerRecords | Promise<ConsumerRecords>,
  from: number,
  to: number,
): Promise<void> {
  let next = from
  while (next < to) {
    const records = await poll()
    expect(records.count).toBeGreaterThan(0)
    for (const { offset, value } of records) {
      if (offset !== next || Number.parseInt(String(value), 10) !== offset) {
        expect({ offset, value: String(value) }).toEqual({ offset: next, value: 'its offset' })
      }
      next++
    }
  }
  expect(next).toBe(to)
}

describe.each([null, 'billing'])('a consumer that is behind the ring (group %s)', (groupId) => {
  test('reads all from the files, and catches up with a producer that goes on', async () => {
    const directory = temporaryDirectory()
    const broker = await startBehind(directory)
    expect(logsIn(directory).length).toBeGreaterThan(3)
    const consumer = await consumerOf(broker, groupId)
    const writing = write(broker, COUNT, 2 * COUNT)
    await expectAll(() => consumer.poll({ timeoutMs: 10_000 }), 0, 2 * COUNT)
    await writing
    expect(consumer.lag(at('orders'))).toBe(0)
    await consumer.close()
  })

  test('reads all by pollSync, also after the broker was started again', async () => {
    const directory = temporaryDirectory()
    const first = await startBehind(directory)
    const consumer = await consumerOf(first, groupId)
    await expectAll(() => consumer.pollSync({ timeoutMs: 10_000 }), 0, COUNT)
    await consumer.close()
    await first.close()
    const second = await startDurable(directory)
    const again = await consumerOf(second, groupId)
    if (groupId === null) await expectAll(() => again.pollSync({ timeoutMs: 10_000 }), 0, COUNT)
    else expect(again.pollSync({ timeoutMs: 0 }).count).toBe(0)
    await write(second, COUNT, COUNT + 100)
    await expectAll(() => again.pollSync({ timeoutMs: 10_000 }), COUNT, COUNT + 100)
    await again.close()
  })
})

describe('a topic whose records are on disk', () => {
  test('is searched by time, for consumers and for groups', async () => {
    const broker = await startBehind(temporaryDirectory())
    const consumer = new Consumer(broker, { groupId: 'billing' })
    const times = [0, 7_777, COUNT - 1, COUNT].map((timestamp) => ({ ...at('orders'), timestamp }))
    const offsets = async (): Promise<unknown[]> =>
      (await consumer.offsetsForTimes(times)).map((found) => found?.offset ?? null)
    expect(await offsets()).toEqual([0, 7_777, COUNT - 1, null])
    await consumer.assign([at('orders')])
    expect(await offsets()).toEqual([0, 7_777, COUNT - 1, null])
    await consumer.close()
    await broker.resetGroupOffsets('billing', { timestamp: 12_345, partitions: [at('orders')] })
    expect(await broker.offsets('orders', 'billing')).toMatchObject([{ committed: 12_345 }])
  })

  test('goes on where it starts, for a consumer whose next records are deleted', async () => {
    const broker = await startBehind(temporaryDirectory())
    const consumer = await consumerOf(broker, null)
    expect((await consumer.poll()).count).toBeGreaterThan(0)
    await broker.deleteRecords(at('orders'), 15_000)
    await expectAll(() => consumer.poll({ timeoutMs: 10_000 }), 15_000, COUNT)
    await consumer.close()
  })

  test('is gone for a consumer that was behind when it was deleted', async () => {
    const broker = await startBehind(temporaryDirectory())
    const consumer = await consumerOf(broker, null)
    expect((await consumer.poll()).count).toBeGreaterThan(0)
    await broker.deleteTopic('orders')
    const rest = async (): Promise<never> => {
      for (;;) await consumer.poll({ timeoutMs: 10_000 })
    }
    await expect(rest()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    await consumer.close()
  })
})

function logsIn(directory: string): string[] {
  return readdirSync(path.join(directory, 'orders-0')).filter((name) => name.endsWith('.log'))
}
