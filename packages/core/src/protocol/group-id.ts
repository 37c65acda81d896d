import { RinglogError } from '../errors/ringlog-error.ts'
import { show } from '../errors/show.ts'

/** @throws RinglogError INVALID_GROUP_ID. */
export function assertGroupId(groupId: unknown): asserts groupId is string {
  if (typeof groupId === 'string' && groupId.length > 0) return
  throw new RinglogError(
    'INVALID_GROUP_ID',
    `a group id must be a non-empty string, got ${show(groupId)}`,
  )
}
