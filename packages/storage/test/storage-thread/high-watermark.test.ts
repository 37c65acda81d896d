import { STORED_ON_DISK } from '@ringlog/core/internal/storage'
import { createRingLogMemory } from '@ringlog/core/internal'
import { SEED, seededRandom } from '@ringlog/test-kit'
import { describe, expect, test } from 'vitest'
import { FollowerRig } from './follower-rig.ts'
import { Leader, batchOf } from './ring-rig.ts'

describe('the high watermark (D-1)', () => {
  test.each([1, 2, 3, 7, 10, 1_000])(
    'with flushMessages %i is the last end of a batch below flushed + that',
    async (flushMessages) => {
      const random = seededRandom(SEED + flushMessages)
      const rig = new FollowerRig({ flushMessages })
      const { leader, syncs } = rig
      let highest = 0
      for (let name = 0; name < 400; name++) {
        const batch = batchOf(name, 1 + Math.floor(random() * 5), 20)
        while (!leader.tryAppend(batch)) {
          rig.follow()
          if (syncs.isRunning) await syncs.end()
        }
        if (random() < 0.5) rig.follow()
        if (random() < 0.2 && syncs.isRunning) await syncs.end()
        const { written, flushedOffset, highWatermark } = leader.storage
        const limit = Math.min(written.offset, flushedOffset + flushMessages - 1)
        const ends = [0, ...leader.appended.map(({ nextOffset }) => nextOffset)]
        expect(highWatermark, `seed ${SEED}`).toBe(ends.findLast((end) => end <= limit))
        expect(highWatermark).toBeGreaterThanOrEqual(highest)
        highest = highWatermark
      }
      rig.follow()
      while (syncs.isRunning) await syncs.end()
      expect(leader.storage.highWatermark).toBe(leader.endOffset)
      expect(rig.files).toEqual(leader.filesUpTo(leader.endOffset))
    },
  )

  test('what is written while a sync runs is not taken for synced by it (D-4, INV-115)', async () => {
    const rig = new FollowerRig({ flushMessages: 1 })
    rig.leader.append(batchOf(0, 1, 10))
    rig.follow()
    rig.leader.append(batchOf(1, 1, 10))
    rig.follow()
    expect(rig.leader.storage.written.offset).toBe(2)
    await rig.syncs.end()
    expect(rig.leader.storage.flushedOffset).toBe(1)
    expect(rig.leader.storage.highWatermark).toBe(1)
    expect(rig.syncs.isRunning).toBe(true) // the second has its own
    await rig.clock.advance(3)
    await rig.syncs.end()
    expect(rig.leader.storage.highWatermark).toBe(2)
    expect(rig.syncs.asked).toHaveLength(2)
    expect(rig.follower.flushTotals).toEqual({ logFlushesTotal: 2, logFlushMsTotal: 3 })
  })

  test('is past what the storage thread has synced itself, which it does where that is quick', async () => {
    const rig = new FollowerRig({ flushMessages: 1 })
    const stepAlone = (name: number): boolean => {
      rig.leader.append(batchOf(name, 1, 10))
      rig.follower.step(true)
      return !rig.syncs.isRunning && rig.leader.storage.highWatermark === rig.leader.endOffset
    }
    expect(stepAlone(0)).toBe(false) // how long a sync takes is not known
    await rig.syncs.end()
    expect(stepAlone(1)).toBe(true)
    expect(rig.leader.storage.flushedOffset).toBe(2)
    rig.leader.append(batchOf(2, 1, 10_000))
    rig.leader.append(batchOf(3, 1, 10_000))
    expect(stepAlone(4)).toBe(false) // it is much
    await rig.clock.advance(1)
    await rig.syncs.end()
    expect(stepAlone(5)).toBe(false) // the last one was slow
    await rig.syncs.end()
    expect(stepAlone(6)).toBe(true)
    rig.leader.append(batchOf(7, 1, 10))
    rig.follow()
    expect(rig.syncs.isRunning).toBe(true) // there is something else to do
    expect(stepAlone(8)).toBe(false) // a sync runs
    await rig.syncs.end()
    await rig.syncs.end()
    expect(rig.leader.storage.highWatermark).toBe(9)
    expect(rig.follower.flushTotals.logFlushesTotal).toBe(7)
  })

  test('follows what is written where nothing asks for syncs; they come each 32 MiB', async () => {
    const ringBytes = 8 * 1024 * 1024
    const memory = createRingLogMemory(ringBytes, { storage: STORED_ON_DISK })
    const rig = new FollowerRig({ ringBytes }, new Leader(memory))
    for (let name = 0; name < 33; name++) {
      expect(rig.syncs.asked).toHaveLength(0)
      rig.leader.append(batchOf(name, 1, 1024 * 1024))
      rig.follow()
      expect(rig.leader.storage.highWatermark).toBe(name + 1)
      if (rig.syncs.isRunning) break
    }
    expect(rig.log.sizeBytes).toBeGreaterThan(32 * 1024 * 1024)
    expect(rig.log.sizeBytes).toBeLessThan(34 * 1024 * 1024)
    await rig.syncs.end()
    expect(rig.leader.storage.flushedOffset).toBe(rig.log.endOffset)
  })

  test('is held back by flushMs in nothing; the sync comes by then', async () => {
    const rig = new FollowerRig({ flushMs: 500 })
    rig.leader.append(batchOf(0, 1, 10))
    rig.follow()
    expect(rig.leader.storage.highWatermark).toBe(1)
    await rig.clock.advance(200)
    rig.leader.append(batchOf(1, 1, 10))
    rig.follow()
    expect(rig.syncs.isRunning).toBe(false)
    expect(rig.follower.wakeAtMs).toBe(rig.clock.nowMs() + 300)
    await rig.clock.advance(300)
    rig.follow()
    expect(rig.syncs.isRunning).toBe(true)
    await rig.syncs.end()
    expect(rig.leader.storage.flushedOffset).toBe(2)
    expect(rig.follower.wakeAtMs).toBe(Infinity)
  })
})

describe('a segment that is sealed', () => {
  test('is synced, all its files, before the one after it is (D-5)', async () => {
    const rig = new FollowerRig({ segmentBytes: 1024 * 1024 })
    while (rig.log.segments.length < 2) {
      rig.leader.append(batchOf(0, 1, 10_000))
      rig.follow()
    }
    expect(rig.syncs.asked).toHaveLength(1)
    const [descriptors] = rig.syncs.asked
    expect(descriptors!.length).toBeGreaterThanOrEqual(4)
    expect(descriptors!.at(-1)).toBe(rig.log.activeSegment.descriptor)
    await rig.syncs.end()
    expect(rig.leader.storage.flushedOffset).toBe(rig.log.endOffset)
  })
})
