import { expect, test } from 'vitest'
import { checkHistory } from '../src/checker/check-history.ts'
import { showAnomaly } from '../src/show-anomaly.ts'
import {
  CALL,
  acknowledged,
  given,
  handedTo,
  historyOf,
  remaining,
} from './checker/history-builder.ts'

function shown(...facts: Parameters<typeof historyOf>): string[] {
  const history = historyOf(...facts)
  return showAnomaly(checkHistory(history)[0]!, history).split('\n')
}

test('an anomaly of a record is shown with what became of that record, and the faults', () => {
  const fault = { atMs: 3, do: 'rebalance', group: 'g' } as const
  const lines = shown(
    given(1, 2),
    acknowledged(1, 0),
    acknowledged(2, 1),
    { type: 'fault', fault, state: 'in force' },
    ...handedTo('c1#1', 1),
    remaining(0, 2, { 0: 2, 1: 2 }),
  )
  expect(lines[0]).toMatch(/^ {2}[A-Z ]+ \(event \d+\): .*p1#1:2/)
  const events = lines.slice(1).map((line) => JSON.parse(line) as { type: string })
  expect(events.map(({ type }) => type)).toEqual([
    'given',
    'acknowledged',
    'acknowledged',
    'fault',
    'handed',
    'remaining',
  ])
})

test('one of a call with the last events of its actor, cut where they are long', () => {
  const began = Array.from({ length: 20 }, (_, i) => {
    return { type: 'began', ...CALL, call: `c1/${i}`, deadlineMs: 10_000 } as const
  })
  const ended = { type: 'ended', ...CALL, call: 'c1/19', error: 'INVALID_REQUEST' } as const
  const lines = shown(...began, { ...ended, message: 'no'.repeat(400) })
  expect(lines).toHaveLength(1 + 12 + 1)
  expect(lines[1]).toContain('"call":"c1/8"')
  expect(lines.at(-1)).toMatch(/"error":"INVALID_REQUEST".*…$/)
})
