import {
  Broker,
  Consumer,
  Producer,
  backup,
  connect,
  inspect,
  type PartitionInspection,
} from 'ringlog'
import { inMemoryClient } from 'ringlog/testing'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { at, send, startDurable, temporaryDirectory, valuesOf } from './rig.ts'

const MIB = 2 ** 20
const COUNT = 25
/** Another file system, on Linux. */
const MEMORY_FOLDER = '/dev/shm'

function valuesFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${first + index} ${'x'.repeat(100_000)}`)
}

/** A broker with a topic of several segments. */
async function startWithSegments(): Promise<{ broker: Broker; directory: string }> {
  const directory = temporaryDirectory()
  const broker = await startDurable(directory)
  await broker.createTopic('orders', { segmentBytes: MIB })
  await send(broker, at('orders'), valuesFrom(0, COUNT))
  return { broker, directory }
}

async function flushedOffsetOf(broker: Broker): Promise<number> {
  const { topics } = await broker.metrics()
  return topics[0]!.partitions[0]!.disk!.flushedOffset
}

async function ordersIn(directory: string): Promise<PartitionInspection> {
  const { partitions } = await inspect(directory)
  return partitions.find(({ topic }) => topic === 'orders')!
}

/** How many names the oldest file of the topic has. */
function linksOf(directory: string): number {
  return statSync(path.join(directory, 'orders-0', `${'0'.repeat(20)}.log`)).nlink
}

describe('backup', () => {
  test('a broker that is started on it is the broker of that moment', async () => {
    const { broker } = await startWithSegments()
    const consumer = new Consumer(broker, { groupId: 'billing', autoCommit: false })
    await consumer.assign([at('orders')])
    await consumer.commit([{ ...at('orders'), offset: 7 }])
    const target = path.join(temporaryDirectory(), 'a', 'b')
    await backup(broker, target)
    await send(broker, at('orders'), ['later'])
    await broker.deleteRecords(at('orders'), 15)
    await broker.createTopic('more')

    const restored = await startDurable(target)
    expect(await restored.listTopics()).toEqual(['orders'])
    expect(await valuesOf(restored, at('orders'))).toEqual(valuesFrom(0, COUNT))
    const [offsets] = await restored.offsets('orders', 'billing')
    expect(offsets).toMatchObject({ logStartOffset: 0, endOffset: COUNT, committed: 7 })
    // They share files, and nothing that is done to them.
    await send(restored, at('orders'), valuesFrom(COUNT, 20))
    await restored.close()
    expect(await valuesOf(broker, at('orders'))).toEqual([...valuesFrom(15, COUNT - 15), 'later'])
    expect(await ordersIn(target)).toMatchObject({ endOffset: COUNT + 20, damage: null })
  })

  test('full segments are shared with the broker, on the same file system', async () => {
    const { broker, directory } = await startWithSegments()
    // A segment that is not synced yet is copied (D-30).
    await expect.poll(() => flushedOffsetOf(broker)).toBeGreaterThan(COUNT / 2)
    const target = path.join(temporaryDirectory(), 'copy')
    await backup(broker, target)
    expect([linksOf(directory), linksOf(target)]).toEqual([2, 2])
    expect(readdirSync(directory).filter((name) => name.endsWith('-delete'))).toEqual([])
  })

  test.skipIf(!existsSync(MEMORY_FOLDER))('elsewhere they are copied', async () => {
    const { broker, directory } = await startWithSegments()
    const target = path.join(MEMORY_FOLDER, path.basename(directory))
    onTestFinished(() => rm(target, { recursive: true, force: true }))
    await backup(broker, new URL(`file://${target}`))
    expect([linksOf(directory), linksOf(target)]).toEqual([1, 1])
    const restored = await startDurable(target)
    expect(await valuesOf(restored, at('orders'))).toEqual(valuesFrom(0, COUNT))
  })

  test('a client of the broker makes one as well; topics in memory are not in it', async () => {
    const { broker } = await startWithSegments()
    await broker.createTopic('fleeting', { storage: 'memory' })
    await using client = await connect(broker.address)
    const target = temporaryDirectory()
    await backup(client, target)
    const restored = await startDurable(target)
    expect(await restored.listTopics()).toEqual(['orders'])
  })

  test('two at once do not meet, and one target is for one of them', async () => {
    const { broker } = await startWithSegments()
    const [first, second] = [temporaryDirectory(), temporaryDirectory()]
    await Promise.all([backup(broker, first), backup(broker, second)])
    for (const target of [first, second]) {
      expect(await ordersIn(target)).toMatchObject({ endOffset: COUNT, damage: null })
    }
    const shared = path.join(temporaryDirectory(), 'shared')
    const both = await Promise.allSettled([backup(broker, shared), backup(broker, shared)])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await ordersIn(shared)).toMatchObject({ endOffset: COUNT, damage: null })
  })

  test('a folder that it cannot be in is refused, and stays as it is', async () => {
    const { broker, directory } = await startWithSegments()
    const used = temporaryDirectory()
    writeFileSync(path.join(used, 'notes'), '')
    await expect(backup(broker, used)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining(
        `must be a new or an empty folder: target=${used}, it has notes`,
      ),
    })
    expect(readdirSync(used)).toEqual(['notes'])
    const within = path.join(directory, 'backups', 'monday')
    await expect(backup(broker, within)).rejects.toThrow('outside the data directory')
    expect(existsSync(path.dirname(within))).toBe(false)
    await expect(backup(broker, path.join(used, 'notes', 'x'))).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining('ENOTDIR'),
    })
    await expect(backup(broker, '')).rejects.toThrow('must be a path or a file: URL')
  })

  test('it is of a broker with a directory alone', async () => {
    const target = path.join(temporaryDirectory(), 'none')
    await using memory = await Broker.start()
    await expect(backup(memory, target)).rejects.toThrow('of a broker with a dataDirectory')
    await expect(backup(await inMemoryClient(), target)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    await expect(backup({} as Broker, target)).rejects.toThrow('must be a Broker')
    expect(existsSync(target)).toBe(false)
  })

  test('one that did not come to its end is taken for none (D-31)', async () => {
    const { broker } = await startWithSegments()
    const target = temporaryDirectory()
    await backup(broker, target)
    writeFileSync(path.join(target, '.unfinished-backup'), '')
    await expect(Broker.start({ dataDirectory: target })).rejects.toMatchObject({
      code: 'KAFKA_STORAGE_ERROR',
      message: expect.stringContaining(`did not come to its end: dataDirectory=${target}`),
    })
    await expect(inspect(target)).rejects.toThrow('did not come to its end')
  })

  test('while the broker closes it is made, or there is nothing of it', async () => {
    const target = path.join(temporaryDirectory(), 'late')
    for (let turns = 0; turns < 3; turns++) {
      const { broker } = await startWithSegments()
      const made = backup(broker, target).then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'BROKER_CLOSED' })
          return false
        },
      )
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
      await broker.close()
      expect(existsSync(target)).toBe(await made)
      if (!(await made)) continue
      expect(await ordersIn(target)).toMatchObject({ endOffset: COUNT, damage: null })
      await rm(target, { recursive: true })
    }
  })

  test('what a broker left that was killed meanwhile is gone with its next start', async () => {
    const { broker, directory } = await startWithSegments()
    await broker.close()
    const staged = path.join(directory, `backup-0.${'0'.repeat(32)}-delete`)
    mkdirSync(staged)
    writeFileSync(path.join(staged, '0'), 'x')
    await startDurable(directory)
    expect(existsSync(staged)).toBe(false)
  })
})

test('a producer goes on after a restore where the backup had it', async () => {
  const { broker } = await startWithSegments()
  const target = temporaryDirectory()
  await backup(broker, target)
  const restored = await startDurable(target)
  const producer = new Producer(restored)
  expect(await producer.send({ ...at('orders'), value: 'next' })).toMatchObject({ offset: COUNT })
})
