import { createRingLogMemory } from '@ringlog/core/internal'
import { PartitionStorage, STORED_ON_DISK } from '@ringlog/core/internal/storage'
import { until } from '@ringlog/test-kit'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TieredLogReader } from '../src/reader/tiered-log-reader.ts'
import { keyedBatch } from './cleaner/keyed-batches.ts'
import { HostRig } from './host-rig.ts'
import { readFrom } from './reader/disk-rig.ts'
import { Leader } from './storage-thread/ring-rig.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const WORKER = new URL('dying-in-a-swap.worker.ts', import.meta.url).href
const BATCHES = 40

/** Three segments, of which the last record of each key stays; what the ring has is the end of it. */
async function fill(leader: Leader, doorbell: { ring(): void }): Promise<void> {
  for (let number = 0; number < BATCHES; number++) {
    const key = number % 10 === 0 ? `only-${number}` : 'often'
    const batch = keyedBatch({
      baseOffset: number,
      records: [{ key, value: `${number} ${'x'.repeat(60_000)}` }],
    })
    while (!leader.tryAppend(batch)) await until(() => leader.storage.highWatermark === number)
    doorbell.ring()
  }
}

test.each(['.log.swap', '.log'])(
  'a storage thread that dies before a compacted file is %s: a reader waits for the next one',
  async (name) => {
    const directory = temporaryDirectory()
    const rig = new HostRig(directory, { storageThread: `${WORKER}?${name}` })
    await rig.open({
      segmentBytes: 1024 * 1024,
      cleanupPolicy: 'compact',
      minCleanableDirtyRatio: 0.01,
    })
    const leader = new Leader(createRingLogMemory(256 * 1024, { storage: STORED_ON_DISK }))
    const storage = new PartitionStorage(leader.memory)
    const doorbell = await rig.follow(leader)
    await fill(leader, doorbell)
    await until(() => storage.fileSwaps % 2 === 1)
    const reader = new TieredLogReader(leader.memory, join(directory, 'orders-0'))
    const { records } = await readFrom(reader, 0)
    const kept = [0, 10, 20, 30, BATCHES - 1]
    expect(records.map(({ offset }) => offset)).toEqual(expect.arrayContaining(kept))
    expect(storage.fileSwaps % 2).toBe(0)
    reader.close()
  },
)
