import { RinglogError } from '@ringlog/core/internal'

const GONE: ReadonlySet<string> = new Set([
  'INVALID_STATE',
  'STALE_MEMBER_EPOCH',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

/** Whether it is the error of a call about a partition that the thread has lost meanwhile. */
export function isGone(error: unknown): boolean {
  return RinglogError.is(error) && GONE.has(error.code)
}
