import { describe, expect, test } from 'vitest'
import { checkHistory } from '../../src/checker/check-history.ts'
import type { AnomalyKind } from '../../src/checker/anomaly.ts'
import {
  acknowledged,
  commit,
  drained,
  given,
  handed,
  historyOf,
  observed,
  remaining,
  told,
  type PlantedFact,
} from './history-builder.ts'

const A = 'c1#1'
const B = 'c2#1'
const AT = { topic: 't', partition: 0 }
const BY_A = { actor: A, group: 'g' } as const
const CALL = { actor: 'c1', call: 'c1/1', name: 'poll' } as const

function kinds(...facts: PlantedFact[]): AnomalyKind[] {
  return checkHistory(historyOf(...facts)).map(({ kind }) => kind)
}

describe('a clean history has no anomaly', () => {
  test.each<[what: string, facts: PlantedFact[]]>([
    ['nothing at all', []],
    [
      'records that are sent, handed out and committed, and a flush',
      [
        given(1, 3),
        acknowledged(1, 0),
        told('assigned', A),
        handed(A, { 0: 1, 1: 2, 2: 3 }),
        commit('committing', 3),
        commit('committed', 3),
        { type: 'flushed', actor: 'p1#1', from: 1, to: 3 },
        observed(3, 8),
        ...drained(),
        remaining(1, 3, { 1: 2, 2: 3 }),
      ],
    ],
    [
      'records that are handed out again to the next owner',
      [
        told('assigned', A),
        handed(A, { 0: 1, 1: 2 }),
        told('revoked', A),
        told('assigned', B),
        handed(B, { 1: 2, 2: 3 }, 4),
      ],
    ],
    [
      'an owner that has the partition again',
      [
        told('assigned', A),
        handed(A, { 0: 1 }),
        told('lost', A),
        told('assigned', B),
        handed(B, { 0: 1 }, 4),
        told('revoked', B),
        told('assigned', A),
        handed(A, { 1: 2 }, 7),
      ],
    ],
    [
      'a poll of the former owner that began before, and was written down late',
      [told('assigned', A), told('assigned', B), handed(B, { 0: 1 }, 2), handed(A, { 0: 1 }, 1)],
    ],
    [
      'a position that was set by hand',
      [
        told('assigned', A),
        handed(A, { 0: 1, 1: 2 }),
        { type: 'moved', ...BY_A, ...AT },
        handed(A, { 0: 1 }),
      ],
    ],
    [
      'records that were deleted',
      [
        told('assigned', A),
        handed(A, { 0: 1 }),
        { type: 'deleted', ...AT, before: 5 },
        handed(A, { 5: 6 }),
        ...drained(),
        remaining(5, 6, { 5: 6 }),
      ],
    ],
    [
      'records of a topic that is deleted meanwhile',
      [
        told('assigned', A),
        acknowledged(1, 0),
        { type: 'deleting', topic: 't' },
        { type: 'gone', topic: 't' },
        handed(A, { 0: 1 }),
      ],
    ],
    [
      'a commit back by hand',
      [
        commit('committing', 5),
        commit('committed', 5),
        commit('committing', 2),
        commit('committed', 2),
        observed(2, 5),
      ],
    ],
    [
      'an old commit that was observed late',
      [commit('committing', 5), observed(3, 0), commit('committed', 5), observed(3, 2)],
    ],
    [
      'offsets that were reset',
      [
        commit('committing', 5),
        commit('committed', 5),
        { type: 'reset', group: 'g' },
        observed(0, 4),
      ],
    ],
    [
      'calls of a thread that was killed',
      [
        { type: 'began', ...CALL, deadlineMs: 10 },
        { type: 'thread', name: 'thread-1', state: 'killed' },
        { type: 'thread', name: 'thread-1', state: 'ended', atMs: 500 },
      ],
    ],
    ['a call that is pending before its deadline', [{ type: 'began', ...CALL, deadlineMs: 10 }]],
    [
      'records that failed, and are nowhere',
      [given(1, 1), { type: 'failed', actor: 'p1#1', number: 1, error: 'BUFFER_FULL' }],
    ],
    [
      'a listener that threw',
      [
        { type: 'began', ...CALL, deadlineMs: 10 },
        { type: 'ended', ...CALL, error: 'PlannedFailure' },
      ],
    ],
  ])('%s', (_what, facts) => {
    expect(checkHistory(historyOf(...facts))).toEqual([])
  })
})

describe('a planted fault is found', () => {
  test.each<[kind: AnomalyKind, what: string, facts: PlantedFact[]]>([
    ['lost', 'past the end of the log', [acknowledged(1, 7), remaining(0, 0, {})]],
    ['lost', 'a hole in the log', [remaining(0, 3, { 0: 1, 2: 3 })]],
    [
      'lost',
      'flushed, and nowhere',
      [given(1, 2), { type: 'flushed', actor: 'p1#1', from: 1, to: 2 }, remaining(0, 1, { 0: 1 })],
    ],
    [
      'lost',
      'never handed to a member of the group',
      [told('assigned', A), handed(A, { 0: 1 }), ...drained(), remaining(1, 2, { 1: 2 })],
    ],
    ['lost', 'never handed to a member, and overwritten', [...drained(), remaining(2, 2, {})]],
    ['repeated', 'at two offsets', [remaining(0, 2, { 0: 1, 1: 1 })]],
    ['repeated', 'acknowledged elsewhere', [acknowledged(1, 0), remaining(1, 2, { 1: 1 })]],
    ['reordered', 'of one producer', [remaining(0, 2, { 0: 2, 1: 1 })]],
    ['gap', 'within a poll', [told('assigned', A), handed(A, { 0: 1, 2: 3 })]],
    ['gap', 'between polls', [told('assigned', A), handed(A, { 0: 1 }), handed(A, { 2: 3 })]],
    ['went back', 'between polls', [told('assigned', A), handed(A, { 3: 4 }), handed(A, { 3: 4 })]],
    [
      'two owners',
      'that are handed records in turns',
      [
        told('assigned', A),
        handed(A, { 0: 1 }),
        told('assigned', B),
        handed(B, { 1: 2 }, 3),
        handed(A, { 1: 2 }, 5),
      ],
    ],
    ['not told', 'handed without onPartitionsAssigned', [handed(A, { 0: 1 })]],
    [
      'not told',
      'handed after onPartitionsRevoked',
      [told('assigned', A), told('revoked', A), handed(A, { 0: 1 })],
    ],
    [
      'not told',
      'another assignment than it was told',
      [{ type: 'assignment', ...BY_A, partitions: [AT] }],
    ],
    [
      'commit went back',
      'behind an accepted commit',
      [commit('committing', 5), commit('committed', 5), observed(4, 3)],
    ],
    ['commit went back', 'behind what was observed', [observed(5, 0), observed(4, 2)]],
    [
      'changed',
      'between acknowledgement and poll',
      [acknowledged(1, 0), remaining(0, 1, { 0: 2 })],
    ],
    [
      'came back',
      'of a topic that was deleted',
      [
        acknowledged(1, 0),
        { type: 'deleting', topic: 't' },
        { type: 'gone', topic: 't' },
        told('assigned', A),
        handed(A, { 0: 1 }),
      ],
    ],
    ['changed', 'in its bytes', [{ type: 'garbled', ...BY_A, ...AT, offset: 0, text: '?' }]],
    [
      'failed but appended',
      'after BUFFER_FULL',
      [
        { type: 'failed', actor: 'p1#1', number: 1, error: 'BUFFER_FULL' },
        remaining(0, 1, { 0: 1 }),
      ],
    ],
    [
      'failed but appended',
      'though it was not taken',
      [{ type: 'refused', actor: 'p1#1', number: 1 }, remaining(0, 1, { 0: 1 })],
    ],
    [
      'never settles',
      'at all',
      [
        { type: 'began', ...CALL, deadlineMs: 10 },
        { type: 'thread', name: 'thread-1', state: 'ended', atMs: 100 },
      ],
    ],
    [
      'never settles',
      'in time',
      [
        { type: 'began', ...CALL, deadlineMs: 10 },
        { type: 'ended', ...CALL, error: null, atMs: 100 },
      ],
    ],
    ['never settles', 'thread', [{ type: 'thread', name: 'thread-1', state: 'stuck' }]],
    ['forgotten', 'by close', [{ type: 'forgotten', actor: 'p1#1', after: 'close', count: 1 }]],
    [
      'unexpected error',
      'of a call',
      [
        { type: 'began', ...CALL, deadlineMs: 10 },
        { type: 'ended', ...CALL, error: 'INVALID_REQUEST', message: 'no' },
      ],
    ],
    [
      'unexpected error',
      'of a record',
      [{ type: 'failed', actor: 'p1#1', number: 1, error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }],
    ],
    ['unexpected error', 'that nobody caught', [{ type: 'uncaught', error: 'TypeError: x' }]],
    [
      'unexpected error',
      'of a pool',
      [{ type: 'stopped', ...BY_A, error: 'INVALID_STATE', message: 'no' }],
    ],
    ['unexpected error', 'of the process', [{ type: 'process', exitCode: null, stderr: '' }]],
    [
      'left behind',
      'in the process',
      [{ type: 'lingers', name: 'process', resources: ['MessagePort'] }],
    ],
  ])('%s: %s', (kind, _what, facts) => {
    expect(kinds(...facts)).toEqual([kind])
  })

  test('a history without a program', () => {
    expect(checkHistory([]).map(({ kind }) => kind)).toEqual(['left behind'])
  })
})
