import { expect, test } from 'vitest'
import { retryBackoff } from '../src/retry-backoff.ts'

const MEAN = 0.5

test('twice as long each time, up to a second', () => {
  const waits = [1, 2, 3, 4, 5, 50].map((attempts) => retryBackoff(100, attempts, MEAN))
  expect(waits).toEqual([100, 200, 400, 800, 1000, 1000])
})

test('a backoff of more than a second stays as it is', () => {
  expect([1, 2, 9].map((attempts) => retryBackoff(5000, attempts, MEAN))).toEqual([
    5000, 5000, 5000,
  ])
})

test('up to a fifth more or less by chance', () => {
  expect(retryBackoff(100, 1, 0)).toBeCloseTo(80)
  expect(retryBackoff(100, 1, 1)).toBeCloseTo(120)
})

test('none at all', () => {
  expect(retryBackoff(0, 3, 1)).toBe(0)
})
