import { describe, expect, test } from 'vitest'
import { CrashChecker } from '../../src/crashes/crash-checker.ts'
import type { SessionEvent } from '../../src/crashes/session-event.ts'

const partition = 0
const sent = (name: string): SessionEvent => ({ type: 'sent', partition, name })
const acknowledged = (offset: number, name: string): SessionEvent => ({
  type: 'acknowledged',
  partition,
  offset,
  name,
})
const found = (from: number, ...names: string[]): SessionEvent => ({
  type: 'found',
  partition,
  from,
  names,
})
const deleted = (offset: number): SessionEvent => ({ type: 'deleted', partition, offset })
const began = (end: number, committed: number | null = null, start = 0): SessionEvent => ({
  type: 'began',
  partition,
  start,
  end,
  committed,
})
const handed = (first: number, last: number): SessionEvent => ({
  type: 'handed',
  partition,
  first,
  last,
})
const commit = (offset: number): SessionEvent[] => [
  { type: 'committing', partition, offset },
  { type: 'committed', partition, offset },
]
const THREE = [sent('0.0.0'), sent('0.0.1'), sent('0.0.2')]

function compactedFaultsOf(...sessions: SessionEvent[][]): readonly string[] {
  return faultsBy(new CrashChecker(1, true), sessions)
}

/** What the checker says of sessions, each a list of events. */
function faultsOf(...sessions: SessionEvent[][]): readonly string[] {
  return faultsBy(new CrashChecker(1), sessions)
}

function faultsBy(checker: CrashChecker, sessions: SessionEvent[][]): readonly string[] {
  for (const events of sessions) {
    for (const event of events) checker.see(event)
    checker.endSession()
  }
  return checker.faults
}

describe('the checker of crashes', () => {
  test('finds nothing where all is well', () => {
    const first = [...THREE, acknowledged(0, '0.0.0'), handed(0, 0), ...commit(1)]
    const second = [began(2, 1), found(0, '0.0.0', '0.0.1'), handed(1, 1)]
    expect(faultsOf(first, second)).toEqual([])
    // What the group has committed may be deleted before it was found.
    const third = [began(2, 1, 1), found(1, '0.0.1'), deleted(1)]
    expect(faultsOf(first, third, [began(2, 1, 1)])).toEqual([])
    // What was not acknowledged may be there or not.
    expect(faultsOf(first, [began(1, 1), found(0, '0.0.0')])).toEqual([])
  })

  test.each<[string, SessionEvent[][]]>([
    ['is lost', [[...THREE, acknowledged(1, '0.0.1')], [began(1)]]],
    ['is there twice', [THREE, [began(2), found(0, '0.0.0', '0.0.0')]]],
    [
      'was acknowledged at 0',
      [
        [...THREE, acknowledged(0, '0.0.0')],
        [began(1), found(0, '0.0.1')],
      ],
    ],
    ['after number 1', [THREE, [began(2), found(0, '0.0.1', '0.0.0')]]],
    ['nobody has sent it', [THREE, [began(1), found(0, '9.9.9')]]],
    ['was found after', [THREE, [began(2), found(1, '0.0.0')]]],
    [
      'was acknowledged at 0, where 0.0.0 is',
      [[...THREE, acknowledged(0, '0.0.0'), acknowledged(0, '0.0.1')]],
    ],
    ['the group had committed 2', [[...THREE, handed(0, 1), ...commit(2)], [began(3, 1)]]],
    ['asked for 1 at most', [[...THREE, handed(0, 1), ...commit(1)], [began(3, 2)]]],
    [
      'the group began at 0',
      [
        [...THREE, handed(0, 1), ...commit(2)],
        [began(3, 2), handed(0, 0)],
      ],
    ],
    ['the group was handed 2 after 0', [[...THREE, handed(0, 0), handed(2, 2)]]],
    ['what lies before 2 had been deleted', [[...THREE, ...commit(3), deleted(2)], [began(3, 3)]]],
    ['the group has committed 1 at most', [[...THREE, ...commit(1)], [began(3, 1, 2)]]],
    ['something', [[{ type: 'complaint', message: 'something' }]]],
  ])('finds that what %s', (fault, sessions) => {
    expect(faultsOf(...sessions).join('\n')).toContain(fault)
  })
})

describe('the checker of a compacted partition', () => {
  const KEYS = 40
  const foundAll: SessionEvent = { type: 'foundAll', partition }
  const later = `0.0.${KEYS}`
  const sentBoth = [sent('0.0.0'), sent(later)]
  const both = [...sentBoth, acknowledged(0, '0.0.0'), acknowledged(1, later)]

  test('finds nothing where the last record of each key is there', () => {
    expect(compactedFaultsOf(both, [began(2), found(1, later), foundAll])).toEqual([])
    const first = [...both, handed(0, 1), ...commit(2)]
    expect(compactedFaultsOf(first, [began(2, 2), found(1, later), foundAll])).toEqual([])
  })

  test.each<[string, SessionEvent[][]]>([
    [`${later} is lost`, [both, [began(2), found(0, '0.0.0'), foundAll]]],
    ['the log ends at 1', [both, [began(1)]]],
    ['where 0.0.0 was', [both, [began(2), found(0, later)]]],
    ['and was at 1', [both, [began(3), found(2, later)]]],
    ['nobody has sent it', [both, [began(3), found(2, '9.9.9')]]],
    ['the group had committed 2', [[...both, ...commit(2)], [began(2, 1)]]],
    [
      'the group began at 0',
      [
        [...both, ...commit(2)],
        [began(2, 2), handed(0, 1)],
      ],
    ],
    ['handed 0 after 1', [[...both, handed(1, 1), handed(0, 0)]]],
  ])('finds that what %s', (fault, sessions) => {
    expect(compactedFaultsOf(...sessions).join('\n')).toContain(fault)
  })
})
