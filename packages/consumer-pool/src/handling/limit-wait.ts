import { RinglogError, clearTimer, partitionName, setTimer } from '@ringlog/core/internal'
import type { PartitionWork } from './partition-work.ts'

/**
 * Ends the thread, by an uncaught error, when handlers from before the partition was lost do not end: the
 * pool starts another thread in its place.
 *
 * The signal of a handler whose partition was lost is aborted. A handler that ignores it and runs for ever
 * would block the partition for ever once this thread has it again: no other handler of the partition may
 * begin before it has ended, and only the end of its thread ends it.
 *
 * @param before Resolves when these handlers have ended.
 * @param isWaitedFor Whether the partition still waits for them.
 */
export function limitWait(
  { at }: PartitionWork,
  before: Promise<void>,
  maxPollIntervalMs: number,
  isWaitedFor: () => boolean,
): void {
  const { topic, partition } = at
  const timer = setTimer(() => {
    if (!isWaitedFor()) return
    throw new RinglogError(
      'HANDLER_FAILED',
      `a handler of partition=${partitionName(topic, partition)}, which was lost and is back, has not ended ` +
        `for maxPollIntervalMs=${maxPollIntervalMs} although its signal was aborted: its thread is replaced`,
      { details: { topic, partition, maxPollIntervalMs } },
    )
  }, maxPollIntervalMs)
  void before.then(() => clearTimer(timer))
}
