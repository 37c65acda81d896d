import { RinglogError } from '@ringlog/core/internal'
import type { GroupMember } from './group-member.ts'
import { stuckDeadlineMs, type LastPollMsOf } from './stuck-member.ts'
import { candidateOf, type Candidate } from './target-assignment.ts'

/** The members of a group, in the order in which they joined; those that are away among them. */
export class GroupMembers {
  readonly #groupId: string
  readonly #members = new Map<string, GroupMember>()

  constructor(groupId: string) {
    this.#groupId = groupId
  }

  get count(): number {
    return this.#members.size
  }

  get all(): Iterable<GroupMember> {
    return this.#members.values()
  }

  get(memberId: string): GroupMember | undefined {
    return this.#members.get(memberId)
  }

  /** @throws RinglogError UNKNOWN_MEMBER_ID. */
  live(memberId: string): GroupMember {
    const member = this.#members.get(memberId)
    if (member !== undefined && member.isLive) return member
    throw new RinglogError(
      'UNKNOWN_MEMBER_ID',
      `group ${this.#groupId} has no live member ${memberId}`,
      { details: { groupId: this.#groupId, memberId } },
    )
  }

  /** @throws RinglogError INVALID_REQUEST. */
  assertNew(memberId: string): void {
    if (!this.#members.has(memberId)) return
    throw new RinglogError(
      'INVALID_REQUEST',
      `group ${this.#groupId} already has a member ${memberId}`,
      { details: { groupId: this.#groupId, memberId } },
    )
  }

  ofInstance(instanceId: string | null): GroupMember | undefined {
    if (instanceId === null) return undefined
    for (const member of this.all) if (member.instanceId === instanceId) return member
    return undefined
  }

  add(member: GroupMember): void {
    this.#members.set(member.memberId, member)
  }

  delete(member: GroupMember): void {
    this.#members.delete(member.memberId)
  }

  candidates(): Candidate[] {
    return [...this.all].map((member) => candidateOf(member))
  }

  /**
   * @returns Whether a member's subscription now has other partitions; the members whose pattern takes too
   * long.
   */
  followTopics(
    before: ReadonlyMap<string, number>,
    after: ReadonlyMap<string, number>,
  ): { isConcerned: boolean; tooSlow: GroupMember[] } {
    let isConcerned = false
    const tooSlow: GroupMember[] = []
    for (const member of this.all) {
      const selected = trySelect(member, after.keys())
      if (selected === null) {
        tooSlow.push(member)
        continue
      }
      isConcerned ||=
        !isSame(selected, member.topics) ||
        selected.some((topic) => before.get(topic) !== after.get(topic))
      member.topics = selected
    }
    return { isConcerned, tooSlow }
  }

  /** When a member may become stuck, or lose its place, at the earliest. */
  nextDeadlineMs(nowMs: number, lastPollMsOf: LastPollMsOf): number {
    let next = Infinity
    for (const member of this.all) {
      const deadlineMs = member.isLive
        ? stuckDeadlineMs(member, nowMs, lastPollMsOf(member.memberId))
        : member.sessionEndsMs
      next = Math.min(next, deadlineMs)
    }
    return next
  }
}

/** `null`: the member's pattern takes too long. */
function trySelect(member: GroupMember, topics: Iterable<string>): string[] | null {
  try {
    return member.matcher.select(topics)
  } catch (error) {
    if (!RinglogError.is(error, 'INVALID_REQUEST')) throw error
    return null
  }
}

/** Whether two members subscribe to the same topics. */
export function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((topic, i) => topic === b[i])
}
