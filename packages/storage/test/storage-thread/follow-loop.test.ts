import { Doorbell, systemClock } from '@ringlog/core/internal/storage'
import { settle } from '@ringlog/test-kit'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { FollowLoop } from '../../src/storage-thread/follow-loop.ts'
import type { StoredPartition } from '../../src/storage-thread/stored-partition.ts'
import { SyncQueue } from '../../src/storage-thread/sync-queue.ts'

/** A partition that has something to do so many times. */
class Work {
  left: number
  looks = 0
  steps = 0
  /** Of each step. */
  readonly isAlone: boolean[] = []
  onStep = (): void => {}
  readonly wakeAtMs = Infinity

  constructor(left: number) {
    this.left = left
  }

  isDue(): boolean {
    this.looks++
    return this.left > 0
  }

  step(isAlone: boolean): number {
    this.isAlone.push(isAlone)
    this.left--
    this.steps++
    this.onStep()
    return 1
  }
}

/** Time passes by `pass` alone. */
function follow(works: readonly Work[]): {
  partitions: Map<string, StoredPartition>
  pass: (ms: number) => void
} {
  let nowMs = 1
  const clock = { ...systemClock, nowMs: () => nowMs }
  const partitions = new Map(
    works.map((work, index) => [String(index), work as unknown as StoredPartition]),
  )
  const doorbell = new Doorbell(undefined, clock)
  const loop = new FollowLoop({ partitions, syncs: new SyncQueue([]), doorbell, clock })
  onTestFinished(() => loop.end())
  return { partitions, pass: (ms) => (nowMs += ms) }
}

describe('a loop that follows many partitions', () => {
  test('looks at those again that had something to do, and not at all the others each time', async () => {
    const busy = new Work(1000)
    const idle = Array.from({ length: 20 }, () => new Work(0))
    follow([...idle, busy])
    while (busy.left > 0) await settle()
    await settle()
    expect(busy.steps).toBe(1000)
    for (const { looks } of idle) expect(looks).toBeLessThan(20)
  })

  test('says to one that nothing else is to be done only where no other had something to do', async () => {
    const one = new Work(20)
    const other = new Work(5)
    const { pass } = follow([one, other])
    const stepsBeside: boolean[] = []
    one.onStep = () => {
      if (one.steps > 1 && other.left > 0) stepsBeside.push(one.isAlone.at(-1)!)
      pass(1) // so that all partitions are looked at again and again
    }
    while (one.left > 0) await settle()
    expect(new Set([...stepsBeside, ...other.isAlone])).toEqual(new Set([false]))
    expect(one.isAlone.slice(-5)).toEqual([true, true, true, true, true])
  })

  test('gives each its turn, also while one always has something to do', async () => {
    const endless = new Work(Infinity)
    const other = new Work(0)
    const { pass } = follow([endless, other])
    endless.step = () => {
      endless.steps++
      pass(0.01)
      if (endless.steps === 500) other.left = 3
      return 1
    }
    while (other.steps < 3) await settle()
    expect(endless.steps).toBeGreaterThan(500)
  })

  test('blocks for what comes next where little was written, and else lets its event loop wait for more', async () => {
    const blocking = vi.spyOn(Doorbell.prototype, 'waitBriefly')
    onTestFinished(() => blocking.mockRestore())
    const much = new Work(20)
    much.step = () => {
      much.left--
      return 64 * 1024
    }
    follow([much])
    while (much.left > 0) await settle()
    expect(blocking).not.toHaveBeenCalled()
    const little = new Work(20)
    follow([little])
    while (little.left > 0) await settle()
    expect(blocking).toHaveBeenCalled()
  })

  test('leaves one that is gone alone', async () => {
    const work = new Work(Infinity)
    const { partitions, pass } = follow([work])
    work.step = () => {
      work.steps++
      pass(0.1)
      return 1
    }
    while (work.steps === 0) await settle()
    partitions.clear()
    const { steps } = work
    await settle()
    await settle()
    expect(work.steps).toBe(steps)
  })
})
