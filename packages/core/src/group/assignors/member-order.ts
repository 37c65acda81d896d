import type { AssignorMember } from './assignor.ts'

/**
 * Kafka's order of members: static members first, by their instance ids, so that a restart does not
 * change the order; then the others by their member ids.
 *
 * Source: Apache Kafka, `consumer/internals/AbstractPartitionAssignor.java` (MemberInfo).
 */
export function compareMembers(a: AssignorMember, b: AssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) {
    return compareText(a.instanceId, b.instanceId)
  }
  if (a.instanceId !== null) return -1
  if (b.instanceId !== null) return 1
  return compareText(a.memberId, b.memberId)
}

/** As Java compares strings: by UTF-16 units, whatever the locale. */
function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
