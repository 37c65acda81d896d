import { expect, test } from 'vitest'
import type { AssignorMember } from '../../../src/group/assignors/assignor.ts'
import { compareMembers } from '../../../src/group/assignors/member-order.ts'

const member = (memberId: string, instanceId: string | null = null): AssignorMember => ({
  memberId,
  instanceId,
  topics: [],
  owned: [],
})

test.each<[string, AssignorMember, AssignorMember]>([
  ['static members by their instance ids', member('z', 'a'), member('a', 'b')],
  ['a static member before a dynamic one', member('z', 'z'), member('a')],
  ['dynamic members by their member ids', member('a'), member('b')],
  ['text by its units: capitals first', member('B'), member('a')],
  ['text by its units: the shorter first', member('a'), member('aa')],
])('members are in Kafka’s order: %s', (_, first, second) => {
  expect(compareMembers(first, second)).toBe(-1)
  expect(compareMembers(second, first)).toBe(1)
  expect(compareMembers(first, first)).toBe(0)
  expect([second, first].sort(compareMembers)).toEqual([first, second])
})
