import { describe, expect, test } from 'vitest'
import {
  addZero,
  atomicLoad,
  atomicStore,
  exchange,
  load,
  outcomesOf,
  store,
  type Program,
} from './weak-memory.ts'

type Threads = ReadonlyArray<readonly Program[]>

function allows(threads: Threads, outcome: Record<string, number>): boolean {
  return outcomesOf(threads).some((found) =>
    Object.entries(outcome).every(([register, value]) => found[register] === value),
  )
}

/** The litmus tests of the literature: a model that fails one of them says nothing of our code. */
describe('the model of a weakly ordered machine', () => {
  test('lets a message overtake what it announces, unless it is published and taken atomically', () => {
    const stale = { flag: 1, data: 0 }
    const announce = [store('data', 1), atomicStore('flag', 1)]
    const receive = [atomicLoad('flag', 'flag'), load('data', 'data')]
    expect(allows([announce, receive], stale)).toBe(false)
    expect(allows([[store('data', 1), store('flag', 1)], receive], stale)).toBe(true)
    expect(allows([announce, [load('flag', 'flag'), load('data', 'data')]], stale)).toBe(true)
  })

  test('lets two threads miss each other, unless both store and look atomically', () => {
    const missed = { first: 0, second: 0 }
    const atomic: Threads = [
      [atomicStore('a', 1), atomicLoad('b', 'first')],
      [atomicStore('b', 1), atomicLoad('a', 'second')],
    ]
    expect(allows(atomic, missed)).toBe(false)
    const plain: Threads = [
      [store('a', 1), load('b', 'first')],
      [store('b', 1), load('a', 'second')],
    ]
    expect(allows(plain, missed)).toBe(true)
    expect(allows([atomic[0]!, plain[1]!], missed)).toBe(true)
  })

  test('lets a plain store pass an atomic store above it, but not the load of an exchange', () => {
    const early = { data: 1, flag: 0 }
    const look = [atomicLoad('data', 'data'), addZero('flag', 'flag')]
    expect(allows([[atomicStore('flag', 1), store('data', 1)], look], early)).toBe(true)
    expect(allows([[exchange('flag', 1), store('data', 1)], look], early)).toBe(false)
    // Between the load and the store of the exchange it can be seen, by whoever only loads.
    const onlyLoads = [atomicLoad('data', 'data'), atomicLoad('flag', 'flag')]
    expect(allows([[exchange('flag', 1), store('data', 1)], onlyLoads], early)).toBe(true)
  })

  test('keeps the accesses of one word in order', () => {
    const back = { first: 1, second: 0 }
    expect(allows([[store('a', 1)], [load('a', 'first'), load('a', 'second')]], back)).toBe(false)
  })

  test('never lets a word change between the load and the store of a read-modify-write', () => {
    const threads: Threads = [[addZero('a', 'seen')], [atomicStore('a', 1)]]
    const after: Threads = [...threads, [atomicLoad('a', 'late')]]
    // Had the store come in between, the read-modify-write would have undone it.
    const ends = outcomesOf([...after.slice(0, 2), [atomicLoad('a', 'x'), atomicLoad('a', 'late')]])
    expect(ends.some(({ x, late }) => x === 1 && late === 0)).toBe(false)
  })

  test('skips what does not take place', () => {
    const guarded = [atomicLoad('a', 'seen'), atomicStore('b', 1, ({ seen }) => seen === 1)]
    const outcomes = outcomesOf([guarded, [atomicLoad('b', 'b')]])
    expect(outcomes).toEqual([{ b: 0, seen: 0 }])
  })
})
