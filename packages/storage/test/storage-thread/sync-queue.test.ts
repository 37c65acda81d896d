import { describe, expect, test } from 'vitest'
import { SyncQueue } from '../../src/storage-thread/sync-queue.ts'
import { syncInOrder } from '../../src/sync-thread/sync-in-order.ts'
import { ManualSyncs, systemError } from './follower-rig.ts'

const ascending = (a: number, b: number): number => a - b

describe('a queue of syncs', () => {
  test('hands out what comes first to whichever thread is free, one at a time to each', async () => {
    const threads = [new ManualSyncs(), new ManualSyncs()] as const
    const queue = new SyncQueue(threads)
    const done: number[] = []
    for (let descriptor = 0; descriptor < 5; descriptor++) {
      queue.sync([descriptor], () => done.push(descriptor))
    }
    const asked = (): number[] => threads.flatMap((thread) => thread.asked.flat()).sort(ascending)
    expect(asked()).toEqual([0, 1])
    const busy = threads.find((thread) => thread.asked[0]![0] === 1)!
    await busy.end()
    expect(asked()).toEqual([0, 1, 2])
    await busy.end()
    await busy.end()
    expect(done).toEqual([1, 2, 3])
    expect(asked()).toEqual([0, 1, 2, 3, 4])
    for (const thread of threads) await thread.end()
    expect(done.toSorted(ascending)).toEqual([0, 1, 2, 3, 4])
  })

  test('goes on with the next after one that failed', async () => {
    const thread = new ManualSyncs()
    const queue = new SyncQueue([thread])
    const ends: Array<string | undefined> = []
    queue.sync([1], (error) => ends.push(error?.message))
    queue.sync([2], (error) => ends.push(error?.message))
    await thread.end(systemError('EIO', 'fdatasync'))
    await thread.end()
    expect(ends).toEqual(['EIO: injected, fdatasync', undefined])
    expect(thread.asked).toEqual([[1], [2]])
  })
})

describe('a sync thread', () => {
  test('syncs files in their order, and none after one that fails', () => {
    const synced: number[] = []
    const sync = (descriptor: number): void => {
      synced.push(descriptor)
      if (descriptor === 2) throw systemError('EIO', 'fdatasync')
    }
    expect(syncInOrder({ sync }, [5, 3])).toBe(null)
    expect(syncInOrder({ sync }, [1, 2, 3])).toBe('EIO: injected, fdatasync')
    expect(synced).toEqual([5, 3, 1, 2])
  })
})
