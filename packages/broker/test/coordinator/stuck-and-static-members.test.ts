import { beforeEach, describe, expect, test } from 'vitest'
import { stickyAssignor } from '@ringlog/core/internal/assignors'
import { OrdersGroup } from './orders-group.ts'
import { MAX_POLL_INTERVAL_MS, SESSION_TIMEOUT_MS } from './simulated-group.ts'

let group: OrdersGroup

beforeEach(() => {
  group = new OrdersGroup()
})

describe('a stuck member', () => {
  test('is fenced when it has not polled for too long; its commits are refused', () => {
    const [a, b] = group.joined(2)
    const gate = [...a!.gates.values()][0]!
    a!.isHung = true
    b!.isParked = true
    expect(group.coordinator.nextDeadlineMs(group.nowMs, group.lastPollMsOf)).toBe(
      group.nowMs + MAX_POLL_INTERVAL_MS,
    )
    group.elapse(MAX_POLL_INTERVAL_MS)
    expect(a!.isFenced).toBe(false)
    group.gates.commit(gate, 5)
    expect(gate.committed).toBe(5)
    group.nowMs += 1
    group.coordinator.tick(group.nowMs, group.lastPollMsOf)
    const [fence, ...others] = group.coordinator.takeEffects()
    expect(fence).toEqual({
      type: 'fence',
      memberId: a!.memberId,
      reason: 'maxPollInterval',
      elapsedMs: MAX_POLL_INTERVAL_MS + 1,
      maxPollIntervalMs: MAX_POLL_INTERVAL_MS,
      replacedBy: null,
    })
    // Who is to have them is told at once, so that it asks by the time they are there.
    expect(others.map(({ type }) => type)).toEqual(['grant', 'grant', 'notify'])
  })

  test('loses all at once, rejoins under another name, and is not heard under the old one', () => {
    const [a, b] = group.joined(2)
    a!.isHung = true
    b!.isParked = true
    const gate = [...a!.gates.values()][0]!
    group.elapse(MAX_POLL_INTERVAL_MS + 1)
    group.run()
    expect(b!.held).toHaveLength(4)
    group.gates.commit(gate, 99)
    expect(group.gates.at(gate).committed).toBe(null)
    expect(() => group.coordinator.reconcile(a!.memberId, [], group.nowMs)).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_MEMBER_ID',
        message: 'group billing has no live member member-0',
      }),
    )
    expect(group.events.at(-1)).toMatchObject({ reasons: ['stuck'] })
  })

  test('that polls but never lets go is fenced as well, counted from when it was told', () => {
    const [a] = group.joined(1)
    group.joinOrders().isParked = true
    group.elapse(MAX_POLL_INTERVAL_MS / 2)
    group.poll(a!)
    expect(a!.toRelease.size).toBe(2)
    group.elapse(MAX_POLL_INTERVAL_MS)
    expect(a!.isFenced).toBe(false)
    a!.lastPollMs = group.nowMs
    expect(group.coordinator.nextDeadlineMs(group.nowMs, group.lastPollMsOf)).toBe(group.nowMs)
    group.nowMs += 1
    group.coordinator.tick(group.nowMs, group.lastPollMsOf)
    expect(group.coordinator.takeEffects()[0]).toMatchObject({
      type: 'fence',
      memberId: a!.memberId,
      reason: 'rebalanceTimeout',
      elapsedMs: MAX_POLL_INTERVAL_MS + 1,
    })
  })

  test('that is never told, since its event loop never turns, is fenced from the decision on', () => {
    const [a] = group.joined(1)
    group.elapse(700)
    group.joinOrders().isParked = true
    // It calls pollSync again and again.
    a!.isParked = true
    group.elapse(MAX_POLL_INTERVAL_MS)
    expect(a!.isFenced).toBe(false)
    group.elapse(1)
    expect(a!.isFenced).toBe(true)
  })
})

describe('a static member', () => {
  test('that is away keeps its partitions; back in time it has them again, without a rebalance', () => {
    const a = group.joinOrders('i1')
    const b = group.joinOrders('i2')
    group.run()
    const had = a.held
    const { groupEpoch } = group.coordinator.describe()
    group.events.length = 0
    group.die(a)
    group.run()
    expect(group.coordinator.describe().members[0]).toMatchObject({ isLive: false, assignment: [] })
    expect(group.coordinator.hasMember(a.memberId)).toBe(false)
    expect(group.state).toBe('stable')
    // Nobody owns them: a zombie's commit would be refused.
    expect(group.gates.at({ topic: 'orders', partition: 0 }).memberId).toBe(null)
    expect(b.held).toHaveLength(2)

    b.isParked = true
    group.elapse(SESSION_TIMEOUT_MS - 1)
    const back = group.joinOrders('i1')
    group.run()
    expect(back.held).toEqual(had)
    expect(group.coordinator.describe().groupEpoch).toBe(groupEpoch)
    expect(back.memberEpoch).toBe(groupEpoch)
    expect(group.events).toEqual([])

    // Nor is it told of as part of the next one.
    group.joinOrders()
    group.run()
    expect(group.events.map(({ moves }) => moves.length)).toEqual([1])
  })

  test('that closes is only away, too', () => {
    const a = group.joinOrders('i1')
    group.run()
    group.leave(a)
    group.run()
    expect(group.targetOf(a)).toHaveLength(4)
    expect(group.coordinator.hasMembers).toBe(true)
  })

  test('that stays away loses its place', () => {
    const a = group.joinOrders('i1')
    const b = group.joinOrders('i2')
    group.run()
    group.die(a)
    group.run()
    b.isParked = true
    expect(group.coordinator.nextDeadlineMs(group.nowMs, group.lastPollMsOf)).toBe(
      group.nowMs + MAX_POLL_INTERVAL_MS,
    )
    group.elapse(SESSION_TIMEOUT_MS)
    group.run()
    expect(b.held).toHaveLength(4)
    expect(group.events.at(-1)).toMatchObject({ reasons: ['session'] })
  })

  test('fences its live former self', () => {
    const a = group.joinOrders('i1')
    group.run()
    const gate = group.gates.at({ topic: 'orders', partition: 0 })
    const second = group.joinOrders('i1')
    expect(a.isFenced).toBe(true)
    group.gates.commit(gate, 3)
    group.run()
    expect(second.held).toHaveLength(4)
    expect(group.gates.at(gate).committed).toBe(null)
  })

  test('that is stuck keeps its place for its session, but not its grants', () => {
    const a = group.joinOrders('i1')
    group.run()
    a.isHung = true
    group.elapse(MAX_POLL_INTERVAL_MS + 1)
    expect(a.isFenced).toBe(true)
    group.run()
    expect(group.targetOf(a)).toHaveLength(4)
    const back = group.joinOrders('i1')
    group.run()
    expect(back.held).toHaveLength(4)
  })

  test('that comes back with another subscription is a change as any other', () => {
    group.setTopic('audit', 2)
    const a = group.joinOrders('i1')
    group.run()
    group.die(a)
    group.run()
    const back = group.join({
      instanceId: 'i1',
      subscription: { pattern: /./ },
      assignor: stickyAssignor,
    })
    group.run()
    expect(back.held).toHaveLength(6)
    expect(group.events.at(-1)).toMatchObject({ reasons: ['subscription'] })
  })
})
