import {
  Consumer,
  Producer,
  inspect,
  type Broker,
  type ConsumerRecord,
  type PartitionInspection,
} from 'ringlog'
import { until } from '@ringlog/test-kit'
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { at, startDurable, temporaryDirectory } from './rig.ts'

const TABLE = at('table')
const COMPACTED = {
  cleanupPolicy: 'compact',
  segmentBytes: 2 ** 20,
  ringBytes: 2 ** 19,
  minCleanableDirtyRatio: 0.01,
} as const
const KEYS = ['a', 'b', 'c']
const VALUE = 'x'.repeat(50_000)

/** Sends 5 MiB of updates: the last one of each key is `"last"`. */
async function fill(broker: Broker, rounds: number): Promise<void> {
  const producer = new Producer(broker)
  for (let round = 0; round < rounds; round++) {
    for (const key of KEYS)
      await producer.send({ ...TABLE, key, value: `${round} ${VALUE}`, timestamp: 1_000 + round })
  }
  for (const key of KEYS) await producer.send({ ...TABLE, key, value: 'last', timestamp: 5_000 })
  // The segment that is appended to is not compacted: they go into the next.
  for (let count = 0; count < 22; count++)
    await producer.send({ ...TABLE, key: 'fill', value: VALUE })
  await producer.close()
}

function logBytes(directory: string): number {
  const folder = path.join(directory, 'table-0')
  const names = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return names.reduce(
    (sum, name) => sum + (statSync(path.join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

async function recordsFrom(broker: Broker, offset: number | 'start'): Promise<ConsumerRecord[]> {
  const consumer = new Consumer(broker, { autoOffsetReset: 'earliest' })
  await consumer.assign([TABLE])
  if (offset !== 'start') consumer.seek(TABLE, offset)
  const [end] = await consumer.endOffsets([TABLE])
  const records: ConsumerRecord[] = []
  while (consumer.position(TABLE) < end!.offset) {
    for (const record of await consumer.poll({ timeoutMs: 5_000 })) records.push(record)
  }
  await consumer.close()
  return records
}

async function inspectTable(directory: string): Promise<PartitionInspection> {
  const { partitions } = await inspect(directory)
  return partitions.find(({ topic }) => topic === 'table')!
}

function keyOf({ key }: ConsumerRecord): string {
  return String(key)
}

describe('a compacted topic', () => {
  test('keeps the latest record of each key, for every way to read it, also after a restart', async () => {
    const directory = temporaryDirectory()
    let broker = await startDurable(directory)
    await broker.createTopic('table', COMPACTED)
    // The controller, the partition's worker, and the storage thread: it has started none yet.
    await until(async () => (await broker.metrics()).threadCount === 3)
    await fill(broker, 1) // of this producer an empty batch stays
    await fill(broker, 20)
    await until(() => logBytes(directory) < 2.5 * 2 ** 20)
    // A sync thread, and the cleaner.
    await until(async () => (await broker.metrics()).threadCount === 5)
    await until(async () => (await inspectTable(directory)).compaction !== null)
    const { compaction, damage } = await inspectTable(directory)
    expect([compaction!.earliestDeleteHorizonMs, damage]).toEqual([null, null])
    for (const isRestarted of [false, true]) {
      if (isRestarted) {
        await broker.close()
        broker = await startDurable(directory)
      }
      const records = await recordsFrom(broker, 'start')
      const offsets = records.map(({ offset }) => offset)
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
      const table = new Map(records.map((record) => [keyOf(record), String(record.value)]))
      expect(KEYS.map((key) => table.get(key))).toEqual(['last', 'last', 'last'])
      expect(records.length).toBeLessThan(50)
      // Into a gap: the next record that is there.
      const [first] = await recordsFrom(broker, 3)
      expect(first!.offset).toBe(offsets.find((offset) => offset >= 3))
      const consumer = new Consumer(broker)
      const [found] = await consumer.offsetsForTimes([{ ...TABLE, timestamp: 5_000 }])
      expect(found!.offset).toBe(records.find(({ timestamp }) => timestamp >= 5_000)!.offset)
      await consumer.close()
    }
  })

  test.each(['shared', 'rpc'] as const)(
    'refuses a record without a key, by %s, and goes on',
    async (transport) => {
      const broker = await startDurable(temporaryDirectory())
      await broker.createTopic('table', COMPACTED)
      const producer = new Producer(broker, { transport })
      const sent = [
        producer.send({ ...TABLE, key: 'a', value: '1' }),
        producer.send({ ...TABLE, value: 'no key' }),
      ]
      const results = await Promise.allSettled(sent)
      expect(results.at(-1)).toMatchObject({ reason: { code: 'INVALID_RECORD' } })
      for (const value of ['2', '3']) await producer.send({ ...TABLE, key: 'a', value })
      await producer.close()
      const values = (await recordsFrom(broker, 'start')).map(({ value }) => String(value))
      expect(values.slice(-2)).toEqual(['2', '3'])
    },
  )
})
