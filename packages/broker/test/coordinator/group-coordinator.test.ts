import { matcherOf } from '@ringlog/core/internal'
import { beforeEach, describe, expect, test } from 'vitest'
import { stickyAssignor } from '@ringlog/core/internal/assignors'
import { OrdersGroup } from './orders-group.ts'

let group: OrdersGroup

beforeEach(() => {
  group = new OrdersGroup()
})

describe('a member that joins', () => {
  test('has what is free as soon as the grants are made, in its first answer', () => {
    const a = group.joinOrders()
    expect(group.state).toBe('reconciling')
    expect(group.coordinator.isAwaitingGrants(a.memberId)).toBe(true)
    while (group.pending.length > 0) group.complete(0)
    expect(group.coordinator.isAwaitingGrants(a.memberId)).toBe(false)
    expect(a.epochWord).toBe(1)
    group.poll(a)
    expect(a.held).toEqual(['orders-0', 'orders-1', 'orders-2', 'orders-3'])
    expect(group.state).toBe('stable')
    expect(group.coordinator.describe()).toMatchObject({
      groupId: 'billing',
      state: 'stable',
      groupEpoch: 1,
      targetEpoch: 1,
      assignor: 'sticky',
      members: [{ memberId: a.memberId, instanceId: null, memberEpoch: 1, isLive: true }],
    })
  })

  test('waits for no other member: what others hold comes later', () => {
    const [a] = group.joined(1)
    const b = group.joinOrders()
    expect(group.coordinator.isAwaitingGrants(b.memberId)).toBe(false)
    group.poll(b)
    expect(b.held).toEqual([])
    group.poll(a!)
    expect([...a!.toRelease.keys()]).toEqual(['orders-2', 'orders-3'])
    // Told to let go, it still owns them.
    expect(group.coordinator.ownerOf({ topic: 'orders', partition: 3 })).toBe(a!.memberId)
    expect(a!.held).toHaveLength(4)
    group.letGo(a!)
    group.run()
    expect([a!.held, b.held]).toEqual([
      ['orders-0', 'orders-1'],
      ['orders-2', 'orders-3'],
    ])
  })

  test('changes nothing for one that has not been told yet, where it is gone again', () => {
    const [a] = group.joined(1)
    const b = group.joinOrders()
    group.leave(b)
    group.poll(a!)
    expect(a!.toRelease.size).toBe(0)
    expect(a!.held).toHaveLength(4)
    expect(group.state).toBe('stable')
  })

  test('may be one too many: then it has nothing, and the group is stable', () => {
    group.joined(4)
    const fifth = group.joinOrders()
    group.run()
    expect(fifth.held).toEqual([])
    expect(group.state).toBe('stable')
  })

  test('must have an id of its own', () => {
    const a = group.joinOrders()
    const again = {
      memberId: a.memberId,
      instanceId: null,
      clientId: 'c',
      matcher: matcherOf({ topics: ['orders'] }),
      assignor: stickyAssignor,
      sessionTimeoutMs: 1,
      maxPollIntervalMs: 1,
    }
    expect(() => group.coordinator.join(again, 0)).toThrow(
      expect.objectContaining({
        code: 'INVALID_REQUEST',
        message: 'group billing already has a member member-0',
        details: { groupId: 'billing', memberId: 'member-0' },
      }),
    )
  })
})

describe('as few partitions as possible move', () => {
  test.each([
    [64, 8],
    [10, 3],
  ])('%i partitions, one more than %i members, and one less', (partitions, count) => {
    group = new OrdersGroup(partitions)
    const members = group.joined(count)
    const before = members.map(({ held }) => held)
    const another = group.joinOrders()
    group.run()
    const share = Math.floor(partitions / (count + 1))
    expect(another.held).toHaveLength(share)
    expect(group.events[0]!.moves).toHaveLength(share)
    for (const [i, { held }] of members.entries()) {
      expect(before[i]).toEqual(expect.arrayContaining(held))
    }
    group.events.length = 0
    group.leave(members[0]!)
    group.run()
    // What it had, and nothing else.
    const had = group.events[0]!.moves.map(({ from }) => from)
    expect(new Set(had)).toEqual(new Set([members[0]!.memberId]))
  })

  test('those who come all at once take from the first only what they end up with', () => {
    group = new OrdersGroup(12)
    const [a] = group.joined(1)
    for (let i = 0; i < 3; i++) group.joinOrders()
    group.run()
    expect(a!.held).toHaveLength(3)
    expect(group.events).toHaveLength(1)
    expect(group.events[0]!.moves).toHaveLength(9)
  })

  test('what a member has not been told to let go yet, it may keep', () => {
    const [a] = group.joined(1)
    group.joinOrders()
    expect(group.targetOf(a!)).toEqual(['orders-0', 'orders-1'])
    group.setTopic('orders', 6)
    expect(group.targetOf(a!)).toEqual(['orders-0', 'orders-1', 'orders-2'])
    group.poll(a!)
    expect([...a!.toRelease.keys()]).toEqual(['orders-3'])
  })

  test('what a member was told to let go is not kept for it', () => {
    const [a] = group.joined(1)
    const b = group.joinOrders()
    group.poll(a!)
    expect([...a!.toRelease.keys()]).toEqual(['orders-2', 'orders-3'])
    group.setTopic('orders', 6)
    expect(group.targetOf(a!)).toEqual(['orders-0', 'orders-1', 'orders-4'])
    group.run()
    expect(b.held).toEqual(['orders-2', 'orders-3', 'orders-5'])
  })
})

describe('a member that goes', () => {
  test('clean: its partitions go to the others', () => {
    const [a, b] = group.joined(2)
    group.leave(a!)
    group.run()
    expect(b!.held).toHaveLength(4)
    expect(group.events[0]).toMatchObject({ reasons: ['leave'] })
  })

  test('as the last one: its partitions are parked, and keep what is committed', () => {
    const [a] = group.joined(1)
    const at = { topic: 'orders', partition: 2 }
    group.gates.commit(group.gates.at(at), 17)
    group.leave(a!)
    expect(group.state).toBe('empty')
    group.run()
    expect(group.gates.at(at)).toMatchObject({ memberId: null, committed: 17 })
    expect(group.coordinator.hasMembers).toBe(false)
    expect(group.events[0]!.moves).toHaveLength(4)
    expect(group.events[0]!.moves[0]).toMatchObject({ from: a!.memberId, to: null })
    // And the next one goes on from there.
    const b = group.joinOrders()
    group.run()
    expect(group.gates.at(at)).toMatchObject({ memberId: b.memberId, committed: 17 })
  })

  test('dead, while its grants are being made: they are taken away again', () => {
    const a = group.joinOrders()
    group.die(a)
    group.complete(4)
    expect(group.coordinator.hasMember(a.memberId)).toBe(false)
    const b = group.joinOrders()
    group.run()
    expect(b.held).toHaveLength(4)
  })

  test('dead, and its death is told twice, or after it was fenced', () => {
    const [a, b] = group.joined(2)
    group.die(a!)
    group.die(a!)
    group.run()
    expect(b!.held).toHaveLength(4)
    group.coordinator.died('nobody', 0)
    group.coordinator.leave('nobody', 0)
    expect(group.coordinator.takeEffects()).toEqual([])
  })
})

describe('what is told of a rebalance', () => {
  test('who lost what to whom, and how long it took', () => {
    const [a] = group.joined(1)
    group.nowMs = 100
    const b = group.joinOrders()
    group.nowMs = 130
    group.poll(a!)
    group.letGo(a!)
    while (group.pending.length > 0) group.complete(0)
    group.nowMs = 150
    expect(group.events).toEqual([])
    group.poll(b)
    const move = { topic: 'orders', from: a!.memberId, to: b.memberId, durationMs: 50 }
    expect(group.events).toEqual([
      {
        type: 'rebalance',
        groupId: 'billing',
        groupEpoch: 2,
        reasons: ['join'],
        durationMs: 50,
        moves: [
          { ...move, partition: 2 },
          { ...move, partition: 3 },
        ],
      },
    ])
  })
})
