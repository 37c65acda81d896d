import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkHistory } from '../../src/checker/check-history.ts'
import { PLANTED_FAULTS } from './planted-faults.ts'
import { SimulatedHistory, STEPS, type Step } from './simulated-history.ts'
import { append } from './simulated-scenes.ts'

const STEP: fc.Arbitrary<Step> = fc.record({
  do: fc.constantFrom('send' as const, 'send' as const, 'poll' as const, ...STEPS),
  who: fc.nat(5),
  at: fc.nat(5),
  count: fc.integer({ min: 1, max: 4 }),
  how: fc.nat(9),
})
const HISTORY = fc.array(STEP, { maxLength: 60, size: 'max' })

test('a simulated history has no anomaly', () => {
  fc.assert(
    fc.property(HISTORY, (steps) => {
      const history = new SimulatedHistory()
      for (const step of steps) history.take(step)
      expect(checkHistory(history.end())).toEqual([])
    }),
    { numRuns: 1_000 },
  )
})

test('what was gone when a position was set back need not be counted, what went later must', () => {
  const history = new SimulatedHistory()
  const at = history.partitions[2]!
  for (let i = 0; i < 20; i++) append(history, i, at)
  history.poll(at, 6)
  at.logStartOffset = 10
  const by = { actor: 'o#1', group: null, topic: 'e', partition: 0 }
  history.facts.push({ type: 'moved', ...by }, { type: 'sought', ...by, logStartOffset: 10 })
  // From its own memory, and then from where the log starts.
  history.facts.push({
    type: 'handed',
    ...by,
    since: history.now,
    offsets: [4, 5],
    records: at.records.slice(4, 6),
  })
  at.position = 10
  history.poll(at, 3)
  expect(checkHistory(history.end())).toEqual([])
  history.poll(at, 1, [14])
  expect(checkHistory(history.end()).map(({ kind }) => kind)).toEqual(['gap'])
})

describe('a fault at a random place of a simulated history is found, and called by its name', () => {
  test.each(PLANTED_FAULTS)('$kind: $what', ({ kind, plant, isSeenWhole }) => {
    fc.assert(
      fc.property(HISTORY, HISTORY, fc.nat(11), (before, after, who) => {
        const history = new SimulatedHistory()
        for (const at of history.partitions) at.isKept = isSeenWhole === true
        for (const step of before) history.take(step)
        plant(history, who)
        for (const step of after) history.take(step)
        const anomalies = checkHistory(history.end())
        expect([...new Set(anomalies.map((anomaly) => anomaly.kind))]).toEqual([kind])
      }),
      { numRuns: 200 },
    )
  })
})
