import type { AssignorMember } from '@ringlog/core/internal/assignors'
import { describe, expect, test } from 'vitest'
import { CLASSIC_ASSIGNORS } from '../../src/group/classic-assignors.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../src/group/consumer-protocol.ts'

const at = (topic: string, ...partitions: number[]) =>
  partitions.map((partition) => ({ topic, partition }))

describe('what members of a classic group pass to each other', () => {
  test('is read as it was written', () => {
    const subscription = {
      topics: ['orders', 'été'],
      owned: [...at('orders', 0, 2), ...at('été', 1)],
      generation: 7,
    }
    expect(decodeSubscription(encodeSubscription(subscription))).toStrictEqual(subscription)
    const assigned = [...at('orders', 3), ...at('été', 0, 1)]
    expect(decodeAssignment(encodeAssignment(assigned))).toStrictEqual(assigned)
  })

  test('is, of a client of the first version, without what came later', () => {
    const bytes = Buffer.from('000000000001000174ffffffff', 'hex')
    expect(decodeSubscription(bytes)).toStrictEqual({ topics: ['t'], owned: [], generation: -1 })
  })

  test('of which nothing was assigned may be no bytes at all', () => {
    expect(decodeAssignment(Buffer.alloc(0))).toStrictEqual([])
  })

  test('that ends too early throws', () => {
    const bytes = encodeAssignment(at('orders', 0))
    expect(() => decodeAssignment(bytes.subarray(0, bytes.length - 9))).toThrow(RangeError)
  })
})

const member = (memberId: string, owned: AssignorMember['owned']): AssignorMember => ({
  memberId,
  instanceId: null,
  topics: ['t'],
  owned,
})
const assign = (...members: AssignorMember[]) =>
  CLASSIC_ASSIGNORS['sticky']!.assign({ members, partitionsOf: new Map([['t', 4]]) })

describe('cooperative-sticky', () => {
  test('gives what another has still to nobody, and to its next owner once that is free', () => {
    const first = assign(member('a', at('t', 0, 1, 2, 3)), member('b', []))
    expect(first.get('a')).toHaveLength(2)
    expect(first.get('b')).toStrictEqual([])

    const second = assign(member('a', first.get('a')!), member('b', []))
    expect(second.get('a')).toStrictEqual(first.get('a'))
    expect(second.get('b')).toHaveLength(2)
  })
})
