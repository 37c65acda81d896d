import { describe, expect, test } from 'vitest'
import { roundRobinAssignor } from '../../../src/group/assignors/round-robin-assignor.ts'
import { inShort, requestOf, type MemberInShort } from './assignor-requests.ts'

function assign(
  partitions: Record<string, number>,
  members: Record<string, MemberInShort>,
): Record<string, string> {
  return inShort(roundRobinAssignor.assign(requestOf(partitions, members)))
}

const T1 = { topics: ['t1'] }
const T12 = { topics: ['t1', 't2'] }

/** The cases and answers of Kafka's documentation and its own tests of its round robin assignor. */
describe('the round robin assignor answers as Kafka’s', () => {
  test('nothing for a member without topics, or whose topic does not exist', () => {
    expect(assign({}, { c1: { topics: [] } })).toEqual({ c1: '' })
    expect(assign({}, { c1: T1 })).toEqual({ c1: '' })
  })

  test('everything for a member alone, and nothing of what it does not subscribe to', () => {
    expect(assign({ t1: 3, other: 3 }, { c1: T1 })).toEqual({ c1: 't1-0 t1-1 t1-2' })
    expect(assign({ t1: 1, t2: 2 }, { c1: T12 })).toEqual({ c1: 't1-0 t2-0 t2-1' })
  })

  test('as if a topic that no member subscribes to were not there', () => {
    const partitionsOf = new Map([
      ['other', 3],
      ['t1', 1],
    ])
    const { members } = requestOf({ t1: 1 }, { c1: T1 })
    expect(inShort(roundRobinAssignor.assign({ members, partitionsOf }))).toEqual({ c1: 't1-0' })
  })

  test('one partition, or two, for two members', () => {
    expect(assign({ t1: 1 }, { c1: T1, c2: T1 })).toEqual({ c1: 't1-0', c2: '' })
    expect(assign({ t1: 2 }, { c1: T1, c2: T1 })).toEqual({ c1: 't1-0', c2: 't1-1' })
  })

  test('goes on from topic to topic', () => {
    const expected = { c1: 't1-0 t1-2 t2-1', c2: 't1-1 t2-0 t2-2' }
    expect(assign({ t1: 3, t2: 3 }, { c1: T12, c2: T12 })).toEqual(expected)
    // Whatever the order in which topics were made.
    expect(assign({ t2: 3, t1: 3 }, { c2: T12, c1: T12 })).toEqual(expected)
  })

  test('passes over those who do not subscribe', () => {
    expect(assign({ t1: 3, t2: 2 }, { c1: T1, c2: T12, c3: T1 })).toEqual({
      c1: 't1-0',
      c2: 't1-1 t2-0 t2-1',
      c3: 't1-2',
    })
    expect(
      assign(
        { t0: 1, t1: 2, t2: 3 },
        {
          c0: { topics: ['t0'] },
          c1: { topics: ['t0', 't1'] },
          c2: { topics: ['t0', 't1', 't2'] },
        },
      ),
    ).toEqual({ c0: 't0-0', c1: 't1-0', c2: 't1-1 t2-0 t2-1 t2-2' })
  })

  test('static members first, by their instance ids', () => {
    const expected = { b: 't1-0 t1-2 t2-1', a: 't1-1 t2-0 t2-2' }
    expect(
      assign(
        { t1: 3, t2: 3 },
        { b: { ...T12, instanceId: 'i1' }, a: { ...T12, instanceId: 'i2' } },
      ),
    ).toEqual(expected)
    expect(assign({ t1: 3, t2: 3 }, { b: { ...T12, instanceId: 'i1' }, a: T12 })).toEqual(expected)
  })

  test('a static member keeps its place whatever its member id', () => {
    const statics = {
      c1: { ...T12, instanceId: 'i1' },
      c2: { ...T12, instanceId: 'i2' },
      c3: { ...T12, instanceId: 'i3' },
    }
    const expected = { c1: 't1-0 t2-1', c2: 't1-1 t2-2', c3: 't1-2' }
    expect(assign({ t1: 3, t2: 3 }, { ...statics, c4: T12 })).toEqual({ ...expected, c4: 't2-0' })
    expect(assign({ t1: 3, t2: 3 }, { c5: T12, ...statics })).toEqual({ ...expected, c5: 't2-0' })
  })
})
