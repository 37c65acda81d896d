import { RinglogError, systemClock } from '@ringlog/core/internal'
import { expect, test } from 'vitest'
import { askController } from '../../src/admin/ask-controller.ts'
import { GroupAdmin } from '../../src/admin/group-admin.ts'
import { RecordAdmin } from '../../src/admin/record-admin.ts'
import type { TopicAdmin } from '../../src/admin/topic-admin.ts'
import type { Cluster } from '../../src/cluster.ts'

const NOT_REACHED = new RinglogError('NETWORK_EXCEPTION', 'connect ECONNREFUSED')

function next(outcomes: unknown[]): Promise<unknown> {
  const outcome = outcomes.shift()
  return RinglogError.is(outcome) ? Promise.reject(outcome) : Promise.resolve(outcome)
}

/** A cluster of one broker, in which this happens, one after the other: an error, or an answer. */
function clusterIn(connected: Array<RinglogError | null>, asked: unknown[]): Cluster {
  return {
    clock: systemClock,
    config: { retryBackoffMs: 1, requestTimeoutMs: 1_000 },
    kafka: { listGroupsV5: { api: { version: 5 } }, deleteRecordsV2: { api: { version: 2 } } },
    metadata: {
      controllerId: 7,
      connect: () => Promise.resolve(),
      leader: () => Promise.resolve({ nodeId: 7 }),
      markStale: () => undefined,
    },
    apiDeadline: () => ({ deadlineMs: systemClock.nowMs() + 5_000 }),
    connections: {
      endpointOf: () => ({ host: 'a', port: 1 }),
      nodeIds: () => [7],
      connect: () => next(connected),
      request: () => next(asked),
    },
  } as unknown as Cluster
}

function create(cluster: Cluster): Promise<unknown> {
  return askController(cluster, [], [] as never, { deadlineMs: systemClock.nowMs() + 5_000 })
}

test('a controller that cannot be reached has done nothing: the one of by then is asked', async () => {
  expect(await create(clusterIn([NOT_REACHED, NOT_REACHED, null], ['done']))).toBe('done')
})

test('a controller that was lost may have done it: that is told', async () => {
  const lost = new RinglogError('NETWORK_EXCEPTION', 'the connection was lost')
  await expect(create(clusterIn([null], [lost, 'done']))).rejects.toBe(lost)
})

test('a controller that refuses the user is not asked again', async () => {
  const refused = new RinglogError('SASL_AUTHENTICATION_FAILED')
  await expect(create(clusterIn([refused, null], ['done']))).rejects.toBe(refused)
})

test('groups are listed once a broker that is gone is no part of the cluster, or one is ready', async () => {
  const loading = new RinglogError('COORDINATOR_LOAD_IN_PROGRESS')
  const answer = { groups: [{ groupId: 'b' }, { groupId: 'a' }] }
  const cluster = clusterIn([], [NOT_REACHED, loading, answer])
  expect(await new GroupAdmin(cluster).list()).toEqual(['a', 'b'])
})

test('records are deleted by the leader of by then', async () => {
  const answer = { topics: [{ partitions: [{ errorCode: 0 }] }] }
  const cluster = clusterIn([], [NOT_REACHED, answer])
  const topics = { find: () => Promise.resolve({}) } as unknown as TopicAdmin
  await new RecordAdmin(cluster, topics).delete({ topic: 't', partition: 0 }, 5)
})
