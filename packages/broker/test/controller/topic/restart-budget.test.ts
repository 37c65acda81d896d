import { expect, test } from 'vitest'
import { RestartBudget } from '../../../src/controller/topic/restart-budget.ts'

const LONG_MS = 10_000

test('a worker is restarted at most so often within any window', () => {
  const budget = new RestartBudget({ maxRestarts: 2, restartWindowMs: 1_000 })
  expect(budget.take(0, LONG_MS)).toBe(0)
  expect(budget.take(900, LONG_MS)).toBe(0)
  expect(budget.take(999, LONG_MS)).toBeNull()
  expect(budget.taken).toBe(2)
  expect(budget.take(1_000, LONG_MS)).toBe(0) // the first is out of the window
  expect(budget.take(1_001, LONG_MS)).toBeNull()
  budget.reset()
  expect(budget.take(1_002, LONG_MS)).toBe(0)
  expect(budget.take(1_003, LONG_MS)).toBe(0)
  expect(budget.take(1_004, LONG_MS)).toBeNull()
})

test('with maxRestarts 0 it never is', () => {
  expect(new RestartBudget({ maxRestarts: 0, restartWindowMs: 1_000 }).take(0, LONG_MS)).toBeNull()
})

test('workers that hardly live are restarted ever later, until one lives', () => {
  const budget = new RestartBudget({ maxRestarts: 100, restartWindowMs: 1_000 })
  const delays = Array.from({ length: 10 }, () => budget.take(0, 0))
  expect(delays).toEqual([0, 10, 20, 40, 80, 160, 320, 640, 1_000, 1_000])
  expect(budget.take(0, LONG_MS)).toBe(0)
  expect(budget.take(0, 0)).toBe(0)
})
