import { expect, test } from 'vitest'
import { exponentialBackoffMs } from '@ringlog/core/internal'

test('twice as long each time, up to a second', () => {
  const waits = [1, 2, 3, 4, 5, 50].map((attempts) => exponentialBackoffMs(100, attempts))
  expect(waits).toEqual([100, 200, 400, 800, 1000, 1000])
})

test('a backoff of more than a second stays as it is', () => {
  expect([1, 2, 9].map((attempts) => exponentialBackoffMs(5000, attempts))).toEqual([
    5000, 5000, 5000,
  ])
})

test('up to a fifth more or less by chance', () => {
  expect(exponentialBackoffMs(100, 1, 0)).toBeCloseTo(80)
  expect(exponentialBackoffMs(100, 1, 1)).toBeCloseTo(120)
})

test('none at all', () => {
  expect(exponentialBackoffMs(0, 3, 1)).toBe(0)
})
