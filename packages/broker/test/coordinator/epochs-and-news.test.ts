import { beforeEach, describe, expect, test } from 'vitest'
import { OrdersGroup } from './orders-group.ts'
import { ScriptedAssignor } from './scripted-assignor.ts'
import { MAX_POLL_INTERVAL_MS } from './simulated-group.ts'
import type { SimulatedMember } from './simulated-member.ts'

let group: OrdersGroup
let assignor: ScriptedAssignor

beforeEach(() => {
  group = new OrdersGroup()
  assignor = new ScriptedAssignor()
})

function epochOf({ memberId }: SimulatedMember): number {
  const { members } = group.coordinator.describe()
  return members.find((member) => member.memberId === memberId)!.memberEpoch
}

const orders = (partition: number): { topic: string; partition: number } => ({
  topic: 'orders',
  partition,
})

describe('a member’s epoch', () => {
  test('follows the group’s once it has let go of what it must, and has what it is to have', () => {
    const [a] = group.joined(1)
    expect(epochOf(a!)).toBe(1)
    const b = group.joinOrders()
    expect([epochOf(a!), epochOf(b)]).toEqual([1, 0])
    group.poll(a!)
    group.poll(b)
    expect([epochOf(a!), epochOf(b)]).toEqual([1, 0])
    group.letGo(a!)
    expect([epochOf(a!), epochOf(b)]).toEqual([2, 0])
    while (group.pending.length > 0) group.complete(0)
    expect([epochOf(a!), epochOf(b)]).toEqual([2, 0])
    group.poll(b)
    expect([epochOf(a!), epochOf(b)]).toEqual([2, 2])
  })

  test('stays where it must let go of what is to come back to it', () => {
    const [a] = group.joined(1)
    const b = group.joinOrders()
    group.poll(a!)
    group.leave(b)
    expect(group.coordinator.describe().groupEpoch).toBe(3)
    expect(epochOf(a!)).toBe(1)
    group.letGo(a!)
    expect(epochOf(a!)).toBe(1)
    group.run()
    expect(epochOf(a!)).toBe(3)
  })

  test('is that of the group at once where a change takes nothing from it', () => {
    const [a] = group.joined(1)
    assignor.plan = { 'member-0': [0, 1, 2, 3] }
    group.coordinator.enforceRebalance(group.nowMs)
    group.settle()
    expect(epochOf(a!)).toBe(2)
    expect(group.events).toMatchObject([{ reasons: ['enforced'], groupEpoch: 2, moves: [] }])
  })
})

describe('a member is notified', () => {
  test('of a grant that comes after it has asked', () => {
    group = new OrdersGroup(1)
    const a = group.joinOrders()
    expect(a.epochWord).toBe(1)
    group.poll(a)
    // It has asked: of what is still on its way it is not told twice.
    expect(a.epochWord).toBe(1)
    group.complete(0)
    expect(a.epochWord).toBe(2)
    group.poll(a)
    expect(a.held).toEqual(['orders-0'])
    expect(a.epochWord).toBe(2)
  })

  test('of nothing where a grant is made that it is not to have any more', () => {
    group = new OrdersGroup(3)
    assignor.plan = { 'member-0': [0, 1, 2] }
    const a = group.joinOrders(null, assignor)
    group.complete(0)
    group.complete(0)
    group.poll(a)
    expect(a.held).toEqual(['orders-0', 'orders-1'])
    assignor.plan = { 'member-0': [0], 'member-1': [1, 2] }
    const b = group.joinOrders(null, assignor)
    group.poll(a)
    expect([...a.toRelease.keys()]).toEqual(['orders-1'])
    const { epochWord } = a
    group.complete(0)
    expect(a.epochWord).toBe(epochWord)
    expect(group.coordinator.isHolder(a.memberId, orders(2))).toBe(false)
    expect(group.coordinator.isHolder(b.memberId, orders(2))).toBe(true)
    group.run()
    expect(b.held).toEqual(['orders-1', 'orders-2'])
  })
})

describe('who has a partition', () => {
  test('is its owner once the grant is made, its holder from the moment it is on its way', () => {
    const a = group.joinOrders()
    expect(group.coordinator.isHolder(a.memberId, orders(0))).toBe(true)
    expect(group.coordinator.ownerOf(orders(0))).toBe(null)
    expect(group.coordinator.describe().members[0]!.assignment).toEqual([])
    group.complete(0)
    expect(group.coordinator.ownerOf(orders(0))).toBe(a.memberId)
    expect(group.coordinator.describe().members[0]!.assignment).toEqual([orders(0)])
    expect(group.coordinator.isHolder('nobody', orders(0))).toBe(false)
  })

  test('is nobody where there is no such partition, or no member holds it', () => {
    const { coordinator } = group
    expect(coordinator.ownerOf(orders(9))).toBe(null)
    expect(coordinator.isHolder('nobody', orders(9))).toBe(false)
    expect(coordinator.isAwaitingGrants('nobody')).toBe(false)
    const a = group.joinOrders('i1')
    group.run()
    group.leave(a)
    expect(coordinator.ownerOf(orders(0))).toBe(null)
    expect(coordinator.isHolder(a.memberId, orders(0))).toBe(false)
  })
})

describe('the assignor is told what a member has', () => {
  test('with what is on its way to it', () => {
    assignor.plan = { 'member-0': [0, 2] }
    group.joinOrders(null, assignor)
    expect(assignor.ownedBy('member-0')).toEqual([])
    group.coordinator.enforceRebalance(0)
    expect(assignor.ownedBy('member-0')).toEqual([0, 2])
  })

  test('with what is kept for a static member that is away', () => {
    group = new OrdersGroup(2)
    assignor.plan = { 'member-0': [0, 1] }
    group.leave(group.joinOrders('i1', assignor))
    group.run()
    group.coordinator.enforceRebalance(0)
    expect(assignor.ownedBy('member-0')).toEqual([0, 1])
  })

  test('with what is to come to it from another one, but not with what it was told to let go', () => {
    assignor.plan = { 'member-0': [0, 1, 2, 3] }
    const a = group.joinOrders(null, assignor)
    group.run()
    assignor.plan = { 'member-0': [0, 1, 2], 'member-1': [3] }
    group.joinOrders(null, assignor)
    group.coordinator.enforceRebalance(0)
    // Until it is told, it may keep it.
    expect([assignor.ownedBy('member-0'), assignor.ownedBy('member-1')]).toEqual([[0, 1, 2, 3], []])
    group.poll(a)
    group.coordinator.enforceRebalance(0)
    expect([assignor.ownedBy('member-0'), assignor.ownedBy('member-1')]).toEqual([[0, 1, 2], [3]])
  })

  test('without what was deleted', () => {
    group = new OrdersGroup(2)
    assignor.plan = { 'member-0': [0, 1] }
    group.joinOrders(null, assignor)
    group.run()
    assignor.plan = {}
    group.setTopic('orders', 0)
    group.setTopic('orders', 2)
    expect(assignor.ownedBy('member-0')).toEqual([])
  })
})

test('how long a member has had to let go counts from the first who was to have it', () => {
  group = new OrdersGroup(2)
  assignor.plan = { 'member-0': [0, 1] }
  const a = group.joinOrders(null, assignor)
  group.run()
  a.isParked = true
  assignor.plan = { 'member-0': [0], 'member-1': [1] }
  group.joinOrders(null, assignor).isParked = true
  group.elapse(MAX_POLL_INTERVAL_MS / 2)
  assignor.plan = { 'member-0': [0], 'member-2': [1] }
  group.joinOrders(null, assignor).isParked = true
  group.elapse(MAX_POLL_INTERVAL_MS / 2)
  expect(a.isFenced).toBe(false)
  group.elapse(1)
  expect(a.isFenced).toBe(true)
})
