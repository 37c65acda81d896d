import type { Clock, ClockTimer } from '@ringlog/core/internal/partition-thread'

/** Kafka's `log.retention.check.interval.ms`: the longest time between two checks. */
const MAX_INTERVAL_MS = 300_000
const MIN_INTERVAL_MS = 5

/**
 * Calls `check` again and again, often enough that nothing outlives `retentionMs` by more than half of
 * it, without keeping the thread alive; until the returned function is called.
 */
export function startRetentionChecks(
  retentionMs: number,
  clock: Clock,
  check: () => void,
): () => void {
  const intervalMs = Math.min(Math.max(retentionMs / 2, MIN_INTERVAL_MS), MAX_INTERVAL_MS)
  let timer: ClockTimer
  const arm = (): void => {
    timer = clock.setTimer(() => {
      check()
      arm()
    }, intervalMs)
    timer.unref()
  }
  arm()
  return () => clock.clearTimer(timer)
}
