import { RinglogError } from '@ringlog/core'
import { describe, expect, test } from 'vitest'
import { PartitionQuota } from '../../../src/controller/topic/partition-quota.ts'

function refusal(quota: PartitionQuota, current: number, requested: unknown): RinglogError {
  try {
    quota.checkGrowth('orders', current, requested)
  } catch (error) {
    if (RinglogError.is(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the partitions that a broker may still start', () => {
  test('go down with every topic and up again when it goes', () => {
    const quota = new PartitionQuota(10)
    quota.take(6)
    expect(quota.left).toBe(4)
    quota.giveBack(6)
    expect(quota.left).toBe(10)
  })

  test('let a topic grow by as many as are left', () => {
    const quota = new PartitionQuota(10)
    quota.take(6)
    expect(quota.checkGrowth('orders', 3, 4)).toBe(1)
    expect(quota.checkGrowth('orders', 3, 7)).toBe(4)
    expect(refusal(quota, 3, 8)).toMatchObject({
      code: 'INVALID_PARTITIONS',
      errorCode: 37,
      message:
        "topic orders has 3 partitions, asked for 8: the broker's maxPartitions leaves 4 more",
      details: { topic: 'orders', partitions: 3, requested: '8', left: 4 },
    })
  })

  test.each([3, 2, 1, 0, -1])('let no topic of 3 shrink or stay: %i', (requested) => {
    expect(refusal(new PartitionQuota(10), 3, requested)).toMatchObject({
      code: 'INVALID_PARTITIONS',
      message:
        `topic orders has 3 partitions, asked for ${requested}: ` +
        'partitions can be added, not taken away',
    })
  })

  test.each<[unknown, string]>([
    [4.5, '4.5'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    ['4', '"4"'],
    [null, 'null'],
    [undefined, 'undefined'],
  ])('are counted in integers, not %s', (requested, shown) => {
    expect(refusal(new PartitionQuota(10), 3, requested)).toMatchObject({
      code: 'INVALID_PARTITIONS',
      message: `the number of partitions must be an integer, got ${shown}`,
    })
  })
})
