import { RinglogError } from '@ringlog/core/internal'
import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import {
  rangeAssignor,
  roundRobinAssignor,
  stickyAssignor,
  type Assignor,
  type AssignorRequest,
} from '@ringlog/core/internal/assignors'
import type { GroupSubscription } from '@ringlog/core/internal'
import { MAX_POLL_INTERVAL_MS, SESSION_TIMEOUT_MS, SimulatedGroup } from './simulated-group.ts'
import { nameOf, type SimulatedMember } from './simulated-member.ts'

/** One of them ends as another one goes on: their partitions must not be taken for each other's. */
const TOPICS = ['orders', 'orders-1', 'audit']

/** Nobody is said to own what is not there, what it does not subscribe to, or what another owns. */
function checkRequest({ members, partitionsOf }: AssignorRequest): void {
  const owned = new Set<string>()
  for (const member of members) {
    for (const at of member.owned) {
      assert(member.topics.includes(at.topic))
      assert(at.partition < partitionsOf.get(at.topic)!)
      assert(!owned.has(nameOf(at)))
      owned.add(nameOf(at))
    }
  }
}

/** What the commands run on: the group, and whether its assignor is in a state to answer. */
class Rig {
  readonly group = new SimulatedGroup({ orders: 3 })
  isFaulty = false
  /** Kept: what is thrown in an assignor is taken for its own failure. */
  readonly brokenRequests: unknown[] = []
  /** Fails, where it is told to, as a module of a user's might. */
  readonly assignor: Assignor

  constructor(assignor: Assignor) {
    this.assignor = {
      name: assignor.name,
      assign: (request) => {
        try {
          checkRequest(request)
        } catch (error) {
          this.brokenRequests.push(error)
        }
        if (this.isFaulty) throw new Error('out of order')
        return assignor.assign(request)
      },
    }
  }

  /** One of those that `isMeant`, whatever number was drawn. */
  pick(index: number, isMeant: (member: SimulatedMember) => boolean): SimulatedMember | undefined {
    const meant = this.group.members.filter(isMeant)
    return meant[index % meant.length]
  }

  /** A call that an assignor's failure may refuse; then nothing may have changed. */
  refusable(call: () => void): void {
    const before = JSON.stringify(this.group.coordinator.describe())
    try {
      call()
    } catch (error) {
      if (!RinglogError.is(error, 'INVALID_REQUEST')) throw error
      expect(this.isFaulty).toBe(true)
      expect(JSON.stringify(this.group.coordinator.describe())).toBe(before)
      expect(this.group.coordinator.takeEffects()).toEqual([])
    }
  }
}

/** fast-check's commands, without a class for each. All of them may be run at any time. */
function command<T>(
  name: string,
  arbitrary: fc.Arbitrary<T>,
  run: (rig: Rig, drawn: T) => void,
): fc.Arbitrary<fc.Command<object, Rig>> {
  return arbitrary.map((drawn) => ({
    check: () => true,
    run: (_model, rig) => run(rig, drawn),
    toString: () => `${name}(${fc.stringify(drawn)})`,
  }))
}

const index = fc.nat({ max: 20 })
const subscription: fc.Arbitrary<GroupSubscription> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ topics: ['orders'] }) },
  { weight: 2, arbitrary: fc.subarray(TOPICS).map((topics) => ({ topics })) },
  { weight: 1, arbitrary: fc.constantFrom({ pattern: /^orders/g }, { pattern: /1$|audit/i }) },
)
const isPolling = (member: SimulatedMember): boolean => member.isActive

const commands = [
  ...weighted(3, [
    command('join', subscription, (rig, drawn) => {
      const { group, assignor } = rig
      if (group.active.length > 5) return
      rig.refusable(() => group.join({ subscription: drawn, assignor }))
    }),
    // Comes back after a death, or fences its former self where that is live.
    command(
      'joinStatic',
      fc.record({ instanceId: fc.constantFrom('i1', 'i2'), subscription }),
      (rig, drawn) => {
        rig.refusable(() => rig.group.join({ ...drawn, assignor: rig.assignor }))
      },
    ),
    command('leave', index, (rig, drawn) => {
      const member = rig.pick(drawn, isPolling)
      if (member !== undefined) rig.group.leave(member)
    }),
    command('die', index, (rig, drawn) => {
      const member = rig.pick(drawn, ({ isDead, hasLeft }) => !isDead && !hasLeft)
      if (member !== undefined) rig.group.die(member)
    }),
    command('hang', index, (rig, drawn) => {
      const member = rig.pick(drawn, isPolling)
      if (member !== undefined) Object.assign(member, { isHung: true, isParked: false })
    }),
    command('wake', index, (rig, drawn) => {
      const member = rig.pick(drawn, ({ isHung, isDead }) => isHung && !isDead)
      if (member === undefined) return
      member.isHung = false
      rig.group.poll(member)
    }),
    command('changeSubscription', fc.tuple(index, subscription), (rig, [drawn, changed]) => {
      const member = rig.pick(drawn, isPolling)
      if (member === undefined) return
      rig.refusable(() => rig.group.changeSubscription(member, changed))
    }),
  ]),
  ...weighted(2, [
    command('addPartitions', fc.constantFrom(...TOPICS), ({ group }, topic) => {
      const count = group.topics.get(topic) ?? 0
      if (count < 6) group.setTopic(topic, count + 2)
    }),
    command('deleteTopic', fc.constantFrom(...TOPICS), ({ group }, topic) => {
      group.setTopic(topic, 0)
    }),
    command('elapse', fc.constantFrom(1, 90, 500, MAX_POLL_INTERVAL_MS), ({ group }, ms) => {
      group.elapse(ms)
    }),
    command('resetOffset', fc.nat({ max: 99 }), ({ group }, offset) => {
      if (group.coordinator.hasMembers || !group.topics.has('orders')) return
      group.gates.reset(group.gates.at({ topic: 'orders', partition: 0 }), offset)
    }),
  ]),
  ...weighted(2, [
    command('assignorIsFaulty', fc.boolean(), (rig, isFaulty) => {
      rig.isFaulty = isFaulty
    }),
  ]),
  ...weighted(8, [
    command('poll', fc.tuple(index, fc.boolean()), (rig, [drawn, isParked]) => {
      const member = rig.pick(
        drawn,
        ({ isHung, isDead, hasLeft }) => !isHung && !isDead && !hasLeft,
      )
      if (member === undefined) return
      rig.group.poll(member)
      member.isParked = isParked
    }),
    command('letGo', index, (rig, drawn) => {
      const member = rig.pick(drawn, (one) => one.isActive && one.toRelease.size > 0)
      if (member !== undefined) rig.group.letGo(member)
    }),
    // A zombie's too: of one that hangs, or was fenced and has not looked since.
    command(
      'commit',
      fc.tuple(index, index, fc.nat({ max: 99 })),
      (rig, [drawn, which, offset]) => {
        const member = rig.pick(drawn, ({ isDead, gates }) => !isDead && gates.size > 0)
        if (member === undefined) return
        const gates = [...member.gates.values()]
        rig.group.gates.commit(gates[which % gates.length]!, offset)
      },
    ),
    command('complete', fc.tuple(index, fc.nat({ max: 9 })), ({ group }, [drawn, luck]) => {
      if (group.pending.length > 0) group.complete(drawn, luck === 0)
    }),
  ]),
]

function weighted<T>(weight: number, arbitraries: T[]): T[] {
  return arbitraries.flatMap((arbitrary) => Array.from({ length: weight }, () => arbitrary))
}

/** Whatever happened: once nothing more happens, every partition is with exactly one member. */
function comeToRest(rig: Rig): void {
  const { group } = rig
  rig.isFaulty = false
  expect(rig.brokenRequests).toEqual([])
  if (group.coordinator.state === 'assigning') group.setTopic('audit', 7)
  for (const member of group.active) member.isParked = true
  group.run()
  for (const member of group.active) member.isParked = true
  // The hung are fenced, failed moves are tried again; those who are away stay away, and those who
  // poll stay members: whatever they were to let go, they have been told.
  const polling = group.active
  group.elapse(MAX_POLL_INTERVAL_MS + 1)
  expect(group.active).toEqual(polling)
  group.run()
  expect(['stable', 'empty']).toContain(group.coordinator.state)
  for (const { memberId } of group.active) {
    expect(group.coordinator.isAwaitingGrants(memberId)).toBe(false)
    expect(group.coordinator.assignmentOf(memberId).toRelease).toEqual([])
  }
  // Everybody waits in a poll: nothing is due but sessions, and to look again.
  const due = group.coordinator.nextDeadlineMs(group.nowMs, group.lastPollMsOf)
  expect(due).toBeGreaterThan(group.nowMs)
  if (polling.length > 0) expect(due).toBeLessThanOrEqual(group.nowMs + MAX_POLL_INTERVAL_MS)

  for (const member of group.active) member.isParked = true
  group.elapse(SESSION_TIMEOUT_MS)
  group.run()
  expect(group.coordinator.describe().members.every(({ isLive }) => isLive)).toBe(true)
  expect(group.coordinator.state).toBe(group.active.length > 0 ? 'stable' : 'empty')
}

/** Members that subscribe to the same, under "sticky", have the same number, or one more. */
function expectBalanced({ group }: Rig): void {
  const sizes = new Map<string, number[]>()
  for (const { topics, target } of group.coordinator.describe().members) {
    const name = topics.join()
    sizes.set(name, [...(sizes.get(name) ?? []), target.length])
  }
  for (const equals of sizes.values()) {
    expect(Math.max(...equals) - Math.min(...equals)).toBeLessThanOrEqual(1)
  }
}

describe('the group coordinator, whatever happens in whatever order', () => {
  for (const [assignor, numRuns] of [
    [stickyAssignor, 1500],
    [rangeAssignor, 500],
    [roundRobinAssignor, 500],
  ] as const) {
    test(
      `${assignor.name}: no two own a partition, none is left, none goes back`,
      { timeout: 60_000 },
      () => {
        fc.assert(
          fc.property(fc.commands(commands, { maxCommands: 60, size: 'max' }), (drawn) => {
            const rig = new Rig(assignor)
            fc.modelRun(() => ({ model: {}, real: rig }), drawn)
            comeToRest(rig)
            if (assignor === stickyAssignor) expectBalanced(rig)
          }),
          { numRuns },
        )
      },
    )
  }
})
