import { RinglogError, clearTimer, partitionName, setTimer } from '@ringlog/core/internal'
import type { PartitionWork } from './partition-work.ts'

/**
 * Ends the thread, by an error that nobody catches, when handlers of the time before do not end: the
 * pool starts another in its place.
 *
 * A handler whose partition was lost is told so by its signal. One that does not care, and goes on for
 * ever, would hold the partition back for ever once it is here again: nothing else may begin before it
 * has ended, and nothing but the end of its thread makes it end.
 *
 * @param before Resolves when they have ended.
 * @param isWaitedFor Whether there is anything that waits for them.
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
