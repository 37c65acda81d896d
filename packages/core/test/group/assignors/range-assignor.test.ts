import { describe, expect, test } from 'vitest'
import { rangeAssignor } from '../../../src/group/assignors/range-assignor.ts'
import { inShort, requestOf, type MemberInShort } from './assignor-requests.ts'

function assign(
  partitions: Record<string, number>,
  members: Record<string, MemberInShort>,
): Record<string, string> {
  return inShort(rangeAssignor.assign(requestOf(partitions, members)))
}

const T1 = { topics: ['t1'] }
const T12 = { topics: ['t1', 't2'] }

/** The cases and answers of Kafka's own tests of its range assignor. */
describe('the range assignor answers as Kafka’s', () => {
  test('nothing for a member without topics, or whose topic does not exist', () => {
    expect(assign({}, { c1: { topics: [] } })).toEqual({})
    expect(assign({}, { c1: T1 })).toEqual({})
  })

  test('everything for a member alone, and nothing of what it does not subscribe to', () => {
    expect(assign({ t1: 3 }, { c1: T1 })).toEqual({ c1: 't1-0 t1-1 t1-2' })
    expect(assign({ t1: 3, other: 3 }, { c1: T1 })).toEqual({ c1: 't1-0 t1-1 t1-2' })
    expect(assign({ t1: 1, t2: 2 }, { c1: T12 })).toEqual({ c1: 't1-0 t2-0 t2-1' })
  })

  test('one partition, or two, for two members', () => {
    expect(assign({ t1: 1 }, { c1: T1, c2: T1 })).toEqual({ c1: 't1-0', c2: '' })
    expect(assign({ t1: 2 }, { c1: T1, c2: T1 })).toEqual({ c1: 't1-0', c2: 't1-1' })
  })

  test('each topic among its own subscribers', () => {
    expect(assign({ t1: 3, t2: 2 }, { c1: T1, c2: T12, c3: T1 })).toEqual({
      c1: 't1-0',
      c2: 't1-1 t2-0 t2-1',
      c3: 't1-2',
    })
  })

  test('the first members have one more, of each topic', () => {
    expect(assign({ t1: 3, t2: 3 }, { c1: T12, c2: T12 })).toEqual({
      c1: 't1-0 t1-1 t2-0 t2-1',
      c2: 't1-2 t2-2',
    })
  })

  test('static members first, by their instance ids', () => {
    expect(
      assign(
        { t1: 3, t2: 3 },
        { b: { ...T12, instanceId: 'i1' }, a: { ...T12, instanceId: 'i2' } },
      ),
    ).toEqual({ b: 't1-0 t1-1 t2-0 t2-1', a: 't1-2 t2-2' })
    expect(assign({ t1: 3, t2: 3 }, { b: { ...T12, instanceId: 'i1' }, a: T12 })).toEqual({
      b: 't1-0 t1-1 t2-0 t2-1',
      a: 't1-2 t2-2',
    })
  })

  test('a static member keeps its place whatever its member id', () => {
    const partitions = { t1: 5, t2: 4 }
    const statics = {
      c1: { ...T12, instanceId: 'i1' },
      c2: { ...T12, instanceId: 'i2' },
      c3: { ...T12, instanceId: 'i3' },
    }
    const expected = { c1: 't1-0 t1-1 t2-0', c2: 't1-2 t2-1', c3: 't1-3 t2-2' }
    expect(assign(partitions, { ...statics, c4: T12 })).toEqual({ ...expected, c4: 't1-4 t2-3' })
    expect(assign(partitions, { c5: T12, ...statics })).toEqual({ ...expected, c5: 't1-4 t2-3' })
    expect(
      assign(
        { t1: 5, t2: 5 },
        {
          c5: { ...T12, instanceId: 'i2' },
          c4: { ...T12, instanceId: 'i3' },
          c1: { ...T12, instanceId: 'i1' },
        },
      ),
    ).toEqual({
      c1: 't1-0 t1-1 t2-0 t2-1',
      c5: 't1-2 t1-3 t2-2 t2-3',
      c4: 't1-4 t2-4',
    })
  })

  test('several topics, all subscribe to all, or not all', () => {
    const all = { topics: ['t1', 't2', 't3'] }
    const some = { topics: ['t1', 't3'] }
    expect(assign({ t1: 6, t2: 7, t3: 2 }, { c1: all, c2: all, c3: all })).toEqual({
      c1: 't1-0 t1-1 t2-0 t2-1 t2-2 t3-0',
      c2: 't1-2 t1-3 t2-3 t2-4 t3-1',
      c3: 't1-4 t1-5 t2-5 t2-6',
    })
    expect(assign({ t1: 6, t2: 7, t3: 2 }, { c1: all, c2: all, c3: some })).toEqual({
      c1: 't1-0 t1-1 t2-0 t2-1 t2-2 t2-3 t3-0',
      c2: 't1-2 t1-3 t2-4 t2-5 t2-6 t3-1',
      c3: 't1-4 t1-5',
    })
    expect(assign({ t1: 5, t2: 5, t3: 5 }, { c1: all, c2: all, c3: some })).toEqual({
      c1: 't1-0 t1-1 t2-0 t2-1 t2-2 t3-0 t3-1',
      c2: 't1-2 t1-3 t2-3 t2-4 t3-2 t3-3',
      c3: 't1-4 t3-4',
    })
  })

  test('topics of the same size and subscribers are cut at the same places', () => {
    const first = { topics: ['t1', 't2'] }
    const second = { topics: ['t3', 't4'] }
    expect(
      assign({ t1: 6, t2: 6, t3: 2, t4: 2 }, { c1: first, c2: first, c3: second, c4: second }),
    ).toEqual({
      c1: 't1-0 t1-1 t1-2 t2-0 t2-1 t2-2',
      c2: 't1-3 t1-4 t1-5 t2-3 t2-4 t2-5',
      c3: 't3-0 t4-0',
      c4: 't3-1 t4-1',
    })
  })
})
