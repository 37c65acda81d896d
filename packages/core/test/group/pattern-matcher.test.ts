import { PatternMatcher, TopicFilter, monotonicMs } from '@ringlog/core/internal'
import { expect, test } from 'vitest'

/** Takes some 2^n steps on a name of n times the letter "a" and another one. */
const CATASTROPHIC = /^(a+)+$/
const HARD_NAME = `${'a'.repeat(60)}!`

const refused = (pattern: RegExp): unknown =>
  expect.objectContaining({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining(
      `pattern ${String(pattern)} takes longer than 200 ms`,
    ) as string,
    details: { pattern: String(pattern), limitMs: 200 },
  })

test('selects as its filter does, from what there is', () => {
  const matcher = new PatternMatcher(new TopicFilter(/^o/g))
  expect(matcher.select(['other', 'audit', 'orders'])).toEqual(['orders', 'other'])
  expect(matcher.select(['orders', 'omega', 'audit'])).toEqual(['omega', 'orders'])
  expect(matcher.select([])).toEqual([])
  expect(matcher.select(['other'])).toEqual(['other'])
  const list = new PatternMatcher(new TopicFilter(['b', 'a', 'c']))
  expect(list.select(['a', 'b', 'd'])).toEqual(['a', 'b'])
})

test('refuses a pattern that would take for ever, for a while without another try', () => {
  const matcher = new PatternMatcher(new TopicFilter(CATASTROPHIC))
  expect(matcher.select(['a', 'aaa', 'b'])).toEqual(['a', 'aaa'])
  expect(() => matcher.select(['a', HARD_NAME])).toThrow(refused(CATASTROPHIC))
  const startMs = monotonicMs()
  for (let i = 0; i < 100; i++) {
    const next = new PatternMatcher(new TopicFilter(CATASTROPHIC))
    expect(() => next.select([HARD_NAME])).toThrow(refused(CATASTROPHIC))
  }
  // A hundred tries would take twenty seconds.
  expect(monotonicMs() - startMs).toBeLessThan(5_000)
  // What it had found stays, and other patterns are not concerned.
  expect(matcher.select(['aaa', 'b'])).toEqual(['aaa'])
  expect(new PatternMatcher(new TopicFilter(/^a+$/)).select(['aa', HARD_NAME])).toEqual(['aa'])
})
