import { expect, test } from 'vitest'
import { answerDeadlineMs } from '../../../src/client/transport/answer-deadline.ts'

test.each([
  ['what cannot wait for room', 30_000, 0, 0, 31_000],
  ['what may wait for less than its request takes', 30_000, 0, 20_000, 31_000],
  ['what may wait for longer', 30_000, 0, 60_000, 61_000],
  ['what has waited for most of that before it left', 30_000, -50_000, 60_000, 31_000],
])('%s is given up once both its times are over', (_, ...times) => {
  const [requestDeadlineMs, waitingSinceMs, maxBlockMs, givenUpMs] = times
  expect(answerDeadlineMs({ requestDeadlineMs, waitingSinceMs, maxBlockMs })).toBe(givenUpMs)
})
