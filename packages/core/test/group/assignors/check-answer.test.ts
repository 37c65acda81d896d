import { describe, expect, test } from 'vitest'
import { checkAnswer } from '../../../src/group/assignors/check-answer.ts'
import { requestOf } from './assignor-requests.ts'

const request = requestOf({ t: 2, u: 1 }, { a: { topics: ['t'] }, b: { topics: ['t', 'u'] } })

describe('an assignor’s answer', () => {
  test('may leave partitions and members out', () => {
    expect(checkAnswer('mine', request, new Map())).toEqual(new Map())
    const answer = new Map([['b', [{ topic: 'u', partition: 0, weight: 3 }]]])
    expect(checkAnswer('mine', request, answer)).toEqual(
      new Map([['b', [{ topic: 'u', partition: 0 }]]]),
    )
  })

  const t0 = { topic: 't', partition: 0 }
  for (const [name, answer, fault] of [
    [
      'is no Map',
      { a: [t0] },
      'must return a Map of member ids to partitions, got an object (Object)',
    ],
    ['is a promise', Promise.resolve(new Map()), 'got an object (Promise)'],
    ['is nothing', undefined, 'got undefined'],
    ['names a stranger', new Map([['c', [t0]]]), 'names "c", which is not a member of the group'],
    ['gives no array', new Map([['a', t0]]), 'must give member a an array, got an object (Object)'],
    [
      'gives nothing',
      new Map([['a', [null]]]),
      'names topic undefined, which no member subscribes to',
    ],
    ['makes a topic up', new Map([['a', [{ topic: 'v', partition: 0 }]]]), 'names topic "v"'],
    [
      'makes a partition up',
      new Map([['a', [{ topic: 't', partition: 2 }]]]),
      'names partition 2 of topic t: it must be an integer from 0 to 1',
    ],
    ['counts from below', new Map([['a', [{ topic: 't', partition: -1 }]]]), 'names partition -1'],
    ['gives halves', new Map([['a', [{ topic: 't', partition: 0.5 }]]]), 'names partition 0.5'],
    [
      'gives what is not subscribed to',
      new Map([['a', [{ topic: 'u', partition: 0 }]]]),
      'gives u-0 to a, which does not subscribe to it',
    ],
    [
      'gives twice',
      new Map([
        ['a', [t0]],
        ['b', [t0]],
      ]),
      'gives t-0 twice, to a and to b',
    ],
    ['gives one member twice', new Map([['a', [t0, t0]]]), 'gives t-0 twice, to a and to a'],
  ] as const) {
    test(`is refused when it ${name}`, () => {
      expect(() => checkAnswer('file:///mine.js', request, answer)).toThrow(
        expect.objectContaining({
          code: 'INVALID_REQUEST',
          message: expect.stringContaining(fault),
          details: { assignor: 'file:///mine.js' },
        }),
      )
      expect(() => checkAnswer('file:///mine.js', request, answer)).toThrow(
        /^assignor file:\/\/\/mine\.js /,
      )
    })
  }
})
