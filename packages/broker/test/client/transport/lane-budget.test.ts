import { PartitionCountWord, type ProducerDescription } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'
import { LaneBudgets } from '../../../src/client/transport/lane-budget.ts'

const MIB = 2 ** 20

/** A producer whose lanes are a quarter of its memory each. */
function producer(options: Partial<ProducerDescription> = {}): ProducerDescription {
  return {
    clientId: 'p',
    acks: 'all',
    transport: 'auto',
    batchSizeBytes: 64 * 1024,
    bufferMemoryBytes: MIB,
    maxInFlight: null,
    waitStrategy: 'park',
    ...options,
  }
}

function countOf(partitions: number): PartitionCountWord {
  const word = new PartitionCountWord()
  word.setCount(partitions)
  return word
}

/** The lanes of the first partitions of a topic. */
function lanes(
  budgets: LaneBudgets,
  by: ProducerDescription,
  topic: string,
  count: number,
): Array<number | null> {
  return Array.from({ length: count }, (_, partition) =>
    budgets.laneBytesOf(by, { topic, partition }),
  )
}

describe('the lanes of a producer', () => {
  const QUARTER = MIB / 4

  test('stay within its memory, and a partition keeps what it got', () => {
    const budgets = new LaneBudgets()
    budgets.onTopic('a', countOf(8))
    const by = producer()
    const expected = [QUARTER, QUARTER, QUARTER, QUARTER, null, null]
    expect(lanes(budgets, by, 'a', 6)).toEqual(expected)
    expect(lanes(budgets, by, 'a', 6)).toEqual(expected)
  })

  test('are its own: another one has as much', () => {
    const budgets = new LaneBudgets()
    budgets.onTopic('a', countOf(8))
    lanes(budgets, producer(), 'a', 8)
    expect(lanes(budgets, producer(), 'a', 2)).toEqual([QUARTER, QUARTER])
  })

  test('are given back when their topic is deleted, also where one of its name is made', () => {
    const budgets = new LaneBudgets()
    const by = producer()
    const first = countOf(4)
    budgets.onTopic('a', first)
    budgets.onTopic('b', countOf(2))
    lanes(budgets, by, 'a', 4)
    expect(lanes(budgets, by, 'b', 1)).toEqual([null])
    first.setDeleted()
    expect(lanes(budgets, by, 'b', 1)).toEqual([QUARTER])
    budgets.onTopic('a', countOf(4))
    expect(lanes(budgets, by, 'a', 4)).toEqual([QUARTER, QUARTER, QUARTER, null])
  })

  test('are none with the transport rpc', () => {
    const budgets = new LaneBudgets()
    budgets.onTopic('a', countOf(1))
    expect(lanes(budgets, producer({ transport: 'rpc' }), 'a', 1)).toEqual([null])
  })
})
