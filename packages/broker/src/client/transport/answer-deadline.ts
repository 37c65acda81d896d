import type { AppendDeadline } from '@ringlog/core/internal'

/** How long an append may stay unanswered past its own deadlines before its worker counts as stuck. */
const STUCK_WORKER_GRACE_MS = 1_000

/**
 * When an append that has no answer is given up: its worker is stuck, or the answer was lost. A worker that is
 * not refuses it when it comes after its request's time; one that came in time may wait for room, but only until
 * `maxBlockMs` are over, which count from before it left. So the two times run beside each other.
 *
 * A producer cannot tell the two apart before: that a batch waits is nothing that the worker says.
 */
export function answerDeadlineMs(deadline: AppendDeadline): number {
  const { requestDeadlineMs, waitingSinceMs, maxBlockMs } = deadline
  return Math.max(requestDeadlineMs, waitingSinceMs + maxBlockMs) + STUCK_WORKER_GRACE_MS
}
