import { afterEach, describe, expect, test, vi } from 'vitest'
import { Rig, batchOf, deadline } from './rig.ts'

afterEach(() => vi.restoreAllMocks())

/**
 * Notes from now on when the worker says that an append waits, and when it looks at a gate: the only
 * 64-bit words that it stores a 1 to in the ring's memory, and that it loads outside of it.
 */
function recordAccesses(ring: SharedArrayBuffer): string[] {
  const accesses: string[] = []
  const { load, store } = Atomics
  vi.spyOn(Atomics, 'store').mockImplementation(((
    words: BigInt64Array,
    at: number,
    value: bigint,
  ) => {
    if (words.buffer === ring && value === 1n) accesses.push('blocked = 1')
    return store(words, at, value)
  }) as never)
  vi.spyOn(Atomics, 'load').mockImplementation(((words: BigInt64Array, at: number) => {
    if (words instanceof BigInt64Array && words.buffer !== ring) accesses.push('look at the gate')
    return load(words, at)
  }) as never)
  return accesses
}

describe('an append that finds no room', () => {
  test('says that it waits before it looks at the gates that decide it (INV-9)', async () => {
    const rig = new Rig()
    const gate = rig.gate(0)
    await rig.fill()
    const accesses = recordAccesses(rig.memory)
    const appended = rig.log.append(batchOf(['x'.repeat(1000)]), deadline())
    await new Promise((resolve) => setImmediate(resolve))
    const said = accesses.indexOf('blocked = 1')
    expect(said).toBeGreaterThanOrEqual(0)
    expect(accesses.slice(said)).toContain('look at the gate')

    // Released at the worst moment: after its first look, before it falls asleep.
    gate.release(rig.log.endOffset)
    expect(await appended).toMatchObject({ baseOffset: rig.log.endOffset - 1 })
  })
})
