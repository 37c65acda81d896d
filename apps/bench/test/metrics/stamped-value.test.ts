import { describe, expect, test } from 'vitest'
import {
  MIN_VALUE_BYTES,
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
} from '../../src/metrics/stamped-value.ts'

const SIZE_BYTES = 100

function stamped(sequence: number, producer = 0, sizeBytes = SIZE_BYTES): Uint8Array {
  const value = patternValue(sizeBytes, producer)
  stamp(value, sequence)
  return value
}

function check(checker: StampChecker, value: Uint8Array): void {
  checker.check(value, 0, value.length)
}

function after(...sequences: number[]): StampChecker {
  const checker = new StampChecker(SIZE_BYTES, 2)
  for (const sequence of sequences) check(checker, stamped(sequence))
  return checker
}

describe('what was received', () => {
  test('is counted and summed, each producer in its own order', () => {
    const checker = new StampChecker(SIZE_BYTES, 2)
    for (const [producer, sequence] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 2],
      [1, 1],
    ] as const) {
      check(checker, stamped(sequence, producer))
    }
    expect(checker.tally).toEqual({ count: 5, sum: 4 })
    assertTally([checker.tally], [expectedTally(0, 3), expectedTally(0, 2)])
  })

  test('is in order within each partition, not across them', () => {
    const checker = new StampChecker(SIZE_BYTES, 1)
    for (const [partition, sequence] of [
      [0, 5],
      [3, 1],
      [0, 6],
      [3, 2],
    ] as const) {
      checker.check(stamped(sequence), 0, SIZE_BYTES, partition)
    }
    expect(checker.tally).toEqual({ count: 4, sum: 14 })
    expect(() => checker.check(stamped(2), 0, SIZE_BYTES, 3)).toThrow(
      'producer 0, partition 3: sequence 2 came after 2',
    )
  })

  test('is found at any place of a larger memory', () => {
    const checker = new StampChecker(SIZE_BYTES, 1)
    const memory = new Uint8Array(3 * SIZE_BYTES).fill(0xff)
    memory.set(stamped(70_000), 13)
    checker.check(memory, 13, SIZE_BYTES)
    expect(checker.tally).toEqual({ count: 1, sum: 70_000 })
  })

  test.each([0, 255, 256, 65_535, 65_536, 2 ** 24, 2 ** 31, 2 ** 32 - 1])(
    'carries the sequence %i',
    (sequence) => {
      const checker = new StampChecker(SIZE_BYTES, 1)
      check(checker, stamped(sequence))
      expect(checker.tally.sum).toBe(sequence)
    },
  )

  test('may be as short as its stamp', () => {
    const checker = new StampChecker(MIN_VALUE_BYTES, 3)
    check(checker, stamped(5, 2, MIN_VALUE_BYTES))
    expect(checker.tally).toEqual({ count: 1, sum: 5 })
    expect(() => patternValue(MIN_VALUE_BYTES - 1, 0)).toThrow('needs 5 bytes at least, got 4')
  })
})

describe('a value is refused', () => {
  test('that comes a second time', () => {
    expect(() => check(after(0, 1), stamped(1))).toThrow(
      'producer 0, partition 0: sequence 1 came after 1',
    )
  })

  test('that comes after a later one', () => {
    expect(() => check(after(0, 2), stamped(1))).toThrow(
      'producer 0, partition 0: sequence 1 came after 2',
    )
  })

  test('of a producer that there is not', () => {
    expect(() => check(after(), stamped(0, 2))).toThrow('producer 2')
  })

  test('of another size', () => {
    expect(() => check(after(), stamped(0, 0, SIZE_BYTES - 1))).toThrow('is not what was sent')
    expect(() => check(after(), stamped(0, 0, SIZE_BYTES + 1))).toThrow('is not what was sent')
  })

  test('whose end belongs to another', () => {
    const spliced = stamped(0)
    spliced[SIZE_BYTES - 1] = 0
    expect(() => check(after(), spliced)).toThrow('value 0 of producer 0 is not what was sent')
  })

  test('and is not counted', () => {
    const checker = after(0, 1)
    expect(() => check(checker, stamped(0))).toThrow()
    expect(checker.tally).toEqual({ count: 2, sum: 1 })
  })
})

describe('the tally', () => {
  test.each([
    [0, 1],
    [10, 5],
    [1_000_000, 3],
  ])('of the sequences from %i, %i of them', (first, count) => {
    let sum = 0
    for (let sequence = first; sequence < first + count; sequence++) sum += sequence
    expect(expectedTally(first, count)).toEqual({ count, sum })
  })

  test('tells a lost record', () => {
    expect(() => assertTally([expectedTally(0, 9)], [expectedTally(0, 10)])).toThrow(
      'received 9 records with sum 36, sent 10 with sum 45',
    )
  })

  test('tells one record in the place of another', () => {
    const received = { count: 10, sum: 46 }
    expect(() => assertTally([received], [expectedTally(0, 10)])).toThrow('with sum 46')
  })

  test('tells a record too many', () => {
    expect(() => assertTally([{ count: 11, sum: 45 }], [expectedTally(0, 10)])).toThrow(
      'received 11 records',
    )
  })

  test('counts all receivers and all senders together', () => {
    const received = [expectedTally(0, 4), expectedTally(4, 6)]
    expect(() => assertTally(received, [expectedTally(0, 10)])).not.toThrow()
  })
})
