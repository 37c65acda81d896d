import { RinglogError } from '@ringlog/core/internal'
import { beforeEach, describe, expect, test } from 'vitest'
import { rangeAssignor, stickyAssignor } from '@ringlog/core/internal/assignors'
import { GroupCoordinator } from '../../src/coordinator/group-coordinator.ts'
import type { TopicMatcher } from '../../src/coordinator/join-request.ts'
import { OrdersGroup } from './orders-group.ts'
import { FailingAssignor, ScriptedAssignor } from './scripted-assignor.ts'

let group: OrdersGroup

beforeEach(() => {
  group = new OrdersGroup()
})

describe('a rebalance ends, and is told of', () => {
  test('at once where nothing moves', () => {
    group.joined(4)
    group.joinOrders()
    expect(group.events).toMatchObject([{ reasons: ['join'], durationMs: 0, moves: [] }])
  })

  test('with its reasons, one after the other, and its time since the first of them', () => {
    group.setTopic('audit', 1)
    const [a, b] = group.joined(2)
    group.nowMs = 100
    group.die(a!)
    group.complete(0)
    group.nowMs = 200
    group.changeSubscription(b!, { topics: ['orders', 'audit'] })
    group.nowMs = 250
    group.setTopic('audit', 2)
    group.nowMs = 300
    group.run()
    expect(group.events).toMatchObject([
      { reasons: ['death', 'subscription', 'topics'], durationMs: 200 },
    ])
  })

  test('when the last partition is parked', () => {
    const [a] = group.joined(1)
    group.leave(a!)
    while (group.pending.length > 1) group.complete(0)
    expect(group.events).toEqual([])
    group.complete(0)
    expect(group.events).toMatchObject([{ reasons: ['leave'] }])
  })

  test('when the partitions that it waits for are deleted', () => {
    const [a] = group.joined(1)
    group.leave(a!)
    expect(group.events).toEqual([])
    group.setTopic('orders', 0)
    expect(group.events).toMatchObject([{ reasons: ['leave'] }])
  })

  test('when the one that holds what was deleted is replaced by a static member', () => {
    group.joinOrders('i1')
    group.run()
    group.events.length = 0
    group.setTopic('orders', 0)
    expect(group.events).toEqual([])
    group.joinOrders('i1')
    expect(group.events).toMatchObject([{ reasons: ['topics'] }])
    expect(group.state).toBe('stable')
  })

  test('when a static member leaves for which a new topic waits', () => {
    const a = group.joinOrders('i1')
    group.run()
    group.events.length = 0
    group.setTopic('orders', 0)
    group.setTopic('orders', 2)
    expect(group.events).toEqual([])
    group.leave(a)
    expect(group.events).toMatchObject([{ reasons: ['topics'] }])
  })
})

describe('a topic', () => {
  test('that grows is shared out, where others that are subscribed to have not changed', () => {
    group.setTopic('audit', 1)
    const a = group.join({
      subscription: { topics: ['audit', 'orders'] },
      assignor: stickyAssignor,
    })
    group.run()
    group.setTopic('orders', 6)
    group.run()
    expect(a.held).toHaveLength(7)
  })

  test('in the place of one of two is another subscription', () => {
    group.setTopic('audit', 1)
    group.setTopic('payments', 2)
    const a = group.join({
      subscription: { topics: ['audit', 'orders'] },
      assignor: stickyAssignor,
    })
    group.run()
    group.changeSubscription(a, { topics: ['audit', 'payments'] })
    group.run()
    expect(a.held).toEqual(['audit-0', 'payments-0', 'payments-1'])
  })

  test('that is deleted while the assignor fails is no target any more', () => {
    const assignor = new FailingAssignor()
    group.setTopic('audit', 2)
    const a = group.join({ subscription: { topics: ['audit', 'orders'] }, assignor })
    group.run()
    assignor.isBroken = true
    group.setTopic('orders', 0)
    expect(group.targetOf(a)).toEqual(['audit-0', 'audit-1'])
    group.run()
    expect(a.held).toEqual(['audit-0', 'audit-1'])
    expect(group.state).toBe('assigning')
  })

  test('that is deleted while a member lets go of it stays with the member until it has', () => {
    const [a] = group.joined(1)
    group.joinOrders()
    group.poll(a!)
    const told = [...a!.toRelease.keys()]
    group.setTopic('orders', 0)
    group.poll(a!)
    expect([...a!.toRelease.keys()]).toEqual(expect.arrayContaining(told))
    expect(group.state).toBe('reconciling')
    group.letGo(a!)
    expect(a!.held).toEqual([])
    expect(group.state).toBe('stable')
  })
})

describe('a static member that takes its former self’s place', () => {
  test('fences it where it lives, and names who took its place', () => {
    const a = group.joinOrders('i1')
    group.run()
    const request = {
      memberId: 'second',
      instanceId: 'i1',
      clientId: 'c',
      matcher: { select: () => ['orders'] },
      assignor: stickyAssignor,
      sessionTimeoutMs: 1000,
      maxPollIntervalMs: 7,
    }
    group.coordinator.join(request, group.nowMs)
    expect(group.coordinator.takeEffects()[0]).toEqual({
      type: 'fence',
      memberId: a.memberId,
      reason: 'replaced',
      elapsedMs: 0,
      maxPollIntervalMs: 1000,
      replacedBy: 'second',
    })
  })

  test('fences nobody where it is away', () => {
    const a = group.joinOrders('i1')
    group.run()
    group.leave(a)
    group.joinOrders('i1')
    expect(a.isFenced).toBe(false)
  })

  test('with another subscription takes everything from it, though it lives', () => {
    group.setTopic('audit', 2)
    group.joinOrders('i1')
    group.run()
    const second = group.join({
      instanceId: 'i1',
      subscription: { topics: ['audit', 'orders'] },
      assignor: stickyAssignor,
    })
    group.run()
    expect(second.held).toHaveLength(6)
  })

  test('with another assignor brings that one in', () => {
    group.leave(group.joinOrders('i1'))
    group.run()
    group.joinOrders('i1', rangeAssignor)
    expect(group.coordinator.describe().assignor).toBe('range')
  })
})

test('an answer that comes a second time, after a failure, is passed over', () => {
  group = new OrdersGroup(1)
  const a = group.joinOrders()
  group.coordinator.moveFailed(1, 0)
  group.coordinator.moved(1, 0)
  group.coordinator.moveFailed(1, 50)
  expect(group.coordinator.ownerOf({ topic: 'orders', partition: 0 })).toBe(null)
  expect(group.coordinator.isHolder(a.memberId, { topic: 'orders', partition: 0 })).toBe(false)
  expect(group.coordinator.nextDeadlineMs(0, () => Infinity)).toBe(100)
})

describe('a member whose pattern takes too long on a new topic', () => {
  const topics = new Map([['orders', 2]])
  const slow: TopicMatcher = {
    select: (allTopics) => {
      if ([...allTopics].includes('slow')) {
        throw new RinglogError('INVALID_REQUEST', 'the pattern takes too long', {})
      }
      return ['orders']
    },
  }
  const request = {
    memberId: 'a',
    instanceId: null as string | null,
    clientId: 'c',
    matcher: slow,
    assignor: stickyAssignor,
    sessionTimeoutMs: 1000,
    maxPollIntervalMs: 500,
  }

  test('is fenced, and the others have what it had', () => {
    const coordinator = new GroupCoordinator('billing', topics)
    coordinator.join(request, 0)
    coordinator.join({ ...request, memberId: 'b', matcher: { select: () => ['orders'] } }, 0)
    coordinator.takeEffects()
    coordinator.topicsChanged(new Map([...topics, ['slow', 1]]), 10)
    expect(coordinator.takeEffects()).toContainEqual({
      type: 'fence',
      memberId: 'a',
      reason: 'slowPattern',
      elapsedMs: 0,
      maxPollIntervalMs: 500,
      replacedBy: null,
    })
    expect(coordinator.hasMember('a')).toBe(false)
    expect(coordinator.describe().members).toMatchObject([
      { memberId: 'b', target: [{ partition: 0 }, { partition: 1 }] },
    ])
  })

  test('is not fenced where it is away, but loses its place', () => {
    const coordinator = new GroupCoordinator('billing', topics)
    coordinator.join({ ...request, instanceId: 'i1' }, 0)
    coordinator.leave('a', 0)
    coordinator.takeEffects()
    coordinator.topicsChanged(new Map([...topics, ['slow', 1]]), 10)
    expect(coordinator.takeEffects().filter(({ type }) => type === 'fence')).toEqual([])
    expect(coordinator.hasMembers).toBe(false)
  })

  test('but a fault of another kind is one of the program', () => {
    const coordinator = new GroupCoordinator('billing', topics)
    let isBroken = false
    const select = (): string[] => {
      if (isBroken) throw new TypeError('no such thing')
      return ['orders']
    }
    coordinator.join({ ...request, matcher: { select } }, 0)
    isBroken = true
    expect(() => coordinator.topicsChanged(topics, 10)).toThrow(TypeError)
  })
})

test('errors name whom and what they are about', () => {
  const [a] = group.joined(1)
  const { memberId } = a!
  const at = { topic: 'orders', partition: 0 }
  const failing = new ScriptedAssignor()
  failing.isBroken = true
  const calls: Array<[call: () => void, details: object]> = [
    [
      () => group.coordinator.reconcile('nobody', [], 0),
      { groupId: 'billing', memberId: 'nobody' },
    ],
    [() => group.coordinator.reconcile(memberId, [at], 0), { memberId, ...at }],
    [() => new OrdersGroup().joinOrders(null, failing), { assignor: 'scripted' }],
  ]
  for (const [call, details] of calls) expect(call).toThrow(expect.objectContaining({ details }))
})
