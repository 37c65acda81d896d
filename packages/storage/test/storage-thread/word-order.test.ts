import { STORAGE_FAILED } from '@ringlog/core/internal/storage'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { nodeFileSystem } from '../../src/file-system/node-file-system.ts'
import { FollowerRig, systemError } from './follower-rig.ts'
import { batchOf } from './ring-rig.ts'

/** From byte 1024 of a ring's memory on. */
const FIRST_WORD = 1024 / 8
const WORDS = [
  'HIGH_WATERMARK_POSITION',
  'HIGH_WATERMARK_OFFSET',
  'WRITTEN_OFFSET',
  'WRITTEN_SEGMENT',
  'WRITTEN_FILE_BYTES',
  'DISK_LOG_START',
  'STORAGE_STATE',
  'FLUSHED_OFFSET',
]

/** What happens, in its order: words that the follower stores, doorbells that it rings, calls of the system. */
class Steps {
  readonly taken: string[] = []

  constructor(rig: FollowerRig) {
    const { store, add } = Atomics
    vi.spyOn(Atomics, 'store').mockImplementation((...given: unknown[]) => {
      const [words, word] = given as [BigInt64Array, number]
      if (words.buffer === rig.leader.memory)
        this.taken.push(WORDS[word - FIRST_WORD] ?? `word ${word}`)
      return Reflect.apply(store, Atomics, given)
    })
    vi.spyOn(Atomics, 'add').mockImplementation((...given: unknown[]) => {
      const [words] = given as [Int32Array]
      if (words.buffer === rig.workerDoorbell.memory) this.taken.push('ring')
      return Reflect.apply(add, Atomics, given)
    })
    rig.fileSystem.write = (...given) => {
      this.taken.push('write')
      return nodeFileSystem.write(...given)
    }
    rig.fileSystem.unlink = (path) => {
      if (path.includes('.log')) this.taken.push('unlink')
      nodeFileSystem.unlink(path)
    }
  }

  /** Takes out what has happened until now. */
  take(): string[] {
    return this.taken.splice(0)
  }
}

afterEach(() => vi.restoreAllMocks())

describe('the words of a ring on disk', () => {
  test('are stored in this order: bytes, WRITTEN, the high watermark, and then the worker is rung', () => {
    const rig = new FollowerRig()
    rig.follow() // finds where the ring begins
    const steps = new Steps(rig)
    rig.leader.append(batchOf(0, 1, 10))
    steps.take()
    rig.follow()
    expect(steps.take()).toEqual([
      'write',
      'WRITTEN_SEGMENT',
      'WRITTEN_FILE_BYTES',
      'WRITTEN_OFFSET', // INV-112
      'HIGH_WATERMARK_POSITION',
      'HIGH_WATERMARK_OFFSET', // INV-111
      'ring',
    ])
  })

  test('FLUSHED comes after the sync, and before the high watermark that relies on it (INV-115)', async () => {
    const rig = new FollowerRig({ flushMessages: 1 })
    rig.follow() // finds where the ring begins
    const steps = new Steps(rig)
    rig.leader.append(batchOf(0, 1, 10))
    rig.follow()
    expect(steps.take().at(-1)).toBe('WRITTEN_OFFSET')
    await rig.syncs.end()
    expect(steps.take()).toEqual([
      'FLUSHED_OFFSET',
      'HIGH_WATERMARK_POSITION',
      'HIGH_WATERMARK_OFFSET',
      'ring',
    ])
  })

  test('STORAGE_STATE is stored before the worker is rung, and the last of all (INV-114)', async () => {
    const rig = new FollowerRig({ flushMessages: 1 })
    rig.leader.append(batchOf(0, 1, 10))
    rig.follow()
    const steps = new Steps(rig)
    await rig.syncs.end(systemError('EIO', 'fdatasync'))
    expect(rig.leader.storage.state).toBe(STORAGE_FAILED)
    expect(steps.take()).toEqual(['STORAGE_STATE', 'ring'])
  })

  test('DISK_LOG_START is stored before a file goes (INV-113)', () => {
    const rig = new FollowerRig({ segmentBytes: 1024 * 1024 })
    while (rig.log.segments.length < 2) {
      rig.leader.append(batchOf(0, 1, 10_000))
      rig.follow()
    }
    const steps = new Steps(rig)
    rig.follower.deleteBefore(rig.leader.storage.highWatermark)
    expect(steps.take()).toEqual(['DISK_LOG_START', 'unlink'])
  })
})
