import { Doorbell } from '@ringlog/core'
import { afterEach, describe, expect, test, vi } from 'vitest'

afterEach(() => vi.restoreAllMocks())

/** The layout, as the diagram of `doorbell.ts` has it: 32-bit words. */
const WORD_NAMES: Readonly<Record<number, string>> = { 0: 'SEQUENCE', 32: 'PARKED' }
const OPERATIONS = ['load', 'store', 'add', 'exchange', 'notify', 'wait', 'waitAsync'] as const

/**
 * Notes every `Atomics` call from now on. The model of `doorbell-model.test.ts` is about these, in
 * this order; on real threads a wrong one loses a wake-up once in a long while.
 */
function recordAccesses(): string[] {
  const accesses: string[] = []
  for (const operation of OPERATIONS) {
    const original = Atomics[operation] as (...args: unknown[]) => unknown
    vi.spyOn(Atomics, operation).mockImplementation(((...args: unknown[]) => {
      accesses.push(`${operation} ${WORD_NAMES[args[1] as number]}`)
      return original(...args)
    }) as never)
  }
  return accesses
}

describe('to ring a doorbell', () => {
  test('at which somebody sleeps takes parked, then adds, then wakes all (INV-7)', async () => {
    const doorbell = new Doorbell()
    let isDone = false
    const wait = doorbell.waitAsync(() => isDone)
    const accesses = recordAccesses()
    isDone = true
    doorbell.ring()
    expect(accesses).toEqual(['load PARKED', 'exchange PARKED', 'add SEQUENCE', 'notify SEQUENCE'])
    expect(await wait).toBe(true)
  })

  test('at which nobody sleeps adds all the same, and wakes nobody (INV-7)', () => {
    const doorbell = new Doorbell()
    const accesses = recordAccesses()
    doorbell.ring()
    expect(accesses).toEqual(['load PARKED', 'add SEQUENCE'])
  })

  test('for one that died wakes whatever parked says (INV-11)', () => {
    const doorbell = new Doorbell()
    const accesses = recordAccesses()
    doorbell.ringUnconditionally()
    expect(accesses).toEqual(['exchange PARKED', 'add SEQUENCE', 'notify SEQUENCE'])
  })
})

describe('to wait at a doorbell', () => {
  const announced = ['load SEQUENCE', 'store PARKED', 'look']

  test('asynchronously loads the sequence, sets parked, looks, sleeps (INV-8)', async () => {
    const doorbell = new Doorbell()
    let isDone = false
    const accesses = recordAccesses()
    const wait = doorbell.waitAsync(() => {
      accesses.push('look')
      return isDone
    })
    expect(accesses).toEqual(['look', ...announced, 'waitAsync SEQUENCE'])
    isDone = true
    doorbell.ring()
    accesses.length = 0
    expect(await wait).toBe(true)
    expect(accesses).toEqual(announced)
  })

  test('by blocking does the same, and never clears parked (INV-8)', () => {
    const doorbell = new Doorbell()
    const accesses = recordAccesses()
    const look = (): boolean => {
      accesses.push('look')
      return false
    }
    expect(doorbell.waitSync(look, { deadlineMs: 0 })).toBe(false)
    expect(accesses).toEqual(['look', ...announced])
    expect(new Int32Array(doorbell.memory)[32]).toBe(1)
  })
})
