import { RinglogError, show, type TopicPartition } from '@ringlog/core/internal'
import { checkAnswer, type Assignor, type AssignorRequest } from '@ringlog/core/internal/assignors'
import type { GroupMember } from './group-member.ts'

/** A member as the assignor is to see it: with its new topics, or in the place of its former self. */
export interface Candidate {
  readonly member: GroupMember
  readonly topics: readonly string[]
  /** The member whose partitions this one keeps: itself; for a static member that is back, its former self. */
  readonly former: GroupMember
}

export function candidateOf(member: GroupMember, former: GroupMember = member): Candidate {
  return { member, topics: member.topics, former }
}

/** Which member is to own which partitions, and the assignor that says so. */
export interface TargetAssignment {
  readonly assignor: string | null
  readonly targets: ReadonlyMap<GroupMember, readonly TopicPartition[]>
}

/**
 * Asks the group's assignor; changes nothing.
 *
 * @param current The name of the assignor that the group has had.
 * @throws RinglogError INVALID_REQUEST when the assignor throws, or its answer is not valid.
 */
export function assignTargets(
  candidates: readonly Candidate[],
  topics: ReadonlyMap<string, number>,
  current: string | null,
): TargetAssignment {
  if (candidates.length === 0) return { assignor: current, targets: new Map() }
  const assignor = chooseAssignor(candidates, current)
  // A copy that the assignor may change; its answer is checked against another one.
  const answer = ask(assignor, requestOf(candidates, topics))
  const checked = checkAnswer(assignor.name, requestOf(candidates, topics), answer)
  const targets = new Map(
    candidates.map(({ member }) => [member, checked.get(member.memberId) ?? []] as const),
  )
  return { assignor: assignor.name, targets }
}

function requestOf(
  candidates: readonly Candidate[],
  topics: ReadonlyMap<string, number>,
): AssignorRequest {
  return {
    members: candidates.map(({ member, topics: subscribed, former }) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      topics: [...subscribed],
      owned: former.ownedHint(subscribed),
    })),
    partitionsOf: new Map(
      candidates.flatMap(({ topics: subscribed }) =>
        subscribed.map((topic): [string, number] => [topic, topics.get(topic) ?? 0]),
      ),
    ),
  }
}

/**
 * The assignor that most members name; among several of these the one that the group has had, else
 * the one that was named first.
 *
 * Source: KIP-848, the assignor that is preferred by a group.
 */
function chooseAssignor(candidates: readonly Candidate[], current: string | null): Assignor {
  const votes = new Map<string, { assignor: Assignor; count: number }>()
  for (const { assignor } of candidates.map(({ member }) => member)) {
    const vote = votes.get(assignor.name) ?? { assignor, count: 0 }
    vote.count++
    votes.set(assignor.name, vote)
  }
  const most = Math.max(...[...votes.values()].map(({ count }) => count))
  const favourites = [...votes.values()].filter(({ count }) => count === most)
  const kept = favourites.find(({ assignor }) => assignor.name === current)
  return (kept ?? favourites[0]!).assignor
}

function ask(assignor: Assignor, request: AssignorRequest): unknown {
  try {
    return assignor.assign(request)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : show(cause)
    throw new RinglogError('INVALID_REQUEST', `assignor ${assignor.name} failed: ${message}`, {
      cause,
      details: { assignor: assignor.name },
    })
  }
}
