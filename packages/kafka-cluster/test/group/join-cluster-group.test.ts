import { Doorbell, MemberMemory, monotonicMs, systemClock } from '@ringlog/core/internal'
import { until } from '@ringlog/test-kit'
import { expect, test } from 'vitest'
import type { Cluster } from '../../src/cluster.ts'
import { joinClusterGroup, type JoiningParts } from '../../src/group/join-cluster-group.ts'
import type { MemberCall, MemberChange, MemberKeeper } from '../../src/group/member-call.ts'

const REQUEST: JoiningParts['request'] = {
  groupId: 'billing',
  memberId: 'm',
  clientId: 'c',
  instanceId: null,
  doorbell: new Doorbell(),
  subscription: { topics: ['orders'] },
  assignor: 'sticky',
  sessionTimeoutMs: 45_000,
  maxPollIntervalMs: 100,
  fetch: { maxBytes: 1, maxPartitionBytes: 1, isolationLevel: 'read_uncommitted' },
  start: 'earliest',
  signal: new AbortController().signal,
}

const PARTS: Omit<JoiningParts, 'keeper' | 'request'> = {
  cluster: { clock: systemClock, apiDeadline: () => ({}) } as unknown as Cluster,
  fetches: null as never,
  following: null,
  commitsOf: () => ({ settled: () => Promise.resolve() }) as never,
  onGone: () => undefined,
}

test('a member whose consumer closes waits for its group no longer, and leaves', async () => {
  const closing = new AbortController()
  const left: string[] = []
  const keeper = {
    join: () => new Promise(() => undefined),
    leave: async (memberId: string) => void left.push(memberId),
  } as unknown as MemberKeeper
  const request = { ...REQUEST, signal: closing.signal }
  const joining = joinClusterGroup({ ...PARTS, keeper, request })
  const reason = new Error('closed')
  closing.abort(reason)
  await expect(joining).rejects.toBe(reason)
  expect(left).toStrictEqual(['m'])
})

test('a member that waits for its group shows that its thread turns, and that it is blocked', async () => {
  const { promise: joined, resolve: answer } = Promise.withResolvers<MemberChange>()
  let call: MemberCall | null = null
  const keeper = {
    join: (given: MemberCall) => {
      call = given
      return joined
    },
    leave: () => Promise.resolve(),
  } as unknown as MemberKeeper
  const joining = joinClusterGroup({ ...PARTS, keeper, request: REQUEST })
  const memory = new MemberMemory(call!.memberMemory)
  const begunMs = memory.lastPollMs
  await until(() => memory.lastPollMs > begunMs + REQUEST.maxPollIntervalMs)

  const blockedMs = monotonicMs()
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * REQUEST.maxPollIntervalMs)
  expect(memory.lastPollMs).toBeLessThanOrEqual(blockedMs)

  answer({ memberId: 'm', granted: [], toRelease: [], seenEpoch: 0 })
  await joining
  expect(memory.lastPollMs).toBeGreaterThan(blockedMs)
})
