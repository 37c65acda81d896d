import { createRingLogMemory } from '@ringlog/core/internal'
import {
  READ_OK,
  ReadResult,
  RingLogReader,
  STORAGE_FAILED,
  STORED_ON_DISK,
  type Doorbell,
} from '@ringlog/core/internal/storage'
import { SEED, seededRandom, until } from '@ringlog/test-kit'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { HostRig } from './host-rig.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { Leader, RING_BYTES, batchOf } from './storage-thread/ring-rig.ts'

/** Reads all that consumers see, and holds it against what was published. */
class Consumer {
  readonly #leader: Leader
  readonly #reader: RingLogReader
  readonly #result = new ReadResult()
  readonly #target = new Uint8Array(RING_BYTES)
  position = 0

  constructor(leader: Leader) {
    this.#leader = leader
    this.#reader = new RingLogReader(leader.memory)
  }

  /** Says whether there was something. */
  poll(): boolean {
    this.#reader.read(this.position, this.#target, this.#result)
    if (this.#result.status !== READ_OK) return false
    // INV-111: the position up to which consumers read is stored once all before it is written.
    expect(this.#result.nextOffset).toBeLessThanOrEqual(this.#leader.storage.written.offset)
    expect(this.#result.nextOffset).toBeGreaterThan(this.position)
    this.position = this.#result.nextOffset
    return true
  }
}

async function publish(
  leader: Leader,
  doorbell: Doorbell,
  batches: number,
  random: () => number,
): Promise<void> {
  const consumer = new Consumer(leader)
  for (let name = 0; name < batches; name++) {
    const batch = batchOf(name, 1 + Math.floor(random() * 3), Math.floor(random() * 500))
    while (!leader.tryAppend(batch)) {
      consumer.poll()
      await setImmediate()
    }
    doorbell.ring()
    if (random() < 0.2) consumer.poll()
    if (random() < 0.1) await setImmediate()
  }
  await until(() => leader.storage.highWatermark === leader.endOffset)
  while (consumer.poll());
  expect(consumer.position).toBe(leader.endOffset)
}

describe('a storage thread', () => {
  test.each([
    ['none', {}],
    ['1', { flushMessages: 1 }],
    ['50, and small segments', { flushMessages: 50, segmentBytes: 1024 * 1024 }],
  ])(
    `writes what is published while it works, with flushMessages %s; seed ${SEED}`,
    async (_, config) => {
      const rig = new HostRig(temporaryDirectory())
      const opened = await rig.open(config)
      expect(opened).toMatchObject({ logStartOffset: 0, endOffset: 0, truncated: null })
      const leader = new Leader()
      const doorbell = await rig.follow(leader)
      await publish(leader, doorbell, 3_000, seededRandom(SEED))
      expect(rig.files).toEqual(leader.filesUpTo(leader.endOffset))
    },
  )

  test('writes all that is published before it closes; the next session goes on from there', async () => {
    const directory = temporaryDirectory()
    const rig = new HostRig(directory)
    await rig.open()
    const leader = new Leader()
    await rig.follow(leader)
    for (let name = 0; name < 100; name++) leader.append(batchOf(name, 1, 100))
    await rig.close()
    expect(rig.files).toEqual(leader.filesUpTo(100))

    const next = new HostRig(directory)
    const opened = await next.open()
    expect(opened).toMatchObject({ logStartOffset: 0, endOffset: 100, truncated: null })
    const memory = createRingLogMemory(RING_BYTES, { storage: STORED_ON_DISK, endOffset: 100 })
    const nextLeader = new Leader(memory)
    const doorbell = await next.follow(nextLeader)
    nextLeader.append(batchOf(100, 1, 100))
    doorbell.ring()
    await until(() => nextLeader.storage.highWatermark === 101)
    expect(next.files.subarray(0, rig.files.length)).toEqual(rig.files)
  })

  test('deletes records up to the high watermark, and no further; the start is kept', async () => {
    const directory = temporaryDirectory()
    const rig = new HostRig(directory)
    await rig.open()
    const leader = new Leader()
    const doorbell = await rig.follow(leader)
    for (let name = 0; name < 100; name++) leader.append(batchOf(name, 1, 100))
    doorbell.ring()
    await until(() => leader.storage.highWatermark === 100)
    expect(await rig.deleteRecords(40)).toBe(40)
    expect(leader.storage.logStartOffset).toBe(40)
    await expect(rig.deleteRecords(101)).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    await rig.close()
    expect(await new HostRig(directory).open()).toMatchObject({
      logStartOffset: 40,
      endOffset: 100,
    })
  })

  test('deletes a partition, whose name can be used again at once', async () => {
    const rig = new HostRig(temporaryDirectory())
    await rig.open()
    const leader = new Leader()
    await rig.follow(leader)
    for (let name = 0; name < 100; name++) leader.append(batchOf(name, 1, 100))
    await rig.deletePartition()
    expect(await rig.openPartition()).toMatchObject({ logStartOffset: 0, endOffset: 0 })
  })
})

describe('a storage thread that dies', () => {
  test(`at any step is followed by another, and no record is lost; seed ${SEED}`, async () => {
    const storageThread = workerUrl(`mortal-storage.worker.ts?seed=${SEED}`)
    const rig = new HostRig(temporaryDirectory(), { storageThread })
    await rig.open({ flushMessages: 20, segmentBytes: 1024 * 1024 })
    const leader = new Leader()
    const doorbell = await rig.follow(leader)
    await publish(leader, doorbell, 2_000, seededRandom(SEED))
    expect(rig.events).toEqual([])
    expect(rig.files).toEqual(leader.filesUpTo(leader.endOffset))
    await rig.close()
  })

  test('is not followed by one that goes on where the disk has failed (D-8, INV-114)', async () => {
    const directory = temporaryDirectory()
    const rig = new HostRig(directory, {
      storageThread: workerUrl('mortal-storage.worker.ts'),
      syncThread: workerUrl('failing-sync.worker.ts'),
    })
    await rig.open({ flushMessages: 1 })
    const leader = new Leader()
    const doorbell = await rig.follow(leader)
    leader.append(batchOf(0, 1, 100))
    doorbell.ring()
    await until(() => leader.storage.state === STORAGE_FAILED)
    const killing = new BroadcastChannel('kill the storage thread')
    killing.postMessage(null)
    killing.close()
    await until(() => rig.events.length === 2) // each thread says that it has failed
    expect(await rig.host.metrics()).toMatchObject({ partitions: [] })
    leader.append(batchOf(1, 1, 100))
    doorbell.ring()
    expect(leader.storage).toMatchObject({ state: STORAGE_FAILED, highWatermark: 0 })
    await rig.close()
    expect(existsSync(join(directory, '.kafka_cleanshutdown'))).toBe(false)
  })

  test('again and again without having written anything is given up', async () => {
    const storageThread = workerUrl('vain-storage.worker.ts')
    const rig = new HostRig(temporaryDirectory(), { storageThread })
    await expect(rig.host.openDirectory()).rejects.toThrow(
      expect.objectContaining({
        code: 'KAFKA_STORAGE_ERROR',
        message: expect.stringMatching(/^storage threads die one after the other: /),
      }),
    )
  })
})

function workerUrl(file: string): string {
  return new URL(file, import.meta.url).href
}
