import { expect, test } from 'vitest'
import { hostLoadSince, parseHostTimes } from '../../src/metrics/host-times.ts'

const at = (numbers: string) => parseHostTimes(`cpu  ${numbers} 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n`)!

test('what the host took, and what others did beside the run, is in percent of all cores', () => {
  const before = at('100 10 20 1000 5 1 4 50')
  const now = at('180 10 40 1085 10 1 4 60')
  // 200 hundredths of a second on all cores: 100 busy, 10 stolen, 90 idle; 60 of the busy ones are the run's.
  expect(hostLoadSince(before, now, 600_000)).toEqual({ stolenPercent: 5, othersPercent: 20 })
})

test('a run that had more than was counted leaves nothing for others', () => {
  const load = hostLoadSince(at('0 0 0 0 0 0 0 0'), at('50 0 0 50 0 0 0 0'), 520_000)
  expect(load).toEqual({ stolenPercent: 0, othersPercent: 0 })
})

test('what says nothing is nothing', () => {
  expect(parseHostTimes('')).toBeNull()
  expect(parseHostTimes('cpu  1 2 3\n')).toBeNull()
  const same = at('1 2 3 4 5 6 7 8')
  expect(hostLoadSince(same, same, 0)).toBeNull()
})
