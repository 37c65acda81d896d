import { monotonicMs, partitionName, type TopicPartition } from '@ringlog/core/internal'
import { describeHolder, type BlockedState } from '@ringlog/partition-worker'
import type { Partition } from './partition.ts'

/** The `code` of the warning. */
const CLOSE_WAITS = 'RINGLOG_CLOSE_WAITS'
/** A partition worker that does not answer is passed over. */
const ANSWER_MS = 500

/** What a broker that takes its time to close waits for. */
export interface SlowClose {
  readonly waitedMs: number
  /** What is left until the records that are not sent are failed. */
  readonly leftMs: number
  /** Clients that have not sent everything. */
  readonly clientCount: number
  readonly blocked: ReadonlyArray<TopicPartition & BlockedState>
}

/** Which partitions have appends that wait for room. Thread: the controller's. */
export async function blockedOf(partitions: readonly Partition[]): Promise<SlowClose['blocked']> {
  const deadlineMs = monotonicMs() + ANSWER_MS
  const states = await Promise.all(
    partitions.map(async ({ topic, partition, host }) => {
      const state = await host.blocked(deadlineMs).catch(() => null)
      return state === null ? null : { topic, partition, ...state }
    }),
  )
  return states.filter((state) => state !== null)
}

/** Warns the process that `close` waits, and for whom. Thread: the one that started the broker. */
export function warnOfSlowClose({ waitedMs, leftMs, clientCount, blocked }: SlowClose): void {
  const clients = clientCount === 1 ? '1 client' : `${clientCount} clients`
  const rings = blocked.map(
    ({ topic, partition, waitingAppends, holder }) =>
      `partition ${partitionName(topic, partition)} is full (waiting appends: ${waitingAppends}), and held ` +
      `by ${holder === null ? 'nobody' : describeHolder(holder)}`,
  )
  const why = rings.length > 0 ? rings.join('; ') : 'no partition is full: their threads are busy'
  process.emitWarning(
    `close() has waited for ${Math.round(waitedMs)} ms for ${clients} to send what is buffered: ${why}. ` +
      `What is not sent in another ${Math.round(leftMs)} ms is failed; close({ timeoutMs }) says when.`,
    { type: 'RinglogWarning', code: CLOSE_WAITS },
  )
}
