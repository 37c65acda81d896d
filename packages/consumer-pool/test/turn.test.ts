import { expect, test } from 'vitest'
import { Turn } from '../src/handling/turn.ts'

test('a turn that is over stays over until the event loop has turned, however rarely the clock is looked at', () => {
  const turn = new Turn()
  turn.begin()
  while (!turn.isOver());
  expect(turn.isOver()).toBe(true)
  expect(turn.isOver()).toBe(true)
})
