import { partitionerOption, show } from '@ringlog/core/internal'
import { describe, expect, test } from 'vitest'

const option = partitionerOption()

describe('the option for a partitioner', () => {
  test('is "default" by default', () => {
    expect(option.default).toBe('default')
  })

  class OwnPartitioner {
    partition(): number {
      return 0
    }
  }

  test.each(['default', 'roundRobin', 'sticky', { partition: () => 0 }, new OwnPartitioner()])(
    'takes %o',
    (value) => {
      expect(option.fault(value)).toBeNull()
    },
  )

  test.each([
    'Default',
    '',
    'random',
    null,
    7,
    {},
    [],
    { partition: 3 },
    { partition: null },
    () => 0,
    OwnPartitioner,
  ])('refuses %o', (value) => {
    expect(option.fault(value)).toBe(
      `must be "default", "roundRobin", "sticky" or have a method partition, got ${show(value)}`,
    )
  })
})
