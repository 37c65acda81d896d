import { describe, expect, test } from 'vitest'
import {
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
} from '../../src/metrics/stamped-value.ts'
import { PackedWalk, pack, packedBytes } from '../../src/rivals/packed-values.ts'

const SIZE_BYTES = 100

/** A batch of values with those sequences, in memory with room for one more. */
function batchOf(sequences: readonly number[]): { bytes: Uint8Array; end: number } {
  const bytes = new Uint8Array((sequences.length + 1) * packedBytes(SIZE_BYTES)).fill(0xff)
  const value = patternValue(SIZE_BYTES, 0)
  let end = 0
  for (const sequence of sequences) {
    stamp(value, sequence)
    end = pack(value, bytes, end)
  }
  return { bytes, end }
}

function receive(...batches: number[][]): StampChecker {
  const checker = new StampChecker(SIZE_BYTES, 1)
  const walk = new PackedWalk()
  for (const sequences of batches) {
    const { bytes, end } = batchOf(sequences)
    checker.checkAll(walk.open(bytes, end))
  }
  return checker
}

describe('packed values', () => {
  test('are all found again, batch after batch, and none beyond the end', () => {
    const checker = receive([0, 1, 2], [], [3], [4, 5])
    assertTally([checker.tally], [expectedTally(0, 6)])
  })

  test('of any length', () => {
    for (const length of [5, 255, 256, 65_535, 65_536]) {
      const value = patternValue(length, 0)
      const bytes = new Uint8Array(packedBytes(length) + 3)
      const walk = new PackedWalk().open(bytes, pack(value, bytes, 0))
      expect(walk.next()).toBe(true)
      expect(walk.valueLength).toBe(length)
      expect(walk.bytes.subarray(walk.valueStart, walk.valueStart + length)).toEqual(value)
      expect(walk.next()).toBe(false)
    }
  })

  test('that are lost, come twice, or come in another order are noticed', () => {
    const sent = [expectedTally(0, 4)]
    expect(() => assertTally([receive([0, 1], [3]).tally], sent)).toThrow('received 3 records')
    expect(() => receive([0, 1], [1, 2, 3])).toThrow('sequence 1 came after 1')
    expect(() => receive([0, 2, 1, 3])).toThrow('sequence 1 came after 2')
    expect(() => receive([2, 3], [0, 1])).toThrow('sequence 0 came after 3')
  })

  test('one byte of which is another are noticed', () => {
    const { bytes, end } = batchOf([0, 1])
    bytes[end - 1] = 0
    const checker = new StampChecker(SIZE_BYTES, 1)
    expect(() => checker.checkAll(new PackedWalk().open(bytes, end))).toThrow('not what was sent')
  })
})
