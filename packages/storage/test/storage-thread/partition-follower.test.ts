import {
  READ_NOTHING_NEW,
  READ_OK,
  ReadResult,
  RingLogReader,
  STORAGE_FAILED,
  STORED_ON_DISK,
} from '@ringlog/core/internal/storage'
import { createRingLogMemory } from '@ringlog/core/internal'
import { SEED, seededRandom } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { FollowerRig } from './follower-rig.ts'
import { Leader, batchOf } from './ring-rig.ts'

describe('a follower', () => {
  test(`writes what is published, whatever its sizes, over many laps of the ring; seed ${SEED}`, () => {
    const random = seededRandom(SEED)
    const rig = new FollowerRig()
    const { leader } = rig
    for (let name = 0; name < 2_000; name++) {
      const batch = batchOf(name, 1 + Math.floor(random() * 4), Math.floor(random() * 800))
      if (!leader.tryAppend(batch)) {
        rig.follow()
        leader.append(batch)
      }
      if (random() < 0.1) rig.follow()
    }
    rig.follow()
    expect(leader.endPosition).toBeGreaterThan(10 * 64 * 1024)
    expect(leader.storage.written.offset).toBe(leader.endOffset)
    expect(leader.storage.highWatermark).toBe(leader.endOffset)
    expect(leader.storage.highWatermarkPosition).toBeLessThanOrEqual(leader.endPosition)
    expect(rig.files).toEqual(leader.filesUpTo(leader.endOffset))
  })

  test('shows consumers what lies below the high watermark, and that alone', async () => {
    const rig = new FollowerRig({ flushMessages: 1 })
    const { leader } = rig
    const consumer = new RingLogReader(leader.memory)
    const result = new ReadResult()
    const read = (): number => {
      consumer.read(0, new Uint8Array(64 * 1024), result)
      return result.status
    }
    for (let name = 0; name < 3; name++) leader.append(batchOf(name, 2, 10))
    rig.follow()
    expect(read()).toBe(READ_NOTHING_NEW)
    leader.append(batchOf(3, 1, 10))
    await rig.syncs.end()
    expect(read()).toBe(READ_OK)
    expect(result.nextOffset).toBe(6)
    expect(consumer.endOffset).toBe(6)
  })

  test('writes a batch that is larger than what it reads at once', () => {
    const ringBytes = 8 * 1024 * 1024
    const memory = createRingLogMemory(ringBytes, { storage: STORED_ON_DISK })
    const rig = new FollowerRig({ ringBytes }, new Leader(memory))
    for (let name = 0; name < 6; name++) {
      rig.leader.append(batchOf(name, 1, name % 2 === 0 ? 1_500_000 : 10))
      rig.follow()
    }
    expect(rig.files).toEqual(rig.leader.filesUpTo(6))
    expect(rig.leader.storage.highWatermark).toBe(6)
  })

  test('goes on in a new segment where one is full, and says so by the words of the ring', () => {
    const rig = new FollowerRig({ segmentBytes: 1024 * 1024 })
    for (let name = 0; name < 150; name++) {
      rig.leader.append(batchOf(name, 1, 10_000))
      rig.follow()
    }
    const { written } = rig.leader.storage
    const active = rig.log.activeSegment
    expect(active.baseOffset).toBeGreaterThan(0)
    expect(written).toEqual({
      offset: 150,
      segmentBaseOffset: active.baseOffset,
      fileBytes: active.fileBytes,
    })
    expect(rig.files).toEqual(rig.leader.filesUpTo(150))
  })

  test('rings the partition worker when the high watermark has moved', async () => {
    const rig = new FollowerRig()
    rig.leader.append(batchOf(0, 3, 10))
    const isRung = rig.workerDoorbell.waitAsync(() => rig.leader.storage.highWatermark === 3)
    rig.follow()
    expect(await isRung).toBe(true)
  })
})

describe('a follower that takes over from one that died', () => {
  test('cuts off what is not known to be written, and goes on from the ring', () => {
    const rig = new FollowerRig()
    const { leader } = rig
    for (let name = 0; name < 20; name++) leader.append(batchOf(name, 1, 100))
    rig.follow()
    // It died after the write, before WRITTEN.
    const { written } = leader.storage
    for (let name = 20; name < 30; name++) leader.append(batchOf(name, 1, 100))
    rig.follow()
    leader.storage.setWritten(written)
    rig.open()
    expect(rig.log.endOffset).toBe(20)
    rig.follow()
    expect(leader.storage.highWatermark).toBe(30)
    expect(rig.files).toEqual(leader.filesUpTo(30))
  })

  test('acknowledges what its predecessor had written and not synced: opening the files syncs it', () => {
    const rig = new FollowerRig({ flushMessages: 1 })
    const { leader } = rig
    for (let name = 0; name < 5; name++) leader.append(batchOf(name, 1, 100))
    rig.follow()
    expect(leader.storage.highWatermark).toBe(0)
    rig.open()
    rig.follow()
    expect(leader.storage).toMatchObject({ highWatermark: 5, flushedOffset: 5 })
    expect(leader.storage.highWatermarkPosition).toBe(leader.endPosition)
  })

  test('syncs segments that its predecessor had sealed and not synced', () => {
    const rig = new FollowerRig({ segmentBytes: 1024 * 1024 })
    const { leader } = rig
    while (rig.log.segments.length < 2) {
      leader.append(batchOf(0, 1, 10_000))
      rig.follow()
    }
    const opened = new Map<number, string>()
    const synced = new Set<string | undefined>()
    rig.fileSystem.open = (path, access) => {
      const descriptor = nodeFileSystem.open(path, access)
      opened.set(descriptor, path.slice(path.lastIndexOf('/') + 1))
      return descriptor
    }
    rig.fileSystem.sync = (descriptor) => {
      synced.add(opened.get(descriptor))
      nodeFileSystem.sync(descriptor)
    }
    rig.open()
    for (const suffix of ['log', 'index', 'timeindex']) {
      expect([...synced]).toContain(`00000000000000000000.${suffix}`)
    }
    expect(leader.storage.flushedOffset).toBe(leader.endOffset)
  })

  test('writes once more what was acknowledged and is not in the files, where the ring still has it', () => {
    const rig = new FollowerRig()
    const { leader } = rig
    for (let name = 0; name < 20; name++) leader.append(batchOf(name, 1, 100))
    rig.follow()
    leader.storage.setWritten({ offset: 0, segmentBaseOffset: 0, fileBytes: 0 })
    rig.open()
    rig.follow()
    expect(leader.storage.highWatermark).toBe(20)
    expect(rig.files).toEqual(leader.filesUpTo(20))
  })

  test('fails where the ring does not go on where the files end', () => {
    const rig = new FollowerRig()
    const { leader } = rig
    for (let name = 0; name < 1_000; name++) {
      leader.append(batchOf(name, 1, 100))
      rig.follow()
    }
    leader.storage.setWritten({ offset: 0, segmentBaseOffset: 0, fileBytes: 0 })
    rig.open()
    rig.follow()
    expect(leader.storage).toMatchObject({ state: STORAGE_FAILED, highWatermark: 1_000 })
    expect(rig.states[0]![1]).toMatch(
      /the ring does not go on where the files end: fileEndOffset=0,/,
    )
  })
})
