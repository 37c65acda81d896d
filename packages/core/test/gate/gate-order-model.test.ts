import { describe, expect, test } from 'vitest'
import {
  atomicLoad,
  atomicStore,
  exchange,
  load,
  outcomesOf,
  store,
  type Program,
  type Registers,
} from '../concurrent/weak-memory.ts'

type Steps = readonly Program[]

function happens(
  worker: Steps,
  holder: Steps,
  isForbidden: (registers: Registers) => boolean,
): boolean {
  return outcomesOf([worker, holder]).some(isForbidden)
}

/** The worker saw the gate where it was, and the holder nobody to ring: both go to sleep. */
const isMissed = ({ gate, blocked }: Registers): boolean => gate === 0 && blocked === 0

describe('an append that waits for a gate (INV-9)', () => {
  const wait = [atomicStore('blocked', 1), atomicLoad('gate', 'gate')]
  const release = [atomicStore('gate', 1), atomicLoad('blocked', 'blocked')]

  test('is always told of a release', () => {
    expect(happens(wait, release, isMissed)).toBe(false)
  })

  test.each<[string, Steps, Steps]>([
    ['the worker looks at the gate first', [atomicLoad('gate', 'gate'), wait[0]!], release],
    ['the holder looks for a waiter first', wait, [release[1]!, release[0]!]],
    ['the worker stores plainly', [store('blocked', 1), wait[1]!], release],
    ['the holder stores plainly', wait, [store('gate', 1), release[1]!]],
    ['the holder looks plainly', wait, [release[0]!, load('blocked', 'blocked')]],
  ])('would not be, if %s', (_, worker, holder) => {
    expect(happens(worker, holder, isMissed)).toBe(true)
  })
})

const isReleased = ({ gate }: Registers): boolean => gate === 1

const isOverwritten = ({ bytes }: Registers): boolean => bytes === 1

describe('what a consumer was handed (INV-10)', () => {
  const overwrite = [
    atomicLoad('gate', 'gate'),
    exchange('start', 1, isReleased),
    store('bytes', 1, isReleased),
  ]

  test('was copied before its place in the ring is given up', () => {
    const consume = [load('bytes', 'bytes'), atomicStore('gate', 1)]
    expect(happens(overwrite, consume, isOverwritten)).toBe(false)
  })

  test.each<[string, Steps]>([
    ['it were released first', [atomicStore('gate', 1), load('bytes', 'bytes')]],
    ['it were released by a plain store', [load('bytes', 'bytes'), store('gate', 1)]],
  ])('would be something else, if %s', (_, consume) => {
    expect(happens(overwrite, consume, isOverwritten)).toBe(true)
  })
})
