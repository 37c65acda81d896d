import { Doorbell, Gate, createGateMemory } from '@ringlog/core/internal'
import { createRingLogMemory } from '@ringlog/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { COMMITTED_WORD, REVOKED_WORD } from '../../src/gate/gate-layout.ts'
import { Grant } from '../../src/gate/grant.ts'
import { BLOCKED_WORD, MIN_RING_BYTES } from '../../src/ring/ring-log-layout.ts'

afterEach(() => vi.restoreAllMocks())

/** Notes every atomic store and load from now on, by its word. */
function recordAccesses(): Array<[operation: string, word: number]> {
  const accesses: Array<[string, number]> = []
  for (const operation of ['load', 'store'] as const) {
    const original = Atomics[operation] as (...args: unknown[]) => unknown
    vi.spyOn(Atomics, operation).mockImplementation(((...args: unknown[]) => {
      accesses.push([operation, args[1] as number])
      return original(...args)
    }) as never)
  }
  return accesses
}

/** The model of `gate-order-model.test.ts` is about these accesses, in this order. */
describe('a release', () => {
  const memory = createGateMemory()
  const ring = createRingLogMemory(MIN_RING_BYTES)

  test('of a consumer without a group stores, then looks for who waits (INV-9)', () => {
    const gate = new Gate(memory, ring)
    const accesses = recordAccesses()
    gate.release(5)
    expect(accesses).toEqual([
      ['store', COMMITTED_WORD],
      ['load', BLOCKED_WORD],
    ])
  })

  test('of a group stores, then looks at the revoked word, then for who waits (INV-9, INV-30)', () => {
    const grant = new Grant(memory, ring, new Doorbell())
    const accesses = recordAccesses()
    expect(grant.commit(9)).toBe(true)
    expect(accesses).toEqual([
      ['store', COMMITTED_WORD],
      ['load', REVOKED_WORD],
      ['load', BLOCKED_WORD],
    ])
  })
})
