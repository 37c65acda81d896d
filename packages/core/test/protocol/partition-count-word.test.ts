import { PartitionCountWord } from '@ringlog/core/internal'
import { expect, test } from 'vitest'

test('the number of partitions is seen by whoever opened the same memory, and -1 once deleted', () => {
  const written = new PartitionCountWord()
  const seen = new PartitionCountWord(written.memory)
  written.setCount(3)
  expect([seen.count, seen.isDeleted]).toEqual([3, false])
  expect(new Int32Array(written.memory)[0]).toBe(3)
  written.setDeleted()
  expect([seen.count, seen.isDeleted]).toEqual([-1, true])
})
