import { Doorbell, type WaitStrategy } from '@ringlog/core'
import { afterEach, describe, expect, test, vi } from 'vitest'

/**
 * A clock that goes on by a microsecond whenever it is read. The library takes it up when it is loaded,
 * so it is put in place before.
 */
const clock = vi.hoisted(() => {
  const faked = { reads: 0 }
  process.hrtime.bigint = () => BigInt(++faked.reads) * 1_000n
  return faked
})

afterEach(() => vi.restoreAllMocks())

interface Spin {
  /** How many microseconds passed in each turn of the event loop, while it waited. */
  readonly turnsMicros: number[]
  /** How often it went to sleep. */
  readonly sleeps: number
}

/** Waits until the event loop has turned so many times. */
async function waitForTurns(strategy: WaitStrategy, turns: number): Promise<Spin> {
  const doorbell = new Doorbell()
  const sleep = vi.spyOn(Atomics, 'waitAsync')
  const turnsMicros: number[] = []
  let atStart = clock.reads
  const onTurn = (): void => {
    turnsMicros.push(clock.reads - atStart)
    atStart = clock.reads
    if (turnsMicros.length < turns) setImmediate(onTurn)
    else doorbell.ring()
  }
  setImmediate(onTurn)
  await doorbell.waitAsync(() => turnsMicros.length === turns, { strategy })
  return { turnsMicros, sleeps: sleep.mock.calls.length }
}

describe('a wait on an event loop', () => {
  test.each<WaitStrategy>(['spinThenPark', 'busySpin', { spinMicros: 5_000 }])(
    'with %j lets the loop turn after 50 µs at most',
    async (strategy) => {
      const { turnsMicros } = await waitForTurns(strategy, 40)
      expect(Math.max(...turnsMicros)).toBeGreaterThan(40)
      // The few that are above are those of looking at the clock between two turns.
      expect(Math.max(...turnsMicros)).toBeLessThanOrEqual(55)
    },
  )

  test.each<[strategy: WaitStrategy, spinMicros: number]>([
    ['park', 0],
    [{ spinMicros: 0 }, 0],
    ['spinThenPark', 50],
    [{ spinMicros: 300 }, 300],
    ['busySpin', Infinity],
  ])('with %j spins for %d µs, then sleeps', async (strategy, spinMicros) => {
    const { turnsMicros, sleeps } = await waitForTurns(strategy, 40)
    const spunMicros = turnsMicros.reduce((sum, micros) => sum + micros, 0)
    if (spinMicros === Infinity) {
      expect(spunMicros).toBeGreaterThan(39 * 40)
      expect(sleeps).toBe(0)
    } else {
      expect(spunMicros).toBeGreaterThanOrEqual(spinMicros)
      expect(spunMicros).toBeLessThanOrEqual(spinMicros * 1.2 + 10)
      expect(sleeps).toBeGreaterThan(0)
    }
  })

  test('looks again and again in one turn of the loop', async () => {
    let turns = 0
    setImmediate(() => turns++)
    const untilRead = clock.reads + 30
    const isRead = (): boolean => clock.reads >= untilRead
    expect(await new Doorbell().waitAsync(isRead, { strategy: 'spinThenPark' })).toBe(true)
    expect(turns).toBe(0)
  })
})

/** Looks at a condition that holds once the clock has been read so often, at the latest after a sleep. */
function waitForReads(
  strategy: WaitStrategy | undefined,
  reads: number,
): {
  spunMicros: number
  sleeps: number
  looks: number
} {
  const atStart = clock.reads
  let isOver = false
  const sleep = vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    isOver = true
    return 'ok'
  })
  let looks = 0
  let spunMicros = 0
  const isDone = (): boolean => {
    looks++
    if (!isOver) spunMicros = clock.reads - atStart
    return isOver || spunMicros >= reads
  }
  expect(new Doorbell().waitSync(isDone, { strategy })).toBe(true)
  return { spunMicros, sleeps: sleep.mock.calls.length, looks }
}

describe('a wait that blocks', () => {
  test.each<[strategy: WaitStrategy | undefined, spinMicros: number]>([
    [undefined, 0],
    ['park', 0],
    [{ spinMicros: 0 }, 0],
    ['spinThenPark', 50],
    [{ spinMicros: 300 }, 300],
  ])('with %j spins for %d µs, then sleeps', (strategy, spinMicros) => {
    const { spunMicros, sleeps, looks } = waitForReads(strategy, Infinity)
    expect(spunMicros).toBeGreaterThanOrEqual(spinMicros)
    expect(spunMicros).toBeLessThanOrEqual(spinMicros + 5)
    expect(looks).toBeGreaterThanOrEqual(spinMicros)
    expect(sleeps).toBe(1)
  })

  test.each<WaitStrategy>(['spinThenPark', 'busySpin', { spinMicros: 300 }])(
    'with %j does not sleep where what it waits for comes while it spins',
    (strategy) => {
      const { spunMicros, sleeps } = waitForReads(strategy, 40)
      expect(spunMicros).toBe(40)
      expect(sleeps).toBe(0)
    },
  )

  test('sees what comes between its last look and its sleep', () => {
    let looks = 0
    const sleep = vi.spyOn(Atomics, 'wait')
    // The second look is the one after parked was set.
    expect(new Doorbell().waitSync(() => ++looks === 2, { deadlineMs: 0 })).toBe(true)
    expect(sleep).not.toHaveBeenCalled()
  })
})
