import type { Clock } from '@ringlog/core/internal'
import type { SlowClose } from '../wire/broker-event.ts'
import type { Partition } from './topic/partition.ts'

/** A partition worker that does not answer is passed over. */
const ANSWER_MS = 500

/** Which partitions have appends that wait for room. Thread: the controller's. */
export async function blockedOf(
  partitions: readonly Partition[],
  clock: Clock,
): Promise<SlowClose['blocked']> {
  const deadlineMs = clock.nowMs() + ANSWER_MS
  const states = await Promise.all(
    partitions.map(async ({ topic, partition, worker }) => {
      const state = await worker.blocked(deadlineMs)
      return state === null ? null : { topic, partition, ...state }
    }),
  )
  return states.filter((state) => state !== null)
}
