import { RinglogError, monotonicMs, show } from '@ringlog/core/internal'

/**
 * When something that waits so long is to end, on the clock of `monotonicMs`; `Infinity`: never.
 *
 * @throws RinglogError INVALID_REQUEST for a timeout that is none.
 */
export function deadlineOf({ timeoutMs }: { timeoutMs?: number }): number {
  if (timeoutMs === undefined) return Infinity
  if (typeof timeoutMs === 'number' && timeoutMs >= 0) return monotonicMs() + timeoutMs
  throw new RinglogError(
    'INVALID_REQUEST',
    `timeoutMs must be a non-negative number of milliseconds, got ${show(timeoutMs)}`,
  )
}
