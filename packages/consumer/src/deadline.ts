import type { Clock } from '@ringlog/core/internal'

/** When something that waits so long is to end, on the engine's clock; `Infinity`: never. */
export function deadlineOf(
  clock: Clock,
  { timeoutMs }: { timeoutMs?: number | undefined },
): number {
  return timeoutMs === undefined ? Infinity : clock.nowMs() + timeoutMs
}
