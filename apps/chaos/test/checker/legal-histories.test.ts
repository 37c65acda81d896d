import { describe, expect, test } from 'vitest'
import { checkHistory } from '../../src/checker/check-history.ts'
import {
  A,
  AT,
  B,
  BY_A,
  CALL,
  FLUSH,
  acknowledged,
  commit,
  drained,
  ends,
  failed,
  given,
  handed,
  handedTo,
  historyOf,
  observed,
  remaining,
  told,
  undelivered,
  type PlantedFact,
} from './history-builder.ts'

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
        { type: 'missed', ...BY_A, ...AT, count: 4 },
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
      'records that a position which was set by hand has missed',
      [
        told('assigned', A),
        handed(A, { 0: 1 }),
        { type: 'moved', ...BY_A, ...AT },
        { type: 'missed', ...BY_A, ...AT, count: 4 },
        handed(A, { 4: 5 }),
      ],
    ],
    [
      'records that were overwritten before the group went back on a commit',
      [
        ...handedTo(A, 3),
        commit('committing', 3),
        commit('committed', 3),
        { type: 'moved', ...BY_A, ...AT },
        commit('committing', 1),
        commit('committed', 1),
        told('assigned', B),
        { type: 'missed', ...BY_A, actor: B, ...AT, count: 2 },
        handed(B, { 3: 4 }, 8),
      ],
    ],
    [
      'a commit back by hand',
      [
        ...handedTo(A, 5),
        commit('committing', 5),
        commit('committed', 5),
        commit('committing', 2),
        commit('committed', 2),
        observed(2, 7),
      ],
    ],
    [
      'an old commit that was observed late',
      [
        ...handedTo(A, 5),
        commit('committing', 5),
        observed(3, 0),
        commit('committed', 5),
        observed(3, 4),
      ],
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
    ['records that failed, and are nowhere', [given(1, 1), failed(1, 'BUFFER_FULL', false)]],
    [
      'a record that failed without an answer, and is in the log',
      [given(1, 1), failed(1, 'REQUEST_TIMED_OUT', true), remaining(0, 1, { 0: 1 })],
    ],
    [
      'a record behind one that was given up without an answer',
      [
        given(1, 2),
        undelivered('REQUEST_TIMED_OUT', true),
        undelivered('OUT_OF_ORDER_SEQUENCE_NUMBER', true),
        failed(2, 'OUT_OF_ORDER_SEQUENCE_NUMBER', true),
      ],
    ],
    ...['WORKER_CRASHED', 'CORRUPT_MESSAGE'].map((error): [string, PlantedFact[]] => [
      `a record whose time was over when it failed with ${error}`,
      [given(1, 1), undelivered(error, true), { ...failed(1, error, true), atMs: 1_001 }],
    ]),
    [
      'a record without a number whose answer may have been dropped, before a later one was appended',
      [
        given(1, 1, 'p3#1'),
        undelivered('WORKER_CRASHED', true, 0, 'p3#1'),
        failed(1, 'WORKER_CRASHED', true, 'p3#1'),
      ],
    ],
    [
      'a call that passes on what a batch has failed with',
      [
        undelivered('WORKER_CRASHED', true),
        { type: 'began', ...FLUSH, deadlineMs: 10 },
        { type: 'ended', ...FLUSH, error: 'WORKER_CRASHED' },
      ],
    ],
    [
      'a commit of a former owner that began before the next one came',
      [
        ...handedTo(A, 2),
        commit('committing', 2),
        told('assigned', B),
        commit('committed', 2),
        handed(B, { 0: 1 }, 5),
      ],
    ],
    [
      'a commit of a former owner that is refused',
      [...handedTo(A, 2), told('assigned', B), commit('committing', 2), handed(B, { 0: 1 }, 5)],
    ],
    [
      'an owner that begins behind what the one before went on from',
      [
        ...handedTo(A, 2),
        { type: 'began', ...CALL, deadlineMs: 10 },
        told('assigned', B),
        handed(B, { 2: 3 }, 5),
      ],
    ],
    [
      'ends that were asked for before, and told late',
      [
        given(1, 3),
        acknowledged(1, 0),
        ends(0, 1, 0),
        acknowledged(3, 2),
        ends(0, 1, 2),
        ends(0, 3, 5),
      ],
    ],
    [
      'a record that was sent before another was acknowledged, and comes after it',
      [given(1, 1), given(1, 1, 'p2#1'), acknowledged(1, 0), acknowledged(1, 1, 'p2#1')],
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
