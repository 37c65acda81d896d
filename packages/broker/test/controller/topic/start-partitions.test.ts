import { RinglogError, resolveTopicConfig, systemClock, usersThread } from '@ringlog/core/internal'
import { inThisThread, type StartPartitionThread } from '@ringlog/partition-worker'
import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Partition } from '../../../src/controller/topic/partition.ts'
import { startPartitions } from '../../../src/controller/topic/start-partitions.ts'
import { STARTS_AT_A_TIME } from '../../../src/wire/partition-starts.ts'
import { silentListener } from './silent-listener.ts'

const MORE_THAN_AT_A_TIME = STARTS_AT_A_TIME + 20
const inTestsThread = inThisThread(usersThread(systemClock))

function start(count: number, startThread: StartPartitionThread): Promise<Partition[]> {
  return startPartitions({
    topic: 'orders',
    topicId: randomUUID(),
    first: 2,
    count,
    config: resolveTopicConfig({ ringBytes: 64 * 1024 }, 1),
    listener: silentListener,
    hosting: {
      startThread,
      limits: { maxRestarts: 0, restartWindowMs: 60_000 },
      dataDirectory: null,
    },
    cancelled: () => null,
  })
}

test('partitions are in the order of their numbers, however soon each was ready', async () => {
  const partitions = await start(MORE_THAN_AT_A_TIME, inTestsThread)
  expect(partitions.map(({ partition }) => partition)).toEqual(
    Array.from({ length: MORE_THAN_AT_A_TIME }, (_, i) => 2 + i),
  )
  await Promise.all(partitions.map(({ worker }) => worker.terminate()))
})

test('with the first that does not start no other is started, and those that were end', async () => {
  const begun: string[] = []
  const ended: string[] = []
  const failing: StartPartitionThread = (startOf, name) => {
    if (startOf.partition === 5) throw new RinglogError('WORKER_CRASHED', name)
    begun.push(name)
    const thread = inTestsThread(startOf, name)
    thread.on('exit', () => ended.push(name))
    return thread
  }
  await expect(start(MORE_THAN_AT_A_TIME, failing)).rejects.toMatchObject({
    code: 'WORKER_CRASHED',
    message: 'orders-5',
  })
  expect(begun.length).toBe(STARTS_AT_A_TIME - 1)
  expect(ended.sort()).toEqual(begun.sort())
})
