import { MemberMemory } from '@ringlog/core/internal'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  atomicLoad,
  atomicStore,
  outcomesOf,
  type Program,
  type Registers,
} from '../concurrent/weak-memory.ts'

afterEach(() => vi.restoreAllMocks())

/** A member that is put out has seen that something is new, but not what: it thinks that it is in. */
const isUntold = ({ epoch, fence }: Registers): boolean => epoch === -1 && fence === 0

describe('a member that is put out (INV-33)', () => {
  const look = [atomicLoad('epoch', 'epoch'), atomicLoad('fence', 'fence')]
  const reason = atomicStore('fence', 1)
  const epoch = atomicStore('epoch', -1)
  const happens = (controller: readonly Program[]): boolean =>
    outcomesOf([controller, look]).some(isUntold)

  test('finds out why as soon as it sees that something is new', () => {
    expect(happens([reason, epoch])).toBe(false)
  })

  test('would not, if the epoch were stored first', () => {
    expect(happens([epoch, reason])).toBe(true)
  })

  test('is told in this order: how long, why, that there is something new', () => {
    const memory = new MemberMemory()
    const stored: number[] = []
    const { store } = Atomics
    vi.spyOn(Atomics, 'store').mockImplementation(((
      words: BigInt64Array,
      at: number,
      to: bigint,
    ) => {
      stored.push(at * 8)
      return store(words, at, to)
    }) as never)
    memory.setFence('replaced', 5)
    // FENCE_ELAPSED_MS, FENCE, ASSIGNMENT_EPOCH.
    expect(stored).toEqual([16, 8, 0])
  })
})
