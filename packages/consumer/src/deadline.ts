import { monotonicMs } from '@ringlog/core/internal'

/** When something that waits so long is to end, on the clock of `monotonicMs`; `Infinity`: never. */
export function deadlineOf({ timeoutMs }: { timeoutMs?: number | undefined }): number {
  return timeoutMs === undefined ? Infinity : monotonicMs() + timeoutMs
}
