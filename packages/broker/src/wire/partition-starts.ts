import os from 'node:os' // by name, a release without availableParallelism would not say that it is too old

/**
 * So many partition workers are started at a time: enough for every core, since a start is its thread's
 * processor time. More would only make each of them late.
 */
export const STARTS_AT_A_TIME = Math.max(8, os.availableParallelism())
/** How long a partition worker may take to be ready. */
export const PARTITION_START_TIMEOUT_MS = 10_000
/** What comes on top: calls before it in the queue of its topic, gates that are to hold from the start. */
const CALL_TIMEOUT_MS = 30_000

/** How long a call may take that starts so many partitions; more than it should, where the number is none. */
export function startTimeoutMs(partitions: number | undefined): number {
  const count = typeof partitions === 'number' && partitions >= 1 ? partitions : 1
  return CALL_TIMEOUT_MS + Math.ceil(count / STARTS_AT_A_TIME) * PARTITION_START_TIMEOUT_MS
}

/** How long a call may take that starts a partition's worker again, where each that is started may die. */
export function restartTimeoutMs(maxRestarts: number): number {
  return CALL_TIMEOUT_MS + (maxRestarts + 1) * PARTITION_START_TIMEOUT_MS
}
