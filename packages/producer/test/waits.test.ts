import { describe, expect, test } from 'vitest'
import { Waits } from '../src/waits.ts'
import { FakeClock, runPromises } from './fake-clock.ts'

describe('waits', () => {
  test('that end, in whatever way, are not kept', async () => {
    const clock = new FakeClock()
    const waits = new Waits(clock, () => undefined)
    const controller = new AbortController()
    let isOver = false
    const outcomes = Promise.allSettled([
      waits.wait(() => isOver, 'flush()'),
      waits.wait(() => false, 'flush()', { timeoutMs: 50 }),
      waits.wait(() => false, 'drained()', { signal: controller.signal }),
      waits.wait(() => true, 'drained()'),
    ])
    expect(waits.count).toBe(3)
    clock.advance(50)
    controller.abort(new Error('enough'))
    expect(waits.count).toBe(1)
    isOver = true
    waits.check()
    expect(waits.count).toBe(0)
    expect((await outcomes).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ])
  })

  test('take in the answers that are there before they are out of time', async () => {
    const clock = new FakeClock()
    let isOver = false
    const waits = new Waits(clock, () => (isOver = true))
    const wait = waits.wait(() => isOver, 'flush()', { timeoutMs: 50 })
    clock.advance(60)
    await runPromises()
    await expect(wait).resolves.toBeUndefined()
  })
})
