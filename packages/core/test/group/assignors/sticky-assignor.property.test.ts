import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AssignorRequest } from '../../../src/group/assignors/assignor.ts'
import { checkAnswer } from '../../../src/group/assignors/check-answer.ts'
import { stickyAssignor } from '../../../src/group/assignors/sticky-assignor.ts'
import { nameOf, requestOf, type MemberInShort } from './assignor-requests.ts'

/** How uneven in all, and topic by topic (sums of squares), and how many partitions left their owner. */
interface Worth {
  unevenness: number
  topicUnevenness: number
  moves: number
}

/** Tries every assignment there is. */
function best({ members, partitionsOf }: AssignorRequest): Worth {
  const owners = ownersOf(members)
  const choices = [...partitionsOf].flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({
      topic,
      owner: owners.get(nameOf({ topic, partition })),
      candidates: members.flatMap(({ topics }, i) => (topics.includes(topic) ? [i] : [])),
    })),
  )
  const loads = members.map(() => 0)
  const topicLoads = new Map([...partitionsOf.keys()].map((topic) => [topic, members.map(() => 0)]))
  let found: Worth = { unevenness: Infinity, topicUnevenness: Infinity, moves: Infinity }
  const tryFrom = (next: number, moves: number): void => {
    if (next === choices.length) {
      const topicUnevenness = [...topicLoads.values()].reduce(
        (sum, of) => sum + unevennessOf(of),
        0,
      )
      const worth = { unevenness: unevennessOf(loads), topicUnevenness, moves }
      if (isBetter(worth, found)) found = worth
      return
    }
    const { topic, owner, candidates } = choices[next]!
    const ofTopic = topicLoads.get(topic)!
    for (const member of candidates) {
      loads[member]!++
      ofTopic[member]!++
      tryFrom(next + 1, moves + (owner === undefined || owner === member ? 0 : 1))
      loads[member]!--
      ofTopic[member]!--
    }
  }
  tryFrom(0, 0)
  return found
}

function isBetter(a: Worth, b: Worth): boolean {
  if (a.unevenness !== b.unevenness) return a.unevenness < b.unevenness
  if (a.topicUnevenness !== b.topicUnevenness) return a.topicUnevenness < b.topicUnevenness
  return a.moves < b.moves
}

function unevennessOf(loads: readonly number[]): number {
  return loads.reduce((sum, load) => sum + load * load, 0)
}

function ownersOf(members: AssignorRequest['members']): Map<string, number> {
  const owners = new Map<string, number>()
  for (const [i, { owned }] of members.entries()) {
    for (const at of owned) if (!owners.has(nameOf(at))) owners.set(nameOf(at), i)
  }
  return owners
}

/** Assigns, and sees that every partition went to exactly one of those who may take it. */
function worthOf(request: AssignorRequest): Worth {
  const answer = checkAnswer('sticky', request, stickyAssignor.assign(request))
  const owners = ownersOf(request.members)
  let moves = 0
  let topicUnevenness = 0
  const loads = request.members.map(({ memberId }, i) => {
    const mine = answer.get(memberId) ?? []
    for (const topic of request.partitionsOf.keys()) {
      topicUnevenness += mine.filter((at) => at.topic === topic).length ** 2
    }
    moves += mine.filter((at) => (owners.get(nameOf(at)) ?? i) !== i).length
    return mine.length
  })
  const total = [...request.partitionsOf.values()].reduce((sum, count) => sum + count, 0)
  expect(loads.reduce((sum, load) => sum + load, 0)).toBe(total)
  return { unevenness: unevennessOf(loads), topicUnevenness, moves }
}

/** Of every topic, the most and the fewest partitions that two members who subscribe to the same have. */
function topicSpreads(request: AssignorRequest): number[] {
  const answer = stickyAssignor.assign(request)
  const alike = Map.groupBy(request.members, ({ topics }) => topics.join())
  return [...alike.values()].flatMap((members) =>
    members[0]!.topics.map((topic) => {
      const loads = members.map(
        ({ memberId }) => answer.get(memberId)!.filter((at) => at.topic === topic).length,
      )
      return Math.max(...loads) - Math.min(...loads)
    }),
  )
}

/** Owners are drawn as numbers: who may not take the partition does not own it. */
function requestArbitrary(
  maxPartitions: number,
  memberCount: number,
  isEqual = false,
): fc.Arbitrary<AssignorRequest> {
  const topics = ['t0', 't1', 't2']
  const subscription = isEqual ? fc.constant(topics) : fc.subarray(topics)
  return fc
    .record({
      counts: fc.tuple(...topics.map(() => fc.nat({ max: maxPartitions }))),
      subscriptions: fc.array(subscription, { minLength: 1, maxLength: memberCount }),
      owners: fc.array(fc.nat({ max: 2 * memberCount }), { minLength: 60, maxLength: 60 }),
    })
    .map(({ counts, subscriptions, owners }) => {
      let drawn = 0
      const owned = subscriptions.map(() => [] as string[])
      for (const [t, topic] of topics.entries()) {
        for (let partition = 0; partition < counts[t]!; partition++) {
          const owner = owners[drawn++ % owners.length]!
          if (subscriptions[owner]?.includes(topic)) owned[owner]!.push(`${topic}-${partition}`)
        }
      }
      const members = subscriptions.map((subscribed, i): [string, MemberInShort] => [
        `m${i}`,
        { topics: subscribed, owned: owned[i]!.join(' ') },
      ])
      return requestOf(
        Object.fromEntries(topics.map((topic, t) => [topic, counts[t]!])),
        Object.fromEntries(members),
      )
    })
}

describe('the sticky assignor', () => {
  test('is as even as the best of all assignments', () => {
    fc.assert(
      fc.property(requestArbitrary(3, 4), (request) => {
        expect(worthOf(request).unevenness).toBe(best(request).unevenness)
      }),
      { numRuns: 1500 },
    )
  })

  test('with equal subscriptions is as even topic by topic, and moves as little, as the best', () => {
    fc.assert(
      fc.property(requestArbitrary(3, 4, true), (request) => {
        expect(worthOf(request)).toEqual(best(request))
      }),
      { numRuns: 500 },
    )
  })

  test('gives members who subscribe to the same as much of every topic, but for one', () => {
    fc.assert(
      fc.property(requestArbitrary(20, 9), (request) => {
        for (const spread of topicSpreads(request)) expect(spread).toBeLessThanOrEqual(1)
      }),
      { numRuns: 1000 },
    )
  })

  test('with equal subscriptions takes from an owner only what is over its share', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 60 }),
        (memberCount, owners) => {
          const members = Array.from({ length: memberCount }, (_, i): [string, MemberInShort] => [
            `m${i}`,
            {
              topics: ['t'],
              owned: owners.flatMap((owner, at) => (owner === i ? [`t-${at}`] : [])).join(' '),
            },
          ])
          const request = requestOf({ t: owners.length }, Object.fromEntries(members))
          const share = Math.floor(owners.length / memberCount)
          // As many members as this have one more; those who own more keep it first.
          let larger = owners.length % memberCount
          let moves = 0
          for (const { owned } of request.members) {
            const mayKeep = owned.length > share && larger-- > 0 ? share + 1 : share
            moves += Math.max(0, owned.length - mayKeep)
          }
          expect(worthOf(request).moves).toBe(moves)
        },
      ),
      { numRuns: 1500 },
    )
  })

  test('asked again, changes nothing', () => {
    fc.assert(
      fc.property(requestArbitrary(9, 7), (request) => {
        const first = stickyAssignor.assign(request)
        const again = {
          ...request,
          members: request.members.map((member) => ({
            ...member,
            owned: first.get(member.memberId)!,
          })),
        }
        expect(stickyAssignor.assign(again)).toEqual(first)
      }),
      { numRuns: 1000 },
    )
  })
})
