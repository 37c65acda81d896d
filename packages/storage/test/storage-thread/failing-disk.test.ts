import {
  STORAGE_FAILED,
  STORAGE_FULL,
  STORAGE_WRITES,
  STORED_ON_DISK,
} from '@ringlog/core/internal/storage'
import { createRingLogMemory } from '@ringlog/core/internal'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { FollowerRig, systemError } from './follower-rig.ts'
import { Leader, batchOf } from './ring-rig.ts'

describe('a disk that fails', () => {
  test('at a sync is not synced again, and what was not acknowledged never is (D-8)', async () => {
    const rig = new FollowerRig({ flushMessages: 1 })
    rig.leader.append(batchOf(0, 1, 10))
    rig.follow()
    await rig.syncs.end()
    rig.leader.append(batchOf(1, 1, 10))
    rig.follow()
    await rig.syncs.end(systemError('EIO', 'fdatasync'))
    expect(rig.leader.storage.state).toBe(STORAGE_FAILED)
    rig.leader.append(batchOf(2, 1, 10))
    rig.follow()
    await rig.clock.advance(10_000)
    rig.follow()
    expect(rig.syncs.asked).toHaveLength(2)
    expect(rig.leader.storage.highWatermark).toBe(1)
    expect(rig.leader.storage.written.offset).toBe(2)
    expect(rig.states).toEqual([
      [STORAGE_FAILED, 'partition orders-0 cannot be written: EIO: injected, fdatasync'],
    ])
  })

  test('at a sync of the storage thread itself fails as well, and is not synced again (D-8)', async () => {
    const rig = new FollowerRig({ flushMessages: 1 })
    rig.leader.append(batchOf(0, 1, 10))
    rig.follow()
    await rig.syncs.end()
    let syncs = 0
    rig.fileSystem.sync = () => {
      syncs++
      throw systemError('EIO', 'fdatasync')
    }
    for (let name = 1; name < 4; name++) {
      rig.leader.append(batchOf(name, 1, 10))
      rig.follower.step(true)
    }
    expect([syncs, rig.syncs.asked.length]).toEqual([1, 1])
    expect(rig.leader.storage.state).toBe(STORAGE_FAILED)
    expect(rig.leader.storage.highWatermark).toBe(1)
  })

  test('has what is not synced written anew by the next session (D-32)', async () => {
    const rig = new FollowerRig({ flushMessages: 1 })
    const trusted = join(rig.dataDirectory, 'orders-0', '.no-sync-failed')
    rig.leader.append(batchOf(0, 1, 10))
    rig.follow()
    await rig.syncs.end()
    expect(existsSync(trusted)).toBe(true)
    rig.leader.append(batchOf(1, 1, 10))
    rig.follow()
    await rig.syncs.end(systemError('EIO', 'fdatasync'))
    expect(existsSync(trusted)).toBe(false)
  })

  test.each(['EIO', 'EROFS'])('at a write, by %s, is not written again', async (code) => {
    const rig = new FollowerRig()
    rig.leader.append(batchOf(0, 1, 10))
    rig.follow()
    let writes = 0
    rig.fileSystem.write = () => {
      writes++
      throw systemError(code)
    }
    rig.leader.append(batchOf(1, 1, 10))
    rig.follow()
    await rig.clock.advance(10_000)
    rig.follow()
    expect(writes).toBe(1)
    expect(rig.leader.storage).toMatchObject({ state: STORAGE_FAILED, highWatermark: 1 })
    expect(rig.files).toEqual(rig.leader.filesUpTo(1))
  })

  test.each(['ENOSPC', 'EDQUOT', 'EMFILE'])(
    'for now, by %s, is tried again each second, and all goes on',
    async (code) => {
      const rig = new FollowerRig()
      let isFull = true
      rig.leader.append(batchOf(0, 1, 10))
      rig.follow()
      let writes = 0
      // Half of it is written before the disk is full.
      rig.fileSystem.write = (descriptor, source, sourceByte, length, filePosition) => {
        const write = (bytes: number): number =>
          nodeFileSystem.write(descriptor, source, sourceByte, bytes, filePosition)
        if (!isFull) return write(length)
        writes++
        if (length > 50) return write(50)
        throw systemError(code)
      }
      rig.leader.append(batchOf(1, 1, 10))
      rig.follow()
      expect(writes).toBe(2)
      expect(rig.leader.storage).toMatchObject({ state: STORAGE_FULL, highWatermark: 1 })
      expect(rig.files).toEqual(rig.leader.filesUpTo(1))
      await rig.clock.advance(999)
      rig.follow()
      expect(writes).toBe(2)
      await rig.clock.advance(1)
      rig.follow()
      expect(writes).toBe(4)
      isFull = false
      expect(rig.follower.wakeAtMs).toBe(rig.clock.nowMs() + 1_000)
      await rig.clock.advance(1_000)
      rig.follow()
      expect(rig.leader.storage).toMatchObject({ state: STORAGE_WRITES, highWatermark: 2 })
      expect(rig.files).toEqual(rig.leader.filesUpTo(2))
      expect(rig.states.map(([state]) => state)).toEqual([STORAGE_FULL, STORAGE_WRITES])
    },
  )

  test('for now, within a chunk that goes over two segments, keeps what was written', async () => {
    const ringBytes = 8 * 1024 * 1024
    const memory = createRingLogMemory(ringBytes, { storage: STORED_ON_DISK })
    const rig = new FollowerRig({ ringBytes, segmentBytes: 1024 * 1024 }, new Leader(memory))
    let isFull = true
    for (let name = 0; name < 15; name++) rig.leader.append(batchOf(name, 1, 100_000))
    rig.fileSystem.open = (path, access) => {
      if (isFull && access === 'create') throw systemError('ENOSPC', 'open')
      return nodeFileSystem.open(path, access)
    }
    rig.follow()
    const { highWatermark } = rig.leader.storage
    expect(highWatermark).toBe(10)
    expect(rig.files).toEqual(rig.leader.filesUpTo(10))
    isFull = false
    await rig.clock.advance(1_000)
    rig.follow()
    expect(rig.leader.storage.highWatermark).toBe(15)
    expect(rig.files).toEqual(rig.leader.filesUpTo(15))
  })

  test('for now lets records be deleted: that makes room', async () => {
    const rig = new FollowerRig({ segmentBytes: 1024 * 1024 })
    let isFull = false
    rig.fileSystem.write = (descriptor, source, sourceByte, length, filePosition) => {
      if (isFull) throw systemError('ENOSPC')
      return nodeFileSystem.write(descriptor, source, sourceByte, length, filePosition)
    }
    while (rig.log.segments.length < 2) {
      rig.leader.append(batchOf(0, 1, 10_000))
      rig.follow()
    }
    isFull = true
    rig.leader.append(batchOf(1, 1, 10_000))
    rig.follow()
    expect(rig.leader.storage.state).toBe(STORAGE_FULL)
    rig.follower.deleteBefore(rig.leader.storage.highWatermark)
    expect(rig.log.segments).toHaveLength(1)
    isFull = false
    await rig.clock.advance(1_000)
    rig.follow()
    expect(rig.leader.storage.highWatermark).toBe(rig.leader.endOffset)
  })
})
