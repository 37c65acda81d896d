import { sequenceAfter } from '@ringlog/core/internal'
import { expect, test } from 'vitest'

const MAX = 2 ** 31 - 1

test.each([
  [0, 1, 1],
  [MAX - 1, 1, MAX],
  [MAX, 1, 0],
  [MAX - 2, 5, 2],
  [7, 0, 7],
])('%i and %i records further on comes %i', (sequence, records, expected) => {
  expect(sequenceAfter(sequence, records)).toBe(expected)
})
