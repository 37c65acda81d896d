import { Doorbell, type WaitStrategy } from '@ringlog/core'
import { awaitWithin } from '@ringlog/core/internal'
import { VirtualClock } from '@ringlog/testing'
import { isSettled } from '@ringlog/test-kit'
import { expect, test } from 'vitest'

test('time passes when it is told to, and only then', async () => {
  const clock = new VirtualClock({ wallMs: 1_000 })
  const startMs = clock.nowMs()
  await clock.advance(250)
  expect(clock.nowMs() - startMs).toBe(250)
  expect(clock.wallMs()).toBe(1_250)
})

test('the wall clock begins at the time at which it is made', () => {
  const before = Date.now()
  const clock = new VirtualClock()
  expect(clock.wallMs()).toBeGreaterThanOrEqual(before)
  expect(clock.wallMs()).toBeLessThanOrEqual(Date.now())
})

test('timers run in the order in which they are due, each at its time, and those that they set', async () => {
  const clock = new VirtualClock()
  const startMs = clock.nowMs()
  const ran: string[] = []
  const set = (name: string, delayMs: number, then = (): void => undefined): unknown =>
    clock.setTimer(() => {
      ran.push(`${name} at ${clock.nowMs() - startMs}`)
      then()
    }, delayMs)
  set('second', 20)
  set('first', 10, () => set('of the first', 5))
  set('together', 20)
  set('late', 31)
  await clock.advance(30)
  expect(ran).toEqual(['first at 10', 'of the first at 15', 'second at 20', 'together at 20'])
  expect(clock.timerCount).toBe(1)
})

test('what a timer starts comes to its next wait before the next timer runs', async () => {
  const clock = new VirtualClock()
  const ran: string[] = []
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(resolve, ms))
  const tick = async (name: string, ms: number): Promise<void> => {
    for (let i = 1; i <= 3; i++) {
      await sleep(ms)
      await Promise.resolve()
      ran.push(`${name}${i}`)
    }
  }
  const all = Promise.all([tick('a', 10), tick('b', 15)])
  await clock.advance(45)
  await all
  expect(ran).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
})

test('a timer that is cleared does not run, also by one before it', async () => {
  const clock = new VirtualClock()
  let hasRun = false
  const timer = clock.setTimer(() => (hasRun = true), 20)
  clock.setTimer(() => clock.clearTimer(timer), 10)
  await clock.advance(100)
  expect(hasRun).toBe(false)
  expect(clock.timerCount).toBe(0)
})

test('calls of advance take their turns', async () => {
  const clock = new VirtualClock()
  const startMs = clock.nowMs()
  const seen: number[] = []
  clock.setTimer(() => seen.push(clock.nowMs() - startMs), 15)
  await Promise.all([clock.advance(10), clock.advance(10)])
  expect(seen).toEqual([15])
  expect(clock.nowMs() - startMs).toBe(20)
})

test('what a timer throws, advance rejects with; the clock goes on from there', async () => {
  const clock = new VirtualClock()
  const startMs = clock.nowMs()
  clock.setTimer(() => {
    throw new Error('of the timer')
  }, 10)
  await expect(clock.advance(30)).rejects.toThrow('of the timer')
  expect(clock.nowMs() - startMs).toBe(10)
  await clock.advance(5)
  expect(clock.nowMs() - startMs).toBe(15)
})

test.each([-1, NaN, Infinity, '5', undefined])('advance(%s) is refused', async (ms) => {
  const clock = new VirtualClock()
  await expect(clock.advance(ms as number)).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining('advance() takes a number of milliseconds of at least 0, got'),
  })
})

test.each<[unknown, unknown, string]>([
  [undefined, 5, 'got undefined and 5'],
  [() => undefined, undefined, 'and undefined'],
  [() => undefined, Number.NaN, 'and NaN'],
  [() => undefined, '5', 'and "5"'],
])('setTimer(%s, %s) is refused', (callback, delayMs, got) => {
  const clock = new VirtualClock()
  const set = (): unknown => clock.setTimer(callback as never, delayMs as never)
  expect(set).toThrow('setTimer() takes a function and a number of milliseconds, got ')
  expect(set).toThrow(got)
  expect(clock.timerCount).toBe(0)
})

test('a clock that timers keep from going on says so', async () => {
  const clock = new VirtualClock()
  const again = (): void => void clock.setTimer(again, 0)
  again()
  await expect(clock.advance(1)).rejects.toMatchObject({
    code: 'INVALID_STATE',
    message: expect.stringContaining('the clock stands still'),
  })
})

test('a wrong option is refused', () => {
  expect(() => new VirtualClock({ wallMs: -5 })).toThrow('wallMs must be an integer of at least 0')
})

test.each<WaitStrategy>(['park', 'spinThenPark', 'busySpin', { spinMicros: 100 }])(
  'a doorbell waits on it, with %j, until the deadline or the ring',
  async (strategy) => {
    const clock = new VirtualClock()
    const doorbell = new Doorbell(undefined, clock)
    const waiting = doorbell.waitAsync(() => false, { deadlineMs: clock.nowMs() + 1000, strategy })
    await clock.advance(999)
    expect(await isSettled(waiting)).toBe(false)
    await clock.advance(1)
    expect(await waiting).toBe(false)
    let isReady = false
    const woken = doorbell.waitAsync(() => isReady, { deadlineMs: Infinity, strategy })
    isReady = true
    doorbell.ring()
    expect(await woken).toBe(true)
    expect(clock.timerCount).toBe(0)
  },
)

test('a call that may wait so long is over when the clock says so', async () => {
  const clock = new VirtualClock()
  const never = new Promise<void>(() => undefined)
  const waiting = awaitWithin(never, 'the call', { timeoutMs: 60_000 }, clock)
  await clock.advance(59_999)
  expect(await isSettled(waiting)).toBe(false)
  const [outcome] = await Promise.allSettled([waiting, clock.advance(1)])
  expect(outcome).toMatchObject({ reason: { code: 'REQUEST_TIMED_OUT' } })
})
