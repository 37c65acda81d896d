import { describe, expect, test } from 'vitest'
import { stickyAssignor } from '../../../src/group/assignors/sticky-assignor.ts'
import { inShort, requestOf, type MemberInShort } from './assignor-requests.ts'

function assign(
  partitions: Record<string, number>,
  members: Record<string, MemberInShort>,
): Record<string, string> {
  return inShort(stickyAssignor.assign(requestOf(partitions, members)))
}

/** Everybody goes on with what the last answer gave them. */
function owning(
  answer: Record<string, string>,
  topics: readonly string[],
): Record<string, MemberInShort> {
  return Object.fromEntries(
    Object.entries(answer).map(([memberId, owned]) => [memberId, { topics, owned }]),
  )
}

describe('the sticky assignor', () => {
  test('deals out what nobody owns', () => {
    const T = { topics: ['t1', 't2'] }
    expect(assign({ t1: 3, t2: 3 }, { a: T, b: T })).toEqual({
      a: 't1-0 t1-2 t2-1',
      b: 't1-1 t2-0 t2-2',
    })
  })

  test('gives everybody as much of every topic, not only as many in all', () => {
    const topics = ['t1', 't2']
    const answer = assign(
      { t1: 9, t2: 9 },
      {
        a: { topics, owned: 't1-0 t1-1 t1-2 t1-3 t1-4 t1-5' },
        b: { topics, owned: 't2-0 t2-1 t2-2 t2-3 t2-4 t2-5' },
        c: { topics, owned: 't1-6 t1-7 t1-8 t2-6 t2-7 t2-8' },
      },
    )
    expect(answer).toEqual({
      a: 't1-0 t1-1 t1-2 t2-3 t2-4 t2-5',
      b: 't1-3 t1-4 t1-5 t2-0 t2-1 t2-2',
      c: 't1-6 t1-7 t1-8 t2-6 t2-7 t2-8',
    })
  })

  test('takes half from the one that had all, and gives it back', () => {
    const alone = assign({ t: 4 }, { a: { topics: ['t'] } })
    const joined = assign({ t: 4 }, { ...owning(alone, ['t']), b: { topics: ['t'] } })
    expect(joined).toEqual({ a: 't-0 t-1', b: 't-2 t-3' })
    const { a } = owning(joined, ['t'])
    expect(assign({ t: 4 }, { a: a! })).toEqual({ a: 't-0 t-1 t-2 t-3' })
  })

  test('leaves what stays in place, where one of three goes (Kafka’s example)', () => {
    const topics = ['t0', 't1', 't2', 't3']
    const partitions = { t0: 2, t1: 2, t2: 2, t3: 2 }
    const c0 = { topics, owned: 't0-0 t1-1 t3-0' }
    const c2 = { topics, owned: 't1-0 t2-1' }
    // c1 had t0-1, t2-0 and t3-1. The round robin assignor would move two more.
    const { c0: first, c2: second } = assign(partitions, { c0, c2 })
    expect(first!.split(' ')).toEqual(expect.arrayContaining(c0.owned.split(' ')))
    expect(second!.split(' ')).toEqual(expect.arrayContaining(c2.owned.split(' ')))
    expect([first!.split(' ').length, second!.split(' ').length]).toEqual([4, 4])
  })

  test('is as even as different subscriptions allow (Kafka’s example)', () => {
    const partitions = { t0: 1, t1: 2, t2: 3 }
    const members = {
      c0: { topics: ['t0'] },
      c1: { topics: ['t0', 't1'] },
      c2: { topics: ['t0', 't1', 't2'] },
    }
    const answer = assign(partitions, members)
    expect(answer).toEqual({ c0: 't0-0', c1: 't1-0 t1-1', c2: 't2-0 t2-1 t2-2' })
    expect(
      assign(partitions, {
        c1: { ...members.c1, owned: answer['c1']! },
        c2: { ...members.c2, owned: answer['c2']! },
      }),
    ).toEqual({ c1: 't0-0 t1-0 t1-1', c2: 't2-0 t2-1 t2-2' })
  })

  test('goes by way of a third where there is no straight way', () => {
    // c may take only t1, of which a has nothing: b gives to c what a then makes up to b.
    expect(
      assign(
        { t0: 4, t1: 2 },
        {
          a: { topics: ['t0'], owned: 't0-0 t0-1 t0-2' },
          b: { topics: ['t0', 't1'], owned: 't0-3 t1-0 t1-1' },
          c: { topics: ['t1'] },
        },
      ),
    ).toEqual({ a: 't0-0 t0-1', b: 't0-2 t0-3', c: 't1-0 t1-1' })
  })

  test('of two who say they own a partition, believes the first', () => {
    const both = { topics: ['t'], owned: 't-0' }
    expect(assign({ t: 2 }, { a: both, b: both })).toEqual({ a: 't-0', b: 't-1' })
  })

  test('has nothing to give where there are no partitions', () => {
    expect(assign({}, { a: { topics: ['t'] } })).toEqual({ a: '' })
    expect(assign({ t: 0 }, { a: { topics: ['t'] }, b: { topics: [] } })).toEqual({ a: '', b: '' })
  })

  test('copes with many: 1,024 partitions that one member of a hundred has', () => {
    const owned = Array.from({ length: 1024 }, (_, partition) => `t-${partition}`).join(' ')
    const members = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [
        `m${i}`,
        { topics: ['t'], owned: i === 0 ? owned : '' },
      ]),
    )
    const loads = Object.values(assign({ t: 1024 }, members)).map(
      (names) => names.split(' ').length,
    )
    expect([Math.min(...loads), Math.max(...loads)]).toEqual([10, 11])
  })
})
