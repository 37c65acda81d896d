import { until } from '@ringlog/test-kit'
import { Producer, runConsumer, type Broker, type ConsumerRunner, type RinglogError } from 'ringlog'
import { mkdirSync, readFileSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { at, startDurable, temporaryDirectory } from './rig.ts'

const PER_PARTITION = 400
const VALUE_BYTES = 6_000

/** Two partitions, most of whose records are in files alone. */
async function startWithFiles(directory: string): Promise<Broker> {
  const broker = await startDurable(directory)
  const config = { partitions: 2, ringBytes: 65_536, segmentBytes: 1_048_576 }
  await broker.createTopic('orders', config)
  const producer = new Producer(broker)
  for (let i = 0; i < PER_PARTITION; i++) {
    for (const partition of [0, 1]) {
      producer.write({ ...at('orders', partition), value: `${i}`.padEnd(VALUE_BYTES, 'x') })
    }
    if (i % 5 === 0) await producer.flush()
  }
  await producer.close()
  return broker
}

/** A file of partition 0 that nobody has open, and that is not the first. */
function fileOf(directory: string): string {
  const folder = path.join(directory, 'orders-0')
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'))
  return path.join(folder, logs.sort()[1]!)
}

/** How many records of each partition it has been given, and what it has told. */
async function consume(
  broker: Broker,
): Promise<{ runner: ConsumerRunner; given: number[]; errors: RinglogError[] }> {
  const given = [0, 0]
  const errors: RinglogError[] = []
  const runner = await runConsumer(broker, {
    groupId: 'billing',
    topics: ['orders'],
    autoOffsetReset: 'earliest',
    onError: (error) => void errors.push(error),
    eachRecord: ({ partition }) => void given[partition]!++,
  })
  onTestFinished(() => runner.close({ timeoutMs: 100 }).catch(() => undefined))
  return { runner, given, errors }
}

test('a partition whose file is damaged ends alone: a runner goes on with the others', async () => {
  const directory = temporaryDirectory()
  const broker = await startWithFiles(directory)
  const file = fileOf(directory)
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(file, bytes)

  const { runner, given, errors } = await consume(broker)
  await until(() => given[1] === PER_PARTITION && errors.length > 0)
  expect(errors).toMatchObject([
    { code: 'CORRUPT_MESSAGE', details: { topic: 'orders', partition: 0, isFatal: false, file } },
  ])
  expect(errors[0]!.message).toContain('partition=orders-0: the log is damaged')
  expect(given[0]).toBeLessThan(PER_PARTITION)
  await runner.close()
  expect(await broker.offsets('orders', 'billing')).toMatchObject([
    { committed: given[0] },
    { committed: PER_PARTITION },
  ])
})

test('a partition whose file cannot be read for a while is read on when it can', async () => {
  const directory = temporaryDirectory()
  const broker = await startWithFiles(directory)
  const file = fileOf(directory)
  renameSync(file, `${file}.away`)
  mkdirSync(file)

  const { runner, given, errors } = await consume(broker)
  await until(() => given[1] === PER_PARTITION && errors.length > 0)
  expect(errors).toMatchObject([
    { code: 'KAFKA_STORAGE_ERROR', details: { topic: 'orders', partition: 0, isFatal: false } },
  ])
  rmdirSync(file)
  renameSync(`${file}.away`, file)
  await runner.drain()
  expect(given).toEqual([PER_PARTITION, PER_PARTITION])
  expect(errors).toHaveLength(1)
  await runner.close()
})
