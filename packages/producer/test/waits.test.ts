import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { RinglogError } from '@ringlog/core'
import { VirtualClock } from '@ringlog/core/testing'
import { Waits } from '../src/waits.ts'

describe('waits', () => {
  test('that end, in whatever way, are not kept', async () => {
    const clock = new VirtualClock()
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
    await clock.advance(50)
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

  test('leave no timer and no listener behind, whichever way they end', async () => {
    const clock = new VirtualClock()
    const waits = new Waits(clock, () => undefined)
    const { signal } = new AbortController()
    const controller = new AbortController()
    let isOver = false
    const outcomes = Promise.allSettled([
      waits.wait(() => isOver, 'flush()', { signal, timeoutMs: 60_000 }),
      waits.wait(() => false, 'flush()', { signal, timeoutMs: 50 }),
      waits.wait(() => false, 'flush()', { signal: controller.signal, timeoutMs: 60_000 }),
      waits.wait(() => false, 'drained()', { signal, timeoutMs: 60_000 }),
    ])
    expect(getEventListeners(signal, 'abort')).toHaveLength(3)
    expect(clock.timerCount).toBe(4)
    isOver = true
    waits.check()
    await clock.advance(50)
    controller.abort(new Error('enough'))
    waits.fail(new RinglogError('PRODUCER_CLOSED'))
    await outcomes
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    expect(clock.timerCount).toBe(0)
  })

  test('take in the answers that are there before they are out of time', async () => {
    const clock = new VirtualClock()
    let isOver = false
    const waits = new Waits(clock, () => (isOver = true))
    const wait = waits.wait(() => isOver, 'flush()', { timeoutMs: 50 })
    await clock.advance(60)
    await expect(wait).resolves.toBeUndefined()
  })
})
