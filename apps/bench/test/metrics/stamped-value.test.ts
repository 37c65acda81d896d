import { describe, expect, test } from 'vitest'
import {
  MIN_VALUE_BYTES,
  StampChecker,
  assertTally,
  expectedTally,
  patternValue,
  stamp,
  type Tally,
  type ValueWalk,
} from '../../src/metrics/stamped-value.ts'

const SIZE_BYTES = 100

function stamped(sequence: number, producer = 0, sizeBytes = SIZE_BYTES): Uint8Array {
  const value = patternValue(sizeBytes, producer)
  stamp(value, sequence)
  return value
}

/** A value of a partition. */
interface Received {
  readonly value: Uint8Array
  readonly partition?: number
}

/** The values one after the other in one memory, as a cursor finds them. */
class Walk implements ValueWalk {
  readonly bytes: Uint8Array
  valueStart = 0
  valueLength = 0
  partition = 0
  readonly #received: readonly Received[]
  #index = -1

  constructor(received: readonly Received[]) {
    this.#received = received
    this.bytes = Buffer.concat(received.map(({ value }) => value))
  }

  next(): boolean {
    this.valueStart += this.valueLength
    const { value, partition = 0 } = this.#received[++this.#index] ?? {}
    if (value === undefined) return false
    this.valueLength = value.length
    this.partition = partition
    return true
  }
}

type TakeIn = (checker: StampChecker, ...received: Received[]) => void

/** Both ways of checking ask the same. */
const WAYS: Array<[name: string, takeIn: TakeIn]> = [
  [
    'one by one',
    (checker, ...received) => {
      for (const { value, partition } of received) {
        checker.check(value, 0, value.length, partition)
      }
    },
  ],
  ['by a walk of all', (checker, ...received) => checker.checkAll(new Walk(received))],
  [
    'by walks of one',
    (checker, ...received) => received.forEach((one) => checker.checkAll(new Walk([one]))),
  ],
]

describe.each(WAYS)('what was received, checked %s,', (_name, takeIn) => {
  const check = (checker: StampChecker, ...values: Uint8Array[]): void =>
    takeIn(checker, ...values.map((value) => ({ value })))
  const after = (...sequences: number[]): StampChecker => {
    const checker = new StampChecker(SIZE_BYTES, 2)
    check(checker, ...sequences.map((sequence) => stamped(sequence)))
    return checker
  }

  test('is counted and summed, each producer in its own order', () => {
    const checker = new StampChecker(SIZE_BYTES, 2)
    const sent = [
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 2],
      [1, 1],
    ] as const
    check(checker, ...sent.map(([producer, sequence]) => stamped(sequence, producer)))
    expect(checker.tally).toEqual({ count: 5, sum: 4 })
    assertTally([checker.tally], [expectedTally(0, 3), expectedTally(0, 2)])
  })

  test('is in order within each partition, not across them', () => {
    const checker = new StampChecker(SIZE_BYTES, 1)
    const sent = [
      [0, 5],
      [3, 1],
      [0, 6],
      [3, 2],
    ] as const
    takeIn(
      checker,
      ...sent.map(([partition, sequence]) => ({ value: stamped(sequence), partition })),
    )
    expect(checker.tally).toEqual({ count: 4, sum: 14 })
    expect(() => takeIn(checker, { value: stamped(2), partition: 3 })).toThrow(
      'producer 0, partition 3: sequence 2 came after 2',
    )
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
  })

  test('is refused where it comes a second time', () => {
    expect(() => check(after(0, 1), stamped(1))).toThrow(
      'producer 0, partition 0: sequence 1 came after 1',
    )
  })

  test('is refused where it comes after a later one', () => {
    expect(() => check(after(0, 2), stamped(1))).toThrow(
      'producer 0, partition 0: sequence 1 came after 2',
    )
  })

  test('is refused of a producer that there is not', () => {
    expect(() => check(after(), stamped(0, 2))).toThrow('producer 2')
  })

  test('is refused in another size', () => {
    expect(() => check(after(), stamped(0, 0, SIZE_BYTES - 1))).toThrow('is not what was sent')
    expect(() => check(after(), stamped(0, 0, SIZE_BYTES + 1))).toThrow('is not what was sent')
  })

  test('is refused where its end belongs to another', () => {
    const spliced = stamped(0)
    spliced[SIZE_BYTES - 1] = 0
    expect(() => check(after(), spliced)).toThrow('value 0 of producer 0 is not what was sent')
  })

  test('is counted up to what is refused, and its order goes on from there', () => {
    const checker = after(7, 8)
    expect(() => check(checker, stamped(9), stamped(8), stamped(10))).toThrow('8 came after 9')
    expect(checker.tally).toEqual({ count: 3, sum: 24 })
    expect(() => check(checker, stamped(9))).toThrow('9 came after 9')
    check(checker, stamped(10))
    expect(checker.tally).toEqual({ count: 4, sum: 34 })
  })

  test('is in order beyond half of all sequences', () => {
    const checker = after(2 ** 31 - 1, 2 ** 31, 2 ** 31 + 5)
    expect(checker.tally).toEqual({ count: 3, sum: 3 * 2 ** 31 + 4 })
    expect(() => check(checker, stamped(2 ** 31 + 5))).toThrow('2147483653 came after 2147483653')
    expect(() => check(checker, stamped(3))).toThrow('3 came after 2147483653')
  })
})

test('the sum of a checker goes on past what a number holds, and from an earlier tally', () => {
  const checker = new StampChecker(SIZE_BYTES, 1)
  const last = stamped(2 ** 32 - 1)
  const partitions = 1_100_000
  let before = checker.tally
  for (let partition = 0; partition < partitions; partition++) {
    if (partition === partitions - 1) before = checker.tally
    checker.check(last, 0, SIZE_BYTES, partition)
  }
  const whole = BigInt(partitions) * (2n ** 32n - 1n)
  expect(checker.tally).toEqual({ count: partitions, sum: Number(whole % 2n ** 52n) })
  expect(checker.tallySince(before)).toEqual({ count: 1, sum: 2 ** 32 - 1 })
})

test('one value is found at any place of a larger memory', () => {
  const checker = new StampChecker(SIZE_BYTES, 1)
  const memory = new Uint8Array(3 * SIZE_BYTES).fill(0xff)
  memory.set(stamped(70_000), 13)
  checker.check(memory, 13, SIZE_BYTES)
  expect(checker.tally).toEqual({ count: 1, sum: 70_000 })
})

test('a value has room for its stamp', () => {
  expect(() => patternValue(MIN_VALUE_BYTES - 1, 0)).toThrow('needs 5 bytes at least, got 4')
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

  test.each([134_217_729, 349_200_000, 3_000_000_000])(
    'is exact for %i records, whose sum no number can hold',
    (count) => {
      // As the checker adds them up: part by part.
      const part = 1_000_003
      let sum = 0n
      const received: Tally[] = []
      for (let first = 0; first < count; first += part) {
        const tally = expectedTally(first, Math.min(part, count - first))
        received.push(tally)
        sum += BigInt(tally.sum)
      }
      const expected = expectedTally(0, count)
      expect(expected.sum).toBe(Number(sum % 2n ** 52n))
      expect(() => assertTally(received, [expected])).not.toThrow()
      const other = { ...expected, sum: expected.sum + 1 }
      expect(() => assertTally(received, [other])).toThrow('with sum')
    },
  )

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
