import { describe, expect, test } from 'vitest'
import { checkHistory } from '../../src/checker/check-history.ts'
import type { AnomalyKind } from '../../src/checker/anomaly.ts'
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

const OUT_OF_ORDER = 'OUT_OF_ORDER_SEQUENCE_NUMBER'

function kinds(...facts: PlantedFact[]): AnomalyKind[] {
  return checkHistory(historyOf(...facts)).map(({ kind }) => kind)
}

describe('a planted fault is found', () => {
  test.each<[kind: AnomalyKind, what: string, facts: PlantedFact[]]>([
    ['lost', 'past the end of the log', [acknowledged(1, 7), remaining(0, 0, {})]],
    [
      'lost',
      'overwritten before a member of the group had it',
      [...handedTo(A, 1), { type: 'missed', ...BY_A, ...AT, count: 4 }, handed(A, { 5: 6 })],
    ],
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
    ['never sent', 'by anybody', [given(1, 1), remaining(0, 2, { 0: 1, 1: 2 })]],
    ['never sent', 'before it is in the log', [remaining(0, 1, { 0: 1 }), given(1, 1)]],
    ['log went back', 'in its end', [ends(0, 3, 0), ends(0, 2, 2)]],
    ['log went back', 'in its start', [ends(2, 3, 0), ends(1, 3, 2)]],
    ['log went back', 'behind what was acknowledged', [acknowledged(4, 3), ends(0, 3, 2)]],
    ['log went back', 'behind what was handed out', [...handedTo(A, 2), ends(0, 1, 3)]],
    ['log went back', 'in what remains', [ends(0, 3, 0), remaining(0, 1, { 0: 1 })]],
    [
      'log went back',
      'below what was acknowledged before a record was sent',
      [given(1, 1), acknowledged(1, 1), given(1, 1, 'p2#1'), acknowledged(1, 0, 'p2#1')],
    ],
    ['gap', 'within a poll', [told('assigned', A), handed(A, { 0: 1, 2: 3 })]],
    [
      'gap',
      'beside what was missed',
      [
        told('assigned', A),
        handed(A, { 0: 1 }),
        { type: 'deleted', ...AT, before: 3 },
        { type: 'missed', ...BY_A, ...AT, count: 2 },
        handed(A, { 4: 5 }),
      ],
    ],
    ['gap', 'between polls', [told('assigned', A), handed(A, { 0: 1 }), handed(A, { 2: 3 })]],
    ['went back', 'between polls', [...handedTo(A, 3), handed(A, { 2: 3 })]],
    [
      'went back',
      'within a poll',
      [
        told('assigned', A),
        {
          type: 'handed',
          ...BY_A,
          ...AT,
          since: 0,
          offsets: [0, 0],
          records: ['p1#1:1', 'p1#1:1'],
        },
      ],
    ],
    [
      'two owners',
      'that are handed records in turns',
      [
        told('assigned', A),
        handed(A, { 0: 1 }),
        told('assigned', B),
        handed(B, { 0: 1 }, 3),
        handed(A, { 1: 2 }, 5),
      ],
    ],
    [
      'two owners',
      'where a former one commits',
      [...handedTo(A, 2), told('assigned', B), commit('committing', 2), commit('committed', 2)],
    ],
    ['committed beyond', 'what anybody was handed', [...handedTo(A, 2), observed(3, 3)]],
    [
      'committed beyond',
      'what the one before went on from',
      [...handedTo(A, 2), told('assigned', B), handed(B, { 1: 2 }, 4)],
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
      [...handedTo(A, 5), commit('committing', 5), commit('committed', 5), observed(4, 5)],
    ],
    [
      'commit went back',
      'behind what was observed',
      [...handedTo(A, 5), observed(5, 0), observed(4, 4)],
    ],
    [
      'commit went back',
      'where the next owner begins',
      [
        ...handedTo(A, 2),
        commit('committing', 2),
        commit('committed', 2),
        told('assigned', B),
        handed(B, { 1: 2 }, 6),
      ],
    ],
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
      [failed(1, 'BUFFER_FULL', false), remaining(0, 1, { 0: 1 })],
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
    ['unexpected error', 'of a record', [failed(1, OUT_OF_ORDER, true)]],
    [
      'unexpected error',
      'of a batch that nothing is the matter with',
      [undelivered(OUT_OF_ORDER, true)],
    ],
    [
      'unexpected error',
      'of a batch behind one of another partition',
      [undelivered('REQUEST_TIMED_OUT', true, 1), undelivered(OUT_OF_ORDER, true)],
    ],
    [
      'unexpected error',
      'of a batch that is not in the log, behind one that may be',
      [undelivered('REQUEST_TIMED_OUT', true), undelivered(OUT_OF_ORDER, false)],
    ],
    [
      'unexpected error',
      'of a partition whose worker is left alone',
      [undelivered('WORKER_CRASHED', true, 1)],
    ],
    ...['WORKER_CRASHED', 'CORRUPT_MESSAGE'].map((error): [AnomalyKind, string, PlantedFact[]] => [
      'unexpected error',
      `of a record that still has time: ${error}`,
      [given(1, 1), undelivered(error, true), failed(1, error, true)],
    ]),
    [
      'unexpected error',
      'of a flush that passes on what nothing has failed with',
      [
        { type: 'began', ...FLUSH, deadlineMs: 10 },
        { type: 'ended', ...FLUSH, error: 'WORKER_CRASHED' },
      ],
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
