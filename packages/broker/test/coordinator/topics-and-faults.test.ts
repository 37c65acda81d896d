import { beforeEach, describe, expect, test } from 'vitest'
import {
  rangeAssignor,
  roundRobinAssignor,
  stickyAssignor,
  type Assignor,
} from '@ringlog/core/internal/assignors'
import { OrdersGroup } from './orders-group.ts'
import { FailingAssignor } from './scripted-assignor.ts'

let group: OrdersGroup

beforeEach(() => {
  group = new OrdersGroup()
})

describe('topics', () => {
  test('that are subscribed to by name may come later, and may grow', () => {
    group = new OrdersGroup(0)
    const a = group.joinOrders()
    expect(group.state).toBe('stable')
    group.setTopic('orders', 1)
    group.run()
    group.setTopic('orders', 3)
    group.run()
    expect(a.held).toEqual(['orders-0', 'orders-1', 'orders-2'])
    expect(group.events.at(-1)).toMatchObject({ reasons: ['topics'] })
  })

  test('are taken up by a pattern, whatever its flags', () => {
    const a = group.join({ subscription: { pattern: /^order/gy }, assignor: stickyAssignor })
    group.setTopic('orders-eu', 1)
    group.setTopic('reorders', 1)
    group.run()
    expect(a.held).toEqual(['orders-0', 'orders-1', 'orders-2', 'orders-3', 'orders-eu-0'])
  })

  test('that nobody subscribes to change nothing', () => {
    group.joined(1)
    const { groupEpoch } = group.coordinator.describe()
    group.setTopic('audit', 3)
    group.setTopic('audit', 0)
    expect(group.coordinator.describe().groupEpoch).toBe(groupEpoch)
    expect(group.coordinator.takeEffects()).toEqual([])
  })

  test('that are deleted are let go of; made again, they are granted after that', () => {
    const [a] = group.joined(1)
    group.setTopic('orders', 0)
    group.setTopic('orders', 2)
    expect(group.pending).toEqual([])
    expect(group.coordinator.isAwaitingGrants(a!.memberId)).toBe(false)
    group.poll(a!)
    expect(a!.toRelease.size).toBe(4)
    expect(group.state).toBe('reconciling')
    group.letGo(a!)
    expect(group.pending).toHaveLength(2)
    group.run()
    expect(a!.held).toEqual(['orders-0', 'orders-1'])
  })

  test('change with a subscription: what is not subscribed to any more is let go', () => {
    group.setTopic('audit', 2)
    const [a] = group.joined(1)
    group.changeSubscription(a!, { topics: ['audit'] })
    group.run()
    expect(a!.held).toEqual(['audit-0', 'audit-1'])
    const { groupEpoch } = group.coordinator.describe()
    group.changeSubscription(a!, { pattern: /^audit$/ })
    expect(group.coordinator.describe().groupEpoch).toBe(groupEpoch)
  })
})

describe('what goes wrong', () => {
  test('a move that fails is tried again, a little later', () => {
    const a = group.joinOrders()
    while (group.pending.length > 0) group.complete(0, true)
    expect(group.coordinator.isAwaitingGrants(a.memberId)).toBe(false)
    expect(group.coordinator.nextDeadlineMs(group.nowMs, group.lastPollMsOf)).toBe(100)
    group.elapse(99)
    expect(group.pending).toEqual([])
    group.elapse(1)
    group.run()
    expect(a.held).toHaveLength(4)
  })

  test('an answer that nobody waits for is passed over', () => {
    group.joined(1)
    group.coordinator.moved(1, 0)
    group.coordinator.moveFailed(2, 0)
    group.coordinator.moved(4711, 0)
    expect(group.coordinator.takeEffects()).toEqual([])
    expect(group.state).toBe('stable')
  })

  test('a member can only let go what it was told to, and all of it or nothing', () => {
    const [a] = group.joined(1)
    group.joinOrders()
    group.poll(a!)
    const told = [...a!.toRelease.values()]
    const kept = { topic: 'orders', partition: 0 }
    const before = JSON.stringify(group.coordinator.describe())
    for (const released of [[kept], [...told, kept], [{ topic: 'orders', partition: 9 }]]) {
      expect(() => group.coordinator.reconcile(a!.memberId, released, 0)).toThrow(
        expect.objectContaining({
          code: 'INVALID_REQUEST',
          message: expect.stringMatching(/^member member-0 was not told to let orders-[09] go/),
        }),
      )
      expect(JSON.stringify(group.coordinator.describe())).toBe(before)
    }
    // Twice in one list is once.
    group.coordinator.reconcile(a!.memberId, [told[0]!, told[0]!], 0)
  })

  test('an assignor’s failure refuses a join or a new subscription: nothing has changed', () => {
    const failing = new FailingAssignor()
    const a = group.joinOrders(null, failing)
    group.run()
    failing.isBroken = true
    const before = JSON.stringify(group.coordinator.describe())
    for (const call of [
      () => group.joinOrders(null, failing),
      () => group.joinOrders('i1', failing),
      () => group.changeSubscription(a, { topics: [] }),
    ]) {
      expect(call).toThrow(
        expect.objectContaining({
          code: 'INVALID_REQUEST',
          message: 'assignor failing failed: no idea',
          cause: expect.objectContaining({ message: 'no idea' }),
        }),
      )
      expect(JSON.stringify(group.coordinator.describe())).toBe(before)
      expect(group.coordinator.takeEffects()).toEqual([])
    }
  })

  test('a wrong answer where nothing can be refused: the group keeps what it has', () => {
    let isBroken = false
    const moody: Assignor = {
      name: 'moody',
      assign: (request) => (isBroken ? new Map([['?', []]]) : rangeAssignor.assign(request)),
    }
    const [a, b, c] = [
      group.joinOrders(null, moody),
      group.joinOrders(null, moody),
      group.joinOrders(null, moody),
    ]
    group.run()
    isBroken = true
    group.leave(a)
    group.run()
    expect(group.failures).toMatchObject([
      {
        code: 'INVALID_REQUEST',
        message: 'assignor moody names "?", which is not a member of the group',
      },
    ])
    expect(group.state).toBe('assigning')
    expect([...b.held, ...c.held]).toEqual(['orders-2', 'orders-3'])
    expect(group.gates.at({ topic: 'orders', partition: 0 }).memberId).toBe(null)
    isBroken = false
    // Any topic will do: what matters is that the assignor is asked again.
    group.setTopic('audit', 1)
    group.run()
    expect([...b.held, ...c.held]).toHaveLength(4)
    expect(group.state).toBe('stable')
    expect(group.events.at(-1)).toMatchObject({ reasons: ['leave', 'topics'] })
  })
})

test('an assignor may do with its request what it likes: the group keeps what it has, and knows better', () => {
  let hasMore = false
  const spoiling: Assignor = {
    name: 'spoiling',
    assign: ({ members, partitionsOf }) => {
      const request = { members: structuredClone(members), partitionsOf: new Map(partitionsOf) }
      const answer = new Map(rangeAssignor.assign(request))
      const { memberId } = members[0]!
      if (hasMore) answer.set(memberId, [{ topic: 'orders', partition: 9 }])
      for (const { topics, owned } of members) {
        ;(topics as string[]).splice(0, Infinity, 'audit')
        ;(owned as unknown[]).splice(0, Infinity, null)
      }
      ;(members as unknown[]).splice(0)
      ;(partitionsOf as Map<string, number>).set('orders', 10)
      return answer
    },
  }
  const a = group.joinOrders(null, spoiling)
  const b = group.joinOrders(null, spoiling)
  group.run()
  expect([a.held, b.held]).toEqual([
    ['orders-0', 'orders-1'],
    ['orders-2', 'orders-3'],
  ])
  expect(group.coordinator.describe().members).toMatchObject([
    { topics: ['orders'] },
    { topics: ['orders'] },
  ])
  hasMore = true
  expect(() => group.joinOrders(null, spoiling)).toThrow(
    'assignor spoiling names partition 9 of topic orders: it must be an integer from 0 to 3',
  )
})

test.each<[thrown: unknown, message: string]>([
  [undefined, 'undefined'],
  ['no idea', '"no idea"'],
  [Object.create(null), 'an object (without a prototype)'],
  [
    Object.freeze({
      toString: () => {
        throw new Error('never')
      },
    }),
    'an object (Object)',
  ],
])('an assignor may throw whatever it likes: %#', (thrown, message) => {
  const failing: Assignor = {
    name: 'failing',
    assign: () => {
      throw thrown
    },
  }
  expect(() => group.joinOrders(null, failing)).toThrow(`assignor failing failed: ${message}`)
})

describe('while the assignor fails', () => {
  test('a static member that comes back makes the group ask again', () => {
    const failing = new FailingAssignor()
    const a = group.joinOrders('i1', failing)
    const b = group.joinOrders(null, failing)
    group.run()
    failing.isBroken = true
    group.leave(b)
    group.die(a)
    group.run()
    expect(group.state).toBe('assigning')
    expect(() => group.joinOrders('i1', failing)).toThrow(
      expect.objectContaining({ code: 'INVALID_REQUEST' }),
    )
    failing.isBroken = false
    const back = group.joinOrders('i1', failing)
    group.run()
    expect(back.held).toHaveLength(4)
    expect(group.state).toBe('stable')
  })
})

describe('the group’s assignor', () => {
  test('is the one that most members name; where it is even, the one that the group has', () => {
    group.joinOrders(null, rangeAssignor)
    group.joinOrders(null, roundRobinAssignor)
    expect(group.coordinator.describe().assignor).toBe('range')
    const third = group.joinOrders(null, roundRobinAssignor)
    expect(group.coordinator.describe().assignor).toBe('roundRobin')
    group.leave(third)
    expect(group.coordinator.describe().assignor).toBe('roundRobin')
  })
})
