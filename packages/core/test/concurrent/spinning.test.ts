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
})
