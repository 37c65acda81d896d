import { expect, test } from 'vitest'
import { RestartBudget } from '../../../src/controller/topic/restart-budget.ts'

const LONG_MS = 10_000

function died(nowMs: number, livedMs: number, endOffset = 0) {
  return { nowMs, livedMs, endOffset }
}

test('a worker is restarted at most so often within any window', () => {
  const budget = new RestartBudget({ maxRestarts: 2, restartWindowMs: 1_000 })
  expect(budget.take(died(0, LONG_MS))).toBe(0)
  expect(budget.take(died(900, LONG_MS))).toBe(0)
  expect(budget.take(died(999, LONG_MS))).toBeNull()
  expect(budget.taken).toBe(2)
  expect(budget.take(died(1_000, LONG_MS))).toBe(0) // the first is out of the window
  expect(budget.take(died(1_001, LONG_MS))).toBeNull()
  budget.reset()
  expect(budget.take(died(1_002, LONG_MS))).toBe(0)
  expect(budget.take(died(1_003, LONG_MS))).toBe(0)
  expect(budget.take(died(1_004, LONG_MS))).toBeNull()
})

test('with maxRestarts 0 it never is', () => {
  expect(
    new RestartBudget({ maxRestarts: 0, restartWindowMs: 1_000 }).take(died(0, LONG_MS)),
  ).toBeNull()
})

test('workers that hardly live are restarted ever later, until one lives', () => {
  const budget = new RestartBudget({ maxRestarts: 100, restartWindowMs: 1_000 })
  const delays = Array.from({ length: 10 }, () => budget.take(died(0, 0)))
  expect(delays).toEqual([0, 10, 20, 40, 80, 160, 320, 640, 1_000, 1_000])
  expect(budget.take(died(0, LONG_MS))).toBe(0)
  expect(budget.take(died(0, 0))).toBe(0)
})

test('while the broker closes, none is left after three in a row that have appended nothing', () => {
  const budget = new RestartBudget({ maxRestarts: 100, restartWindowMs: 1_000 })
  for (let i = 0; i < 3; i++) expect(budget.take(died(i, LONG_MS, 7))).toBe(0)
  expect(budget.isGivenUp).toBe(false)
  budget.expectClosing()
  expect(budget.take(died(3, LONG_MS, 8))).toBe(0)
  expect(budget.take(died(4, LONG_MS, 8))).toBe(0)
  expect(budget.take(died(5, LONG_MS, 8))).toBe(0)
  expect(budget.take(died(6, LONG_MS, 8))).toBeNull()
  expect(budget.usedUp).toBe('the broker closes, and 3 workers in a row have appended nothing')
})
