import { Doorbell, type WaitStrategy } from '@ringlog/core'
import { monotonicMs, systemClock, type Clock, type ClockTimer } from '@ringlog/core/internal'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const STRATEGIES: WaitStrategy[] = ['park', 'spinThenPark', 'busySpin', { spinMicros: 200 }]

afterEach(() => {
  vi.useRealTimers()
})

describe.each(STRATEGIES.map((strategy) => ({ name: JSON.stringify(strategy), strategy })))(
  'a wait with $name',
  ({ strategy }) => {
    test('ends at once where the condition holds', async () => {
      const doorbell = new Doorbell()
      expect(doorbell.waitSync(() => true, { strategy })).toBe(true)
      expect(await doorbell.waitAsync(() => true, { strategy })).toBe(true)
    })

    test('ends without the condition at its deadline, not before', async () => {
      const doorbell = new Doorbell()
      const start = monotonicMs()
      const deadlineMs = start + 20
      expect(doorbell.waitSync(() => false, { strategy, deadlineMs })).toBe(false)
      expect(monotonicMs()).toBeGreaterThanOrEqual(deadlineMs)

      const asyncDeadlineMs = monotonicMs() + 20
      const wait = doorbell.waitAsync(() => false, { strategy, deadlineMs: asyncDeadlineMs })
      expect(await wait).toBe(false)
      expect(monotonicMs()).toBeGreaterThanOrEqual(asyncDeadlineMs)
    })

    test('lets the event loop turn while it waits asynchronously', async () => {
      const doorbell = new Doorbell()
      let turns = 0
      const turn = (): void => {
        turns++
        if (turns < 10) setImmediate(turn)
        else doorbell.ring()
      }
      setImmediate(turn)
      expect(await doorbell.waitAsync(() => turns >= 10, { strategy })).toBe(true)
    })
  },
)

describe('a brief wait', () => {
  test('ends at once where the condition holds, and by itself where it never does', () => {
    const doorbell = new Doorbell()
    expect(doorbell.waitBriefly(() => true)).toBe(true)
    expect(doorbell.waitBriefly(() => false)).toBe(false)
  })

  test('looks again once it is rung, and sleeps on where that was for nothing', () => {
    const doorbell = new Doorbell()
    let looks = 0
    const looked = doorbell.waitBriefly(() => {
      doorbell.ring()
      return ++looks === 4
    })
    expect(looked).toBe(true)
  })
})

describe('a doorbell', () => {
  test('wakes every wait that shares it, and each looks at its own condition', async () => {
    const doorbell = new Doorbell()
    let level = 0
    const done: number[] = []
    const waits = [1, 2, 3].map(async (threshold) => {
      await doorbell.waitAsync(() => level >= threshold)
      done.push(threshold)
    })
    for (const expected of [[1], [1, 2], [1, 2, 3]]) {
      level++
      doorbell.ring()
      await expect.poll(() => done, { interval: 1 }).toEqual(expected)
    }
    await Promise.all(waits)
  })

  test('is one and the same for all who open its memory', async () => {
    const doorbell = new Doorbell()
    const other = new Doorbell(doorbell.memory)
    let isDone = false
    const wait = doorbell.waitAsync(() => isDone)
    isDone = true
    other.ring()
    expect(await wait).toBe(true)
  })

  test('wakes a waiter although a ringer died after it had cleared parked', async () => {
    const doorbell = new Doorbell()
    let isDone = false
    const wait = doorbell.waitAsync(() => isDone)
    // What a ringer does up to its death: exchange parked with 0, and nothing else.
    const words = new Int32Array(doorbell.memory)
    expect(Atomics.exchange(words, 32, 0)).toBe(1)
    isDone = true
    doorbell.ring()
    const outcome = await Promise.race([wait, new Promise((r) => setTimeout(r, 30, 'asleep'))])
    expect(outcome).toBe('asleep')
    doorbell.ringUnconditionally()
    expect(await wait).toBe(true)
  })

  test('keeps its deadline although a ringer died after it had cleared parked', async () => {
    const doorbell = new Doorbell()
    const wait = doorbell.waitAsync(() => false, { deadlineMs: monotonicMs() + 20 })
    expect(Atomics.exchange(new Int32Array(doorbell.memory), 32, 0)).toBe(1)
    expect(await wait).toBe(false)
  })

  test('goes on waiting when it is rung for nothing', async () => {
    const doorbell = new Doorbell()
    let isDone = false
    let looks = 0
    const wait = doorbell.waitAsync(() => {
      looks++
      return isDone
    })
    for (let i = 0; i < 5; i++) {
      const before = looks
      doorbell.ring()
      await expect.poll(() => looks, { interval: 1 }).toBeGreaterThan(before)
    }
    isDone = true
    doorbell.ring()
    expect(await wait).toBe(true)
  })

  test('keeps its deadline while the timers of the program are fake', async () => {
    vi.useFakeTimers()
    const wait = new Doorbell().waitAsync(() => false, { deadlineMs: monotonicMs() + 20 })
    expect(await wait).toBe(false)
  })

  test('leaves no memory behind for waits that are woken before their deadline', async () => {
    const doorbell = new Doorbell()
    let count = 0
    const round = async (): Promise<void> => {
      const target = count + 1
      const wait = doorbell.waitAsync(() => count >= target, { deadlineMs: monotonicMs() + 60_000 })
      count++
      doorbell.ring()
      await wait
    }
    const rounds = 20_000
    for (let i = 0; i < rounds; i++) await round()
    globalThis.gc!()
    const before = process.memoryUsage()
    for (let i = 0; i < rounds; i++) await round()
    globalThis.gc!()
    const after = process.memoryUsage()
    // `Atomics.waitAsync` with a timeout would have left 280 bytes a wait: 5.6 MB.
    const grownBytes = after.heapUsed - before.heapUsed + (after.external - before.external)
    expect(grownBytes).toBeLessThan(2_000_000)
  })
})

describe('the timer of a wait', () => {
  let set: ClockTimer[] = []
  let cleared: unknown[] = []
  const clock: Clock = {
    ...systemClock,
    setTimer: (callback, delayMs) => {
      const timer = systemClock.setTimer(callback, delayMs)
      set.push(timer)
      return timer
    },
    clearTimer: (timer) => {
      cleared.push(timer)
      systemClock.clearTimer(timer)
    },
  }
  beforeEach(() => {
    set = []
    cleared = []
  })

  /** Rings for nothing, again and again, and then for something. */
  async function waitThroughRings(deadlineMs: number | undefined): Promise<boolean> {
    const doorbell = new Doorbell(undefined, clock)
    let looks = 0
    let isDone = false
    const isSeen = (): boolean => {
      looks++
      return isDone
    }
    const wait = doorbell.waitAsync(isSeen, { deadlineMs })
    for (let ring = 0; ring < 4; ring++) {
      const before = looks
      doorbell.ring()
      await expect.poll(() => looks, { interval: 1 }).toBeGreaterThan(before)
    }
    isDone = true
    doorbell.ring()
    return await wait
  }

  test('is set once, and cleared, however often the bell rings', async () => {
    expect(await waitThroughRings(monotonicMs() + 60_000)).toBe(true)
    expect(set).toHaveLength(1)
    expect(cleared).toEqual(set)
  })

  test('is not there without a deadline', async () => {
    expect(await waitThroughRings(undefined)).toBe(true)
    expect([set, cleared]).toEqual([[], []])
  })

  test('is not cleared once it has run', async () => {
    const doorbell = new Doorbell(undefined, clock)
    expect(await doorbell.waitAsync(() => false, { deadlineMs: monotonicMs() + 5 })).toBe(false)
    expect(cleared).toEqual([])
  })
})

describe('on a clock that stands still', () => {
  let nowMs = 0
  const clock: Clock = { ...systemClock, nowMs: () => nowMs }
  const strategy = { spinMicros: 100 }

  test('a wait that spins goes to sleep all the same', async () => {
    const doorbell = new Doorbell(undefined, clock)
    expect(doorbell.waitSync(() => false, { strategy, deadlineMs: 0 })).toBe(false)
    let isRung = false
    const waiting = doorbell.waitAsync(() => isRung, { strategy })
    await new Promise((resolve) => setTimeout(resolve, 5))
    isRung = true
    doorbell.ring()
    expect(await waiting).toBe(true)
  })

  test('a wait that never sleeps ends once the clock has reached its deadline', async () => {
    const doorbell = new Doorbell(undefined, clock)
    const deadlineMs = 60_000
    const waiting = doorbell.waitAsync(() => false, { strategy: 'busySpin', deadlineMs })
    setTimeout(() => (nowMs = deadlineMs), 5)
    expect(await waiting).toBe(false)
  })
})
